"""The drop law as sections: what each client bears, and what a trial of it saw."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from granite_ws.droplaw import Law, Point
from granite_ws.heartbeat import ClientKind, Heartbeat, Limit, first_limit, tolerance
from granite_ws.report.pictures import draw_law
from granite_ws.report.sections import NARROW_IN, WIDE_IN, Section, section
from granite_ws.settings import Settings

_CLIENTS = {
    ClientKind.NODE: "JavaScript (browser, Node)",
    ClientKind.PYTHON: "Python",
    ClientKind.PYTHON_ASYNC: "Python, asyncio",
}
_RULES = {
    Limit.PING_TIMEOUT: "pi + pt after the last PING",
    Limit.WRITE_IDLE: "max(pi, pt) + 5 s after it last sent something",
}
_OBSERVED = ("client", "stood still", "phase", "longer than it bears", "predicted", "observed")


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
                "harmless at any phase": f"up to {harmless:g} s",
                "fatal at any phase": f"above {fatal:g} s",
                "gives up": _RULES[rule],
            }
        )
    return section("tolerances", "", "\n".join(words), "table", tuple(rows[0]), rows)


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
    seen = "Lines are the law, marks what happened. " if points else ""
    caption = f"{seen}Where the line is between 0 and 1, the moment at which the stall begins "
    alt = f"Share of dropped connections over the stall, at {numbers[0]:g} and {numbers[1]:g} s."
    return section("curve", "", alt, "picture", wide, narrow, alt, f"{caption}decides.")


def trial(law: Law) -> Section:
    """Did each client end as the machine, told the phase, said?"""
    rows = [
        {
            "client": one.kind,
            "stood still": f"{one.held_s:.3f} s",
            "phase": f"{one.phase_s:.3f} s",
            "longer than it bears": f"{one.excess_s:+.3f} s",
            "predicted": "drops" if one.predicted else "holds",
            "observed": "dropped" if one.dropped else "held",
        }
        for one in law.observations
    ]
    right = len(law.observations) - len(law.wrong)
    words = f"{right} of {len(law.observations)} clients ended as predicted."
    drawn = section("trial", "", words, "table", _OBSERVED, rows)
    told = Markup("<p>{}</p>").format(words)
    return Section(drawn.name, drawn.question, told + drawn.html, words)
