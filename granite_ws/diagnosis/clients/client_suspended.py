"""GWS402: the client's whole process was stopped: a sleeping laptop, a frozen tab, a signal."""

from __future__ import annotations

from dataclasses import dataclass

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.clients.unanswered import (
    Unanswered,
    in_order,
    loss_steps,
    states_of,
    unanswered,
)
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import say, say_many
from granite_ws.timeline import SECOND, Stall, Timeline

CODE, CAUSE = "GWS402", "client_suspended"
# As psutil names them: by SIGSTOP, by a debugger.
_STOPPED = ("stopped", "tracing-stop")


@dataclass(frozen=True)
class _Pause:
    ping: Unanswered
    samples: tuple[Event, ...]  # that found the process stopped
    stall: Stall | None  # as its own heartbeat told afterwards; None where it never woke up


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a client's process was found stopped, each time that somebody looked, from
    before it could read a PING until the PING's time had run out.
    """
    drops = timeline.drops
    if not drops:
        return _say(Truth.REFUTED, say("No connection was lost."))
    if not any(str(e.data["role"]).startswith("probe") for e in timeline.log.of(Kind.SAMPLE)):
        return _say(Truth.UNKNOWN, say("Nobody watched the clients' processes from outside."))
    if not timeline.log.of(Kind.PING_QUEUED):
        return _say(Truth.UNKNOWN, say("Nobody watched the server's side of the heartbeat."))
    found = [
        pause
        for drop in drops
        if (ping := unanswered(timeline, drop)) is not None
        and (pause := _pause(timeline, ping)) is not None
    ]
    if not found:
        return _say(
            Truth.REFUTED, say("No client's process was found stopped while its PING waited.")
        )
    return _finding(timeline, found)


def _pause(timeline: Timeline, ping: Unanswered) -> _Pause | None:
    slack = round(limits.STALL_SLACK_S * SECOND)
    until = min(ping.due_ns, ping.lost_ns)
    samples = states_of(timeline, ping.drop, ping.written.at_ns + slack, until)
    if not samples or any(sample.data["state"] not in _STOPPED for sample in samples):
        return None
    if ping.received_ns is not None and ping.received_ns < until:
        return None
    stalls = [s for s in timeline.client_stalls if _tells_of(s, ping)]
    if any(_ran(stall) for stall in stalls):
        return None
    return _Pause(ping, tuple(samples), stalls[0] if stalls else None)


def _tells_of(stall: Stall, ping: Unanswered) -> bool:
    middle = (ping.written.at_ns + min(ping.due_ns, ping.lost_ns)) / 2
    ours = stall.client_kind == ping.drop.client_kind
    return ours and stall.began_ns <= middle <= stall.ended_ns


def _ran(stall: Stall) -> bool:
    return stall.cpu_s is not None and stall.cpu_s > limits.IDLE_STALL_SHARE * stall.seconds


def _finding(timeline: Timeline, found: list[_Pause]) -> Finding:
    first = found[0]
    kinds = ", ".join(sorted({pause.ping.drop.client_kind for pause in found}))
    if first.stall is not None and first.stall.event is not None:
        cpu_ms = (first.stall.cpu_s or 0.0) * 1e3
        lasted = say(
            "It stood still for {seconds:.1f} s and used {cpu_ms:.0f} ms of processor time "
            "meanwhile.",
            seconds=first.stall.seconds,
            cpu_ms=cpu_ms,
        )
        woke = [Step(say("The client's process runs again"), first.stall.event)]
    else:
        lasted, woke = say("It was not seen to run again."), []
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say_many(
            "The client's process ({kinds}) was stopped: found so {count} time, each time that "
            "somebody looked. {lasted} The PING was sent on time and not read.",
            "The client's process ({kinds}) was stopped: found so {count} times, each time that "
            "somebody looked. {lasted} The PING was sent on time and not read.",
            len(first.samples),
            kinds=kinds,
            lasted=lasted,
        ),
        evidence=tuple(e for pause in found for e in (pause.ping.written, *pause.samples)),
        explains=tuple(pause.ping.drop.sid for pause in found),
        remedy=say(
            "Nothing that the server sets helps a sleeping laptop or a frozen tab: let the "
            "client reconnect and fetch what it missed (GET /api/history, or a state that is sent "
            "on connect)."
        ),
        path=in_order(
            Step(say("The PING was written on time"), first.ping.written),
            Step(say("The client's process is stopped"), first.samples[0]),
            *loss_steps(timeline, first.ping.drop),
            *woke,
        ),
        references=("socket.io#4040", "socket.io#3507", "wetty#579"),
    )


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)
