"""The smallest change that holds, computed from what the session measured."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.verdict import Verdict
from granite_ws.events import Event, Kind, Witness
from granite_ws.exposure import advertised, deadliest, exposures, kind_of, standstills
from granite_ws.heartbeat import (
    WRITE_IDLE_GRACE_S,
    Exposure,
    Heartbeat,
    dead_client_noticed_s,
    remaining,
    smallest_ping_timeout,
)
from granite_ws.timeline import SECOND, Connection, Timeline

# Added to what was measured: the next stall is not the last one, and a beat of 50 ms reads a
# stall up to 50 ms short. A share, stated in every sentence that uses it.
MARGIN = 0.2
# A keep-alive at this interval was tried (25/20: it lifted the bearable stall from 5 s to 20 s).
TRIED_KEEP_ALIVE_S = 5.0

SERVER_STALLS = (
    "gil_held_native",
    "asyncio_loop_blocked",
    "green_hub_blocked",
    "json_stall",
    "server_suspended",
)
CLIENT_STALLS = ("js_main_thread_blocked", "notebook_loop_blocked", "pyclient_utf8_stall")

Value = bool | int | float | str


@dataclass(frozen=True)
class Advice:
    """One change.

    code, cause: of the finding that it answers.
    sentence:    the change and the measurement that it follows from.
    setting:     its name, None for a change of code or of something outside.
    value:       what to set it to, None where the log does not hold the number.
    curve:       (ping_timeout in seconds, drops that would remain), of ``out_of`` drops.
    caution:     what the change costs, empty where nothing.
    verified:    what a re-run with it showed, empty until there was one.
    """

    code: str
    cause: str
    sentence: str
    setting: str | None = None
    value: Value | None = None
    curve: tuple[tuple[float, int], ...] = ()
    out_of: int = 0
    caution: str = ""
    verified: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**vars(self), "curve": [list(point) for point in self.curve]}


@dataclass(frozen=True)
class _Case:
    """One cause and the drops that it explains."""

    finding: Finding
    drops: tuple[Connection, ...]
    timeline: Timeline

    def advice(self, sentence: str, **rest: Any) -> Advice:
        return Advice(self.finding.code, self.finding.cause, sentence, **rest)

    def remedy(self, why: str = "") -> Advice:
        """What the finding itself says; no setting."""
        return self.advice(f"{why} {self.finding.remedy}".strip())

    @property
    def heartbeat(self) -> Heartbeat | None:
        return advertised(self.timeline, self.drops[0])

    def worst(self) -> list[Exposure]:
        """The deadliest stall of the server that each drop met; fewer where some met none."""
        met = exposures(self.timeline)
        return [one for drop in self.drops if (one := deadliest(met[drop.sid])) is not None]

    def events(self, *kinds: Kind) -> list[Event]:
        sids = {drop.sid for drop in self.drops}
        return [event for event in self.timeline.log.of(*kinds) if event.sid in sids]


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
        case = _Case(findings[cause], tuple(drops), verdict.timeline)
        for advice in _RULES.get(cause, _by_remedy)(case):
            known = {(one.setting, one.value) for one in given if one.setting}
            if (advice.setting, advice.value) not in known:
                given.append(advice)
    return tuple(given)


def _by_remedy(case: _Case) -> tuple[Advice, ...]:
    return (case.remedy(),)


def _fixed(setting: str, value: Value, sentence: str) -> Callable[[_Case], tuple[Advice, ...]]:
    """A cause that one setting removes, whatever was measured."""
    return lambda case: (case.advice(sentence, setting=setting, value=value),)


def _server_stall(case: _Case) -> tuple[Advice, ...]:
    heartbeat, worst = case.heartbeat, case.worst()
    if heartbeat is None or not worst:
        missing = "a stall in the server" if heartbeat else "the numbers of the OPEN packet"
        return (case.remedy(f"No ping_timeout can be computed: the log does not hold {missing}."),)
    stall_s = max(one.stall_s for one in worst)
    needs = _needs(case.timeline, heartbeat.ping_interval_s, stall_s * (1 + MARGIN))
    value = round_up(max(needs.values()))
    if value <= heartbeat.ping_timeout_s:
        return (case.remedy(f"ping_timeout already outlasts the measured {stall_s:.2f} s."),)
    steps = _steps(heartbeat.ping_timeout_s, value)
    curve = remaining(worst, heartbeat.ping_interval_s, steps)
    each = ", ".join(f"{kind} {round_up(need):g} s" for kind, need in needs.items())
    sentence = (
        f"The server stood still for {stall_s:.2f} s: ping_timeout = {value:g} outlasts that and "
        f"{MARGIN:.0%} more at any moment of the ping interval (needed: {each}); "
        f"{curve[-1][1]} of {len(worst)} drops would remain. It only hides the stall: "
        "move the prediction into another process."
    )
    changed = Heartbeat(heartbeat.ping_interval_s, value)
    return (
        case.advice(
            sentence,
            setting="ping_timeout",
            value=value,
            curve=curve,
            out_of=len(worst),
            caution=_late_notice(changed),
        ),
    )


def _needs(timeline: Timeline, interval_s: float, stall_s: float) -> dict[str, float]:
    kinds = sorted({kind_of(connection).value for connection in timeline.connections})
    needs = ((kind, smallest_ping_timeout(kind, interval_s, stall_s)) for kind in kinds)
    return {kind: need for kind, need in needs if need is not None}


def _steps(now_s: float, value_s: float) -> list[float]:
    """The present timeout, the advised one, and three between them."""
    between = (round_up(now_s + share * (value_s - now_s)) for share in (0.25, 0.5, 0.75))
    return sorted({now_s, value_s, *(step for step in between if now_s < step < value_s)})


def _late_notice(heartbeat: Heartbeat) -> str:
    _, latest = dead_client_noticed_s(heartbeat)
    interval, timeout = heartbeat.ping_interval_s, heartbeat.ping_timeout_s
    return (
        "A longer ping_timeout is a bandage: a dead client is then noticed after up to "
        f"pi + 2 pt = {interval:g} + 2 x {timeout:g} = {latest:g} s."
    )


def _write_idle(case: _Case) -> tuple[Advice, ...]:
    """The server's stall triggers, the client's second limit ends: both ways out."""
    raised = _server_stall(case)
    heartbeat, worst = case.heartbeat, case.worst()
    if heartbeat is None or not worst:
        return raised
    needed = max(one.stall_s for one in worst) * (1 + MARGIN)
    limit = max(heartbeat.ping_interval_s, heartbeat.ping_timeout_s) + WRITE_IDLE_GRACE_S
    every = min(TRIED_KEEP_ALIVE_S, math.floor((limit - needed) * 10) / 10)
    if needed > heartbeat.ping_timeout_s or every <= 0:
        return raised
    keep_alive = case.advice(
        f"Or let the Python client emit something at least every {every:g} s: it gives up once it "
        f"has sent nothing for max(pi, pt) + 5 = {limit:g} s, and the stall took "
        f"{needed / (1 + MARGIN):.2f} s of them (kept: {MARGIN:.0%} more)."
    )
    return (*raised, keep_alive)


def _client_stall(case: _Case) -> tuple[Advice, ...]:
    heartbeat = case.heartbeat
    lengths = [
        (stall.ended_ns - stall.began_ns) / SECOND
        for stall in standstills(case.timeline.log, Witness.PROBE)
        if any(
            stall.ended_ns > drop.connected_ns
            and stall.began_ns < (drop.ended_ns or case.timeline.ended_ns)
            for drop in case.drops
        )
    ]
    if heartbeat is None or not lengths:
        return (case.remedy(),)
    return _timeout_above(case, heartbeat, max(lengths), "The client stood still for")


def _late_pong(case: _Case) -> tuple[Advice, ...]:
    heartbeat = case.heartbeat
    sids = {drop.sid for drop in case.drops}
    trips = [ping.round_trip_s for ping in case.timeline.pings if ping.sid in sids]
    measured = [trip for trip in trips if trip is not None]
    if heartbeat is None or not measured:
        return (case.remedy("The log holds no PONG whose delay could be measured."),)
    return _timeout_above(case, heartbeat, max(measured), "A PONG took")


def _timeout_above(
    case: _Case, heartbeat: Heartbeat, delay_s: float, what: str
) -> tuple[Advice, ...]:
    value = round_up(delay_s * (1 + MARGIN))
    if value <= heartbeat.ping_timeout_s:
        return (case.remedy(f"{what} {delay_s:.2f} s at most, which ping_timeout allows."),)
    sentence = f"{what} {delay_s:.2f} s: ping_timeout = {value:g} is {MARGIN:.0%} above it."
    return (
        case.advice(
            f"{sentence} {case.finding.remedy}".strip(),
            setting="ping_timeout",
            value=value,
            caution=_late_notice(Heartbeat(heartbeat.ping_interval_s, value)),
        ),
    )


def _inbound_too_big(case: _Case) -> tuple[Advice, ...]:
    told = [*case.events(Kind.REQUEST_REFUSED), *case.finding.evidence]
    sizes = [size for event in told if isinstance(size := event.data.get("bytes"), int)]
    handshakes = case.events(Kind.HANDSHAKE)
    limit = handshakes[0].data["max_payload_bytes"] if handshakes else 0
    if not sizes or max(sizes) <= limit:
        return (case.remedy("The log does not hold the size of the message that was refused."),)
    value = next_size(max(sizes))
    return (
        case.advice(
            f"The client sent {max(sizes):,} bytes where {limit:,} were allowed: "
            f"max_http_buffer_size = {value:,} takes it.",
            setting="max_http_buffer_size",
            value=value,
            caution="Any client may then make the server hold that much at once.",
        ),
    )


def _proxy_idle(case: _Case) -> tuple[Advice, ...]:
    ages = [age for drop in case.drops if (age := _idle_age_s(case.timeline, drop)) is not None]
    interval = math.floor(min(ages) * (1 - MARGIN)) if ages else 0
    if interval < 1:
        return (case.remedy("No whole ping_interval lies below the measured idle time."),)
    return (
        case.advice(
            f"Connections ended after {min(ages):.2f} s without traffic: ping_interval = {interval}"
            f" keeps {MARGIN:.0%} below it. Or raise the proxy's read timeout.",
            setting="ping_interval",
            value=interval,
        ),
    )


_TRAFFIC = (
    Kind.CONNECTED,
    Kind.MESSAGE_RECEIVED,
    Kind.PING_RECEIVED,
    Kind.PONG_SENT,
    Kind.PONG_RECEIVED,
)


def _idle_age_s(timeline: Timeline, drop: Connection) -> float | None:
    if drop.ended_ns is None:
        return None
    times = [
        event.at_ns
        for event in timeline.log.of(*_TRAFFIC)
        if event.sid == drop.sid and event.at_ns <= drop.ended_ns
    ]
    return (drop.ended_ns - max(times)) / SECOND if times else None


def _fractional_interval(case: _Case) -> tuple[Advice, ...]:
    heartbeat = case.heartbeat
    if heartbeat is None:
        return (case.remedy(),)
    # The advertised number is the configured one without its fraction.
    value = int(heartbeat.ping_interval_s) + 1
    return (
        case.advice(
            f"The client was told {heartbeat.ping_interval_s:g} s, the configured interval without "
            f"its fraction: ping_interval = {value} is the next whole number.",
            setting="ping_interval",
            value=value,
        ),
    )


def round_up(seconds: float) -> float:
    """The next tenth of a second below 10 s, the next whole second from there on."""
    grain = 10 if seconds < 10 else 1
    # A product such as 0.1 * 3 is a hair above the number that is meant.
    return math.ceil(round(seconds * grain, 6)) / grain


def next_size(size_bytes: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50 ... kilobytes above a size."""
    size = 1_000
    for factor in itertools.cycle((2, 2.5, 2)):
        if size > size_bytes:
            break
        size = int(size * factor)
    return size


