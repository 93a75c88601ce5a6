"""GWS401: a JavaScript client's only thread was busy, and could not answer a PING."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.clients.unanswered import (
    Unanswered,
    in_order,
    loss_steps,
    stood_still,
    unanswered,
    watched,
)
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Kind
from granite_ws.phrase import say
from granite_ws.timeline import Stall, Timeline

CODE, CAUSE = "GWS401", "js_main_thread_blocked"
_KIND = "node"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a JavaScript client's loop stood still, at work, while its PING ran out."""
    drops = [drop for drop in timeline.drops if drop.client_kind == _KIND]
    if not drops:
        return _say(Truth.REFUTED, say("No JavaScript client lost its connection."))
    if not watched(timeline, _KIND, "loop"):
        return _say(Truth.UNKNOWN, say("Nobody watched the JavaScript clients' event loop."))
    if not timeline.log.of(Kind.PING_QUEUED):
        return _say(Truth.UNKNOWN, say("Nobody watched the server's side of the heartbeat."))
    found = [
        (ping, stall)
        for drop in drops
        if (ping := unanswered(timeline, drop)) is not None
        and (stall := stood_still(timeline, ping, monitor="loop", fits=_at_work)) is not None
    ]
    if not found:
        words = say("No JavaScript client was lost while its thread was busy and a PING waited.")
        return _say(Truth.REFUTED, words)
    return _finding(timeline, found)


def _at_work(stall: Stall) -> bool:
    """It used its processor, or would have: a thread that waits for a core is at work, too."""
    cpu_s = stall.cpu_s or 0.0
    busy_s = min(cpu_s, stall.seconds) + stall.waited_s
    return (
        cpu_s >= limits.WORKING_STALL_SHARE * stall.seconds
        and busy_s >= limits.BUSY_STALL_SHARE * stall.seconds
    )


def _finding(timeline: Timeline, found: list[tuple[Unanswered, Stall]]) -> Finding:
    ping, stall = found[0]
    told = stall.event
    if told is None:
        raise AssertionError("every stall of a log has its event")
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "The JavaScript client's only thread was busy for {seconds:.1f} s ({cpu_s:.1f} s of "
            "processor time, {waited_s:.1f} s waiting for a core), so it read no PING and "
            "answered none. The server had sent the PING on time.",
            seconds=stall.seconds,
            cpu_s=stall.cpu_s,
            waited_s=stall.waited_s,
        ),
        evidence=tuple(e for p, s in found for e in (p.written, s.event) if e is not None),
        explains=tuple(p.drop.sid for p, _ in found),
        remedy=say(
            "In the client: draw and parse in pieces of less than 50 ms "
            "(requestAnimationFrame, setTimeout), or in a Web Worker; send less at once. A "
            "ping_timeout above {seconds:.0f} s would only hide the frozen page.",
            seconds=stall.seconds,
        ),
        path=in_order(
            Step(say("The PING was written on time, to a client that was busy"), ping.written),
            *loss_steps(timeline, ping.drop),
            Step(
                say(
                    "The client's thread was free again, {seconds:.1f} s later",
                    seconds=stall.seconds,
                ),
                told,
            ),
        ),
        references=("python-engineio#32", "socket.io#2769"),
    )


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)
