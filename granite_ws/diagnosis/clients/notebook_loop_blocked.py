"""GWS403: an asyncio client's loop was blocked, as by a notebook's cell, and read no PING."""

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
from granite_ws.timeline import SECOND, Stall, Timeline

CODE, CAUSE = "GWS403", "notebook_loop_blocked"
_KIND = "python-async"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when an asyncio client's loop stood still while its PING ran out, and a thread of
    the same process beat all the time.
    """
    drops = [drop for drop in timeline.drops if drop.client_kind == _KIND]
    if not drops:
        return _say(Truth.REFUTED, say("No asyncio client lost its connection."))
    if not all(watched(timeline, _KIND, monitor) for monitor in ("loop", "thread")):
        return _say(
            Truth.UNKNOWN, say("Nobody watched both the asyncio clients' loop and a thread.")
        )
    if not timeline.log.of(Kind.PING_QUEUED):
        return _say(Truth.UNKNOWN, say("Nobody watched the server's side of the heartbeat."))

    def alone(stall: Stall) -> bool:
        return not _thread_stood(timeline, stall)

    found = [
        (ping, stall)
        for drop in drops
        if (ping := unanswered(timeline, drop)) is not None
        and (stall := stood_still(timeline, ping, monitor="loop", fits=alone)) is not None
    ]
    if not found:
        words = say(
            "No asyncio client was lost while its loop alone stood still and a PING waited."
        )
        return _say(Truth.REFUTED, words)
    return _finding(timeline, found)


def _thread_stood(timeline: Timeline, loop: Stall) -> bool:
    """Whether all of the process stood still for a good part of the loop's stall."""
    stood_ns = sum(
        max(min(stall.ended_ns, loop.ended_ns) - max(stall.began_ns, loop.began_ns), 0)
        for stall in timeline.client_stalls
        if stall.client_kind == loop.client_kind and stall.monitor == "thread"
    )
    return stood_ns > (1 - limits.BUSY_STALL_SHARE) * loop.seconds * SECOND


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
            "The asyncio client's loop was kept for {seconds:.1f} s by synchronous work, while "
            "the threads of its process went on: no PING was read and none was answered. The "
            "server had sent the PING on time.",
            seconds=stall.seconds,
        ),
        evidence=tuple(e for p, s in found for e in (p.written, s.event) if e is not None),
        explains=tuple(p.drop.sid for p, _ in found),
        remedy=say(
            "In a notebook use the synchronous socketio.Client, whose threads answer PINGs "
            "while a cell runs; or give the cell's work away: await asyncio.to_thread(work)."
        ),
        path=in_order(
            Step(say("The PING was written on time, to a loop that was kept"), ping.written),
            *loss_steps(timeline, ping.drop),
            Step(
                say("The client's loop runs again, {seconds:.1f} s later", seconds=stall.seconds),
                told,
            ),
        ),
        references=("backtick-se/cowait#278",),
    )


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)
