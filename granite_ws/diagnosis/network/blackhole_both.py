"""GWS503: the network swallowed everything, both ways, and told nobody."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding, Strength, Truth
from granite_ws.diagnosis.network import silence
from granite_ws.phrase import say
from granite_ws.timeline import Connection, Timeline

CODE, CAUSE = "GWS503", "blackhole_both"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a PING never arrived, and a client's goodbye did not either.

    Python's clients say no goodbye; their drops are explained by that of a JavaScript client that
    fell silent with them.
    """
    if not silence.watched(timeline):
        words = say("Both sides' heartbeats and stalls must be recorded to tell a silent network.")
        return _say(Truth.UNKNOWN, words)
    unheard = [d for d in timeline.drops if silence.unheard_ping(timeline, d) is not None]
    if not unheard:
        return _say(
            Truth.REFUTED, say("No PING was lost on its way between two sides that were well.")
        )
    came = {drop.sid: silence.goodbye_came(timeline, drop) for drop in unheard}
    if True in came.values():
        return _say(Truth.REFUTED, say("A client's goodbye still reached the server."))
    proof = [drop for drop in unheard if came[drop.sid] is False]
    if not proof:
        words = say(
            "Nothing came from the server any more; no client said anything afterwards that would "
            "show whether the other way was open."
        )
        return _say(Truth.UNKNOWN, words)
    return _found(timeline, unheard, proof[0])


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _found(timeline: Timeline, unheard: list[Connection], proof: Connection) -> Finding:
    ping = silence.unheard_ping(timeline, proof)
    if ping is None:
        raise AssertionError("the proof is one of the drops whose PING was not heard")
    waited_s = timeline.seconds(silence.gave_up_ns(proof) or 0) - timeline.seconds(
        ping.written_ns or 0
    )
    path = silence.silence_steps(timeline, proof, ping)
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "The network swallowed everything between {count} client(s) and the server, both "
            "ways: the server's PING never arrived, the client gave up {waited_s:.1f} s later, "
            "and its goodbye did not come through either; neither side stood still.",
            count=len(unheard),
            waited_s=waited_s,
        ),
        evidence=tuple(step.event for step in path),
        explains=tuple(drop.sid for drop in unheard),
        remedy=say(
            "Find the NAT or firewall that forgot the connection. Until then: ping_interval=10 "
            "and ping_timeout=5 notice it within 15 s and the client reconnects; on the server, "
            "TCP_USER_TIMEOUT=20000 frees the threads of dead connections."
        ),
        path=path,
        limit="write_idle" if silence.write_idle(proof) else "",
        references=("python-socketio#940", "python-engineio#328"),
        strength=Strength.INFERRED,
    )
