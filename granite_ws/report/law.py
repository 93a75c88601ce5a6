"""The drop law as sections: what each client bears, and what a trial of it saw."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from granite_ws.droplaw import Law, Point
from granite_ws.heartbeat import ClientKind, Heartbeat, Limit, first_limit, tolerance
from granite_ws.phrase import join, say
from granite_ws.report.language import translated
from granite_ws.report.pictures import draw_law
from granite_ws.report.section import NARROW_IN, WIDE_IN, Section, section
from granite_ws.settings import Settings

_CLIENTS = {
    ClientKind.NODE: say("JavaScript (browser, Node)"),
    ClientKind.PYTHON: say("Python"),
    ClientKind.PYTHON_ASYNC: say("Python, asyncio"),
}
_RULES = {
    Limit.PING_TIMEOUT: say("pi + pt after the last PING"),
    Limit.WRITE_IDLE: say("max(pi, pt) + 5 s after it last sent something"),
}
_TOLERANCES = {
    "client": say("client"),
    "harmless": say("harmless at any phase"),
    "fatal": say("fatal at any phase"),
    "rule": say("gives up"),
}
_OBSERVED = {
    "client": say("client"),
    "held": say("stood still"),
    "phase": say("phase"),
    "excess": say("longer than it bears"),
    "predicted": say("predicted"),
    "observed": say("observed"),
}


def tolerances(settings: Settings) -> Section:
    """How long may the server stand still with these settings, for each kind of client?"""
    heartbeat = Heartbeat.configured(settings.ping_interval, settings.ping_timeout)
    rows, words = [], []
    for kind, name in _CLIENTS.items():
        harmless, fatal = tolerance(kind, heartbeat)
        _, rule = first_limit(kind, heartbeat)
        words.append(f"{kind}: up to {harmless:g} s harmless, above {fatal:g} s fatal")
        rows.append(
            {
                "client": name,
                "harmless": say("up to {seconds:g} s", seconds=harmless),
                "fatal": say("above {seconds:g} s", seconds=fatal),
                "rule": _RULES[rule],
            }
        )
    return section("tolerances", "", "\n".join(words), "table", _TOLERANCES.items(), rows)


def curve(
    settings: Settings, points: Sequence[Point] = (), *, heartbeat: tuple[int, float] | None = None
) -> Section:
    """What share of all phases does each stall drop? At the settings' own heartbeat, or another
    (interval, timeout) in seconds, with what was observed where there are points.
    """
    numbers = heartbeat or (settings.ping_interval, settings.ping_timeout)
    kinds = settings.client_kinds.split(",")
    wide, narrow = (
        # matplotlib escapes the texts that it writes into an SVG.
        Markup(draw_law(points, *numbers, kinds=kinds, width_in=width))  # noqa: S704
        for width in (WIDE_IN, NARROW_IN)
    )
    alt = say(
        "Share of dropped connections over the stall, at {ping_interval_s:g} and "
        "{ping_timeout_s:g} s.",
        ping_interval_s=numbers[0],
        ping_timeout_s=numbers[1],
    )
    caption = join(
        " ",
        (
            say("Lines are the law, marks what happened.") if points else "",
            say(
                "Where the line is between 0 and 1, the moment at which the stall begins decides."
            ),
        ),
    )
    return section("curve", "", alt, "picture", wide, narrow, alt, caption)


def trial(law: Law) -> Section:
    """Did each client end as the machine, told the phase, said?"""
    rows = [
        {
            "client": one.kind,
            "held": say("{seconds:.3f} s", seconds=one.held_s),
            "phase": say("{seconds:.3f} s", seconds=one.phase_s),
            "excess": say("{seconds:+.3f} s", seconds=one.excess_s),
            "predicted": say("drops") if one.predicted else say("holds"),
            "observed": say("dropped") if one.dropped else say("held"),
        }
        for one in law.observations
    ]
    words = say(
        "{right} of {count} clients ended as predicted.",
        right=len(law.observations) - len(law.wrong),
        count=len(law.observations),
    )
    drawn = section("trial", "", words, "table", _OBSERVED.items(), rows)
    told = Markup("<p>{}</p>").format(translated(words))
    return Section(drawn.name, drawn.question, told + drawn.html, str(words))
