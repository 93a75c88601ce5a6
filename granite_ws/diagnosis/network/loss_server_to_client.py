"""GWS504: what the server sent was lost on the way, while the clients' packets arrived."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.network import silence
from granite_ws.phrase import say
from granite_ws.timeline import Connection, Timeline

CODE, CAUSE = "GWS504", "loss_server_to_client"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a PING never arrived, but the goodbye of the client that gave up did."""
    if not silence.watched(timeline):
        words = say("Both sides' heartbeats and stalls must be recorded to tell a silent network.")
        return _say(Truth.UNKNOWN, words)
    unheard = [d for d in timeline.drops if silence.unheard_ping(timeline, d) is not None]
    if not unheard:
        return _say(
            Truth.REFUTED, say("No PING was lost on its way between two sides that were well.")
        )
    came = {drop.sid: silence.goodbye_came(timeline, drop) for drop in unheard}
    proof = [drop for drop in unheard if came[drop.sid]]
    if not proof:
        lost = False in came.values()
        words = (
            say("The client's goodbye did not reach the server either.")
            if lost
            else say("No client said anything afterwards that would show that its way was open.")
        )
        return _say(Truth.REFUTED if lost else Truth.UNKNOWN, words)
    return _found(timeline, unheard, proof[0])


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _found(timeline: Timeline, unheard: list[Connection], proof: Connection) -> Finding:
    ping = silence.unheard_ping(timeline, proof)
    if ping is None:
        raise AssertionError("the proof is one of the drops whose PING was not heard")
    path = silence.silence_steps(timeline, proof, ping)
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "What the server sent to {count} client(s) was lost on the way: its PING never "
            "arrived and the client gave up, yet the client's own closing reached the server at "
            "once; neither side stood still.",
            count=len(unheard),
        ),
        evidence=tuple(step.event for step in path),
        explains=tuple(drop.sid for drop in unheard),
        remedy=say(
            "Look for the device that lost this direction (asymmetric route, firewall state, "
            "MTU). Until then: ping_interval=10 and ping_timeout=5 notice it within 15 s."
        ),
        path=path,
        limit="write_idle" if silence.write_idle(proof) else "",
    )
