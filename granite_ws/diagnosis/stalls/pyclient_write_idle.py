"""GWS109: a stall that pi + pt bears, and the Python client's second limit does not."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.stalls.episodes import Blow, blows
from granite_ws.diagnosis.stalls.judging import bearing_timeout, is_watched, path_of
from granite_ws.heartbeat import Limit, limits
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Timeline

CODE, CAUSE = "GWS109", "pyclient_write_idle"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a Python client named this limit, counted from what it sent last, and the
    server had stood still meanwhile: the stall is the trigger, the limit made it a drop.
    """
    lost = [drop for drop in timeline.drops if drop.client_kind != "node"]
    if not lost:
        return _finding(Truth.REFUTED, say("No Python client lost its connection."))
    if not is_watched(timeline):
        return _finding(Truth.UNKNOWN, say("Nobody watched whether the server stood still."))
    if all(drop.client_reason is None for drop in lost):
        return _finding(Truth.UNKNOWN, say("Nobody recorded what the Python clients said."))
    mine = [blow for blow in blows(timeline) if blow.limit is Limit.WRITE_IDLE]
    if not mine:
        return _finding(
            Truth.REFUTED, say("No Python client gave up because it had sent nothing.")
        )
    return _supported(timeline, mine)


def _finding(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _supported(timeline: Timeline, mine: list[Blow]) -> Finding:
    blow = mine[0]
    numbers = blow.heartbeat
    pi, pt = numbers.ping_interval_s, numbers.ping_timeout_s
    borne = limits(blow.drop.client_kind, numbers)[Limit.WRITE_IDLE]
    stall = blow.episode.longest
    phase = (stall.began_ns - blow.since.at_ns) / SECOND
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "The server stood still for {seconds:.1f} s, from {phase:.1f} s after the Python "
            "client's last packet; this client gives up when it has sent nothing for "
            "max(ping_interval, ping_timeout) + 5 = {borne:g} s, {earlier:g} s before "
            "ping_interval + ping_timeout = {whole:g} s, which JavaScript clients wait.",
            seconds=stall.seconds,
            phase=phase,
            borne=borne,
            earlier=pi + pt - borne,
            whole=pi + pt,
        ),
        evidence=tuple(s.event for s in blow.episode.main if s.event is not None),
        explains=tuple(one.drop.sid for one in mine),
        remedy=say(
            "Let the Python client emit a keep-alive every 4 s (each packet restarts this "
            "limit) and reconnect; or ping_timeout = {timeout}, which would have borne "
            "this stall; or remove the stall itself.",
            timeout=bearing_timeout(blow),
        ),
        path=path_of(timeline, blow),
        limit="write_idle",
        references=("Flask-SocketIO#1713", "python-socketio#794", "python-socketio#940"),
    )
