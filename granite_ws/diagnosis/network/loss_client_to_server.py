"""GWS505: the clients answered each PING, and their answers were lost on the way."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.network import silence
from granite_ws.events import Event
from granite_ws.phrase import say
from granite_ws.timeline import Connection, Timeline

CODE, CAUSE = "GWS505", "loss_client_to_server"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when PONGs were sent at once and never read by a server that waited for bytes."""
    if not silence.watched(timeline):
        words = say("Both sides' heartbeats and stalls must be recorded to tell a silent network.")
        return _say(Truth.UNKNOWN, words)
    unheard = [d for d in timeline.drops if silence.unheard_pong(timeline, d) is not None]
    if not unheard:
        return _say(
            Truth.REFUTED, say("No PONG was lost on its way between two sides that were well.")
        )
    seen = [(drop, look) for drop in unheard if (look := _look(timeline, drop)) is not None]
    if not seen:
        words = say(
            "PONGs were sent and not processed; no look at the stacks shows that the server was "
            "waiting for them, so they may have lain unread."
        )
        return _say(Truth.UNKNOWN, words)
    return _found(timeline, unheard, seen[0])


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _look(timeline: Timeline, drop: Connection) -> Event | None:
    ping = silence.unheard_pong(timeline, drop)
    sent = ping.pong_sent_ns if ping else None
    return None if sent is None else silence.server_was_reading(timeline, drop, sent)


def _found(
    timeline: Timeline, unheard: list[Connection], seen: tuple[Connection, Event]
) -> Finding:
    proof, look = seen
    ping = silence.unheard_pong(timeline, proof)
    if ping is None or ping.pong_sent_ns is None or proof.lost_ns is None:
        raise AssertionError("the proof is one of the drops whose PONG was not heard")
    waited_s = (proof.lost_ns - ping.pong_sent_ns) / 1e9
    path = silence.silence_steps(timeline, proof, ping)
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "What {count} client(s) sent was lost on the way: PINGs arrived and were answered at "
            "once, and in {waited_s:.1f} s no PONG came to the server, which was waiting for it.",
            count=len(unheard),
            waited_s=waited_s,
        ),
        evidence=(*(step.event for step in path), look),
        explains=tuple(drop.sid for drop in unheard),
        remedy=say(
            "Look for the device that lost this direction (asymmetric route, firewall state). "
            "Until then, automatic reconnection; ping_timeout decides only how late it is noticed."
        ),
        path=path,
        references=("python-socketio#364",),
    )
