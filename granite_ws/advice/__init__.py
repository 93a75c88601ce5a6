"""The smallest change that holds, computed from what the session measured."""

from __future__ import annotations

from collections.abc import Mapping

from granite_ws.advice import executors, single_settings, timeouts
from granite_ws.advice.case import Advice, Case, Rule
from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.verdict import Verdict
from granite_ws.heartbeat import Limit
from granite_ws.phrase import say
from granite_ws.timeline import Connection

__all__ = ["Advice", "advise"]

# What a forecast in the server's own process can cause.
_IN_THE_WAY = ("gil_held_native", "asyncio_loop_blocked", "green_hub_blocked")
_SERVER_STALLS = (
    *_IN_THE_WAY,
    "json_stall",
    "server_suspended",
)
_CLIENT_STALLS = ("js_main_thread_blocked", "notebook_loop_blocked", "pyclient_utf8_stall")


def advise(verdict: Verdict) -> tuple[Advice, ...]:
    """One change for each cause of a drop, in the order of the drops; a change is named once.

    A cause that no setting answers gets its finding's remedy. Drops without a cause get none.
    """
    cases: dict[str, list[Connection]] = {}
    findings: dict[str, Finding] = {}
    for drop in verdict.drops:
        for finding in drop.causes:
            findings.setdefault(finding.cause, finding)
            cases.setdefault(finding.cause, []).append(drop.connection)
    given: list[Advice] = []
    for cause, drops in cases.items():
        case = Case(findings[cause], tuple(drops), verdict.timeline)
        for advice in _rule(case.finding)(case):
            known = {(one.setting, one.value) for one in given if one.setting}
            if (advice.setting, advice.value) not in known:
                given.append(advice)
    return tuple(given)


def _rule(finding: Finding) -> Rule:
    if finding.cause in _IN_THE_WAY and finding.limit == Limit.WRITE_IDLE:
        return executors.in_a_process_or(timeouts.outlast_write_idle)
    if finding.cause in _SERVER_STALLS and finding.limit == Limit.WRITE_IDLE:
        return timeouts.outlast_write_idle
    return _RULES.get(finding.cause, _by_remedy)


def _by_remedy(case: Case) -> tuple[Advice, ...]:
    return (case.remedy(),)


_TO_WEBSOCKET = single_settings.fixed(
    "transport", "websocket", say("Connect by WebSocket alone: the trouble is polling's own.")
)
_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(_SERVER_STALLS, timeouts.outlast_server_stall),
    **dict.fromkeys(_IN_THE_WAY, executors.in_a_process_or(timeouts.outlast_server_stall)),
    **dict.fromkeys(_CLIENT_STALLS, timeouts.outlast_client_stall),
    "pyclient_write_idle": timeouts.outlast_write_idle,
    "ping_timeout_too_short": timeouts.outlast_late_pong,
    "inbound_too_big_ws": single_settings.admit_inbound,
    "inbound_too_big_polling": single_settings.admit_inbound,
    "proxy_idle_timeout": single_settings.ping_before_the_proxy,
    "fractional_ping_interval": single_settings.whole_interval,
    "nonfinite_json": single_settings.fixed(
        "finite_json",
        True,
        say("finite_json = true refuses NaN and Infinity before they are sent."),
    ),
    "sync_handlers_block_receive": single_settings.fixed(
        "async_handlers", True, say("async_handlers = true runs handlers beside the receive loop.")
    ),
    "second_heartbeat": single_settings.fixed(
        "ws_ping_interval",
        0,
        say("ws_ping_interval = 0 ends the second heartbeat; one is enough."),
    ),
    "gevent_partial_send": single_settings.fixed(
        "async_mode", "threading", say("async_mode = threading sends a large frame whole.")
    ),
    "too_many_packets_down": _TO_WEBSOCKET,
    "no_sticky_session": _TO_WEBSOCKET,
}
