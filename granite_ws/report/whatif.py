"""What the heartbeat's law says of one stall: who gives up, when, by which rule, and two drawings.

Sentences and SVG from numbers; ``heartbeat.py`` is the oracle. The drawings are written by hand
and not by matplotlib, so that they can follow a slider.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from granite_ws.heartbeat import (
    ClientKind,
    Heartbeat,
    Limit,
    drop_probability,
    limits,
    smallest_ping_timeout,
    still_bears,
    tolerance,
)
from granite_ws.phrase import Phrase, join, say
from granite_ws.report.canvas import Canvas

# On loopback a packet took up to 43 ms (``heartbeat.py``): closer to a limit nobody can tell.
EDGE_S = 0.05
WEBSOCKET, POLLING, UPGRADE = "websocket", "polling", "upgrade"
_CURVE_POINTS = 160
_WIDTH = 720.0
_CLIENTS = {
    ClientKind.NODE: say("The JavaScript client"),
    ClientKind.PYTHON: say("The Python client"),
    ClientKind.PYTHON_ASYNC: say("The Python client (asyncio)"),
}
_RULES = {
    Limit.PING_TIMEOUT: say("ping interval + ping timeout after the last PING"),
    Limit.WRITE_IDLE: say("max(ping interval, ping timeout) + 5 s after it last sent something"),
}


@dataclass(frozen=True)
class Case:
    """One stall of the server that meets one client. All times in seconds.

    ping_interval: as configured; whole seconds of it are advertised.
    phase:         since the last PING, which the client answered at once; 0 to the interval.
    transport:     websocket, polling or upgrade, as in ``Settings``.
    """

    kind: str
    ping_interval: float
    ping_timeout: float
    stall: float
    phase: float
    transport: str = WEBSOCKET

    @property
    def heartbeat(self) -> Heartbeat:
        """What the server advertises."""
        return Heartbeat.configured(self.ping_interval, self.ping_timeout)


@dataclass(frozen=True)
class Prediction:
    """What the law says of a case.

    drops:    None where it says nothing.
    borne_s:  the longest stall that the client survives at this phase.
    gives_up: seconds after the last PING at which it gives up, None where it does not.
    chance:   share of all phases at which this stall drops it, None where unknown.
    """

    sentence: Phrase
    drops: bool | None
    rule: Limit
    borne_s: float
    gives_up: float | None
    chance: float | None


def predict(case: Case) -> Prediction:
    """The law's prediction, without traffic beside the heartbeat.

    Raises ValueError for a client or a heartbeat that is none.
    """
    borne, rule = still_bears(case.kind, case.heartbeat, case.phase)
    if case.transport == POLLING:
        sentence = say(
            "Unknown: the law is that of the WebSocket transport; over polling nobody measured it."
        )
        return Prediction(sentence, None, rule, borne, None, None)
    if case.phase > case.heartbeat.ping_interval_s:
        sentence = say("Unknown: a PING comes within the ping interval, so no phase is longer.")
        return Prediction(sentence, None, rule, borne, None, None)
    chance = drop_probability(case.kind, case.heartbeat, case.stall)
    if abs(case.stall - borne) < EDGE_S:
        sentence = say(
            "Unknown: the stall ends within {edge:g} ms of the limit of {borne:.2f} s, and a "
            "packet's way decides.",
            edge=EDGE_S * 1e3,
            borne=borne,
        )
        return Prediction(_after_upgrade(case, sentence), None, rule, borne, None, chance)
    drops = case.stall > borne
    sentence = _drops(case, borne, rule) if drops else _survives(case, borne)
    gives_up = case.phase + borne if drops else None
    return Prediction(_after_upgrade(case, sentence), drops, rule, borne, gives_up, chance)


def outlook(case: Case) -> Phrase:
    """The same stall at other moments, and what would make it harmless."""
    if case.transport == POLLING:
        return say("What a stall does over polling is unknown here.")
    harmless, fatal = tolerance(case.kind, case.heartbeat)
    needed = smallest_ping_timeout(case.kind, case.heartbeat.ping_interval_s, case.stall)
    return say(
        "At any moment: up to {harmless:g} s is harmless, above {fatal:g} s is fatal; a stall of "
        "{stall:g} s drops this client in {chance:.0%} of all moments. From a ping timeout of "
        "{needed:g} s on it drops it never.",
        harmless=harmless,
        fatal=fatal,
        stall=case.stall,
        chance=drop_probability(case.kind, case.heartbeat, case.stall),
        needed=needed if needed is not None else float("inf"),
    )


def _drops(case: Case, borne: float, rule: Limit) -> Phrase:
    return say(
        "{who} gives up {at:g} s after its last PING, {into:g} s into the stall: {rule}.",
        who=_CLIENTS[ClientKind(case.kind)],
        at=_short(case.phase + borne),
        into=_short(max(borne, 0.0)),
        rule=_RULES[rule],
    )


def _survives(case: Case, borne: float) -> Phrase:
    return say(
        "{who} survives: at this moment it bears a stall of {borne:g} s, and this one is "
        "{spare:g} s shorter.",
        who=_CLIENTS[ClientKind(case.kind)],
        borne=_short(borne),
        spare=_short(borne - case.stall),
    )


def _after_upgrade(case: Case, sentence: Phrase) -> Phrase:
    if case.transport != UPGRADE:
        return sentence
    return join(" ", [say("Once it is upgraded to a WebSocket:"), sentence])


def _short(seconds: float) -> float:
    return round(seconds, 2)


# ---------------------------------------------------------------------------------- drawings


def draw_rounds(case: Case, prediction: Prediction) -> Markup:
    """An SVG of the server's and the client's line: PINGs, the stall, the limits, the end."""
    stall_end = case.phase + case.stall
    borne = limits(case.kind, case.heartbeat)
    interval = case.heartbeat.ping_interval_s
    last = 1.08 * max(stall_end, interval, *borne.values())
    canvas = Canvas(_WIDTH, 168.0, span=last, left=70.0)
    server, client = 56.0, 112.0
    canvas.line(0, server, last, server, "grey")
    canvas.line(0, client, prediction.gives_up or last, client, "grey")
    canvas.text_at(62, server + 4, say("server"), anchor="end")
    canvas.text_at(62, client + 4, say("client"), anchor="end")
    canvas.box(case.phase, server - 11, stall_end, server + 11, "orange")
    canvas.text((case.phase + stall_end) / 2, server - 18, say("stands still"), "orange")
    canvas.round_at(0.0, server, client)
    due = interval if not case.phase <= interval < stall_end else stall_end
    if prediction.gives_up is None and prediction.drops is False:
        canvas.round_at(due, server, client)
    for place, (limit, seconds) in enumerate(sorted(borne.items())):
        ends = prediction.rule is limit and prediction.drops
        colour = "red" if ends else "grid"
        canvas.line(seconds, 30, seconds, 132, colour, dashed=True)
        name = say("pi + pt") if limit is Limit.PING_TIMEOUT else say("max(pi, pt) + 5 s")
        canvas.text(seconds, 14 + 12 * place, name, "red" if ends else "grey")
    if prediction.gives_up is not None:
        canvas.cross(prediction.gives_up, client)
        canvas.text(prediction.gives_up, client + 26, say("gives up"), "red")
    canvas.ticks(150.0)
    return canvas.svg(prediction.sentence)


def draw_chances(case: Case, prediction: Prediction) -> Markup:
    """An SVG of the share of moments at which a stall drops this client, over its length."""
    _, fatal = tolerance(case.kind, case.heartbeat)
    last = 1.2 * max(fatal, case.stall)
    canvas = Canvas(_WIDTH, 190.0, span=last, left=70.0)
    top, bottom = 16.0, 148.0

    def height(chance: float) -> float:
        return bottom - chance * (bottom - top)

    if prediction.chance is None:
        canvas.text(last / 2, 80, say("unknown"), "grey")
    else:
        lengths = [last * n / _CURVE_POINTS for n in range(_CURVE_POINTS + 1)]
        heights = [height(drop_probability(case.kind, case.heartbeat, x)) for x in lengths]
        for share in (0.0, 0.5, 1.0):
            canvas.line(0, height(share), last, height(share), "grid")
            canvas.text_at(62, height(share) + 4, say("{share:.0%}", share=share), anchor="end")
        canvas.path(lengths, heights, "blue")
        canvas.dot(case.stall, height(prediction.chance), "red")
    canvas.ticks(166.0)
    alt = say(
        "Share of all moments at which a stall drops this client, over the stall's length. "
        "{outlook}",
        outlook=outlook(case),
    )
    return canvas.svg(alt)