_Rule = Callable[[_Case], tuple[Advice, ...]]

_TO_WEBSOCKET = _fixed(
    "transport", "websocket", "Connect by WebSocket alone: the trouble is polling's own."
)
_RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(SERVER_STALLS, _server_stall),
    **dict.fromkeys(CLIENT_STALLS, _client_stall),
    "pyclient_write_idle": _write_idle,
    "ping_timeout_too_short": _late_pong,
    "inbound_too_big_ws": _inbound_too_big,
    "inbound_too_big_polling": _inbound_too_big,
    "proxy_idle_timeout": _proxy_idle,
    "fractional_ping_interval": _fractional_interval,
    "nonfinite_json": _fixed(
        "finite_json", True, "finite_json = true refuses NaN and Infinity before they are sent."
    ),
    "sync_handlers_block_receive": _fixed(
        "async_handlers", True, "async_handlers = true runs handlers beside the receive loop."
    ),
    "second_heartbeat": _fixed(
        "ws_ping_interval", 0, "ws_ping_interval = 0 ends the second heartbeat; one is enough."
    ),
    "gevent_partial_send": _fixed(
        "async_mode", "threading", "async_mode = threading sends a large frame whole."
    ),
    "too_many_packets_down": _TO_WEBSOCKET,
    "no_sticky_session": _TO_WEBSOCKET,
}
