"""The drop law's sections, from a law that was made up."""

from __future__ import annotations

from granite_ws.droplaw import Law, Observation, Point
from granite_ws.report.law import curve, tolerances, trial
from granite_ws.settings import Settings


def observation(kind: str, excess_s: float, *, dropped: bool) -> Observation:
    return Observation(
        kind=kind,
        asked_s=2.5,
        held_s=2.501,
        phase_s=0.5 + excess_s,
        led=True,
        excess_s=excess_s,
        limit="ping_timeout",
        dropped=dropped,
    )


def test_each_client_bears_what_its_library_allows() -> None:
    """At 25 and 120 s: JavaScript 120 to 145 s, Python 100 to 125 s, for its second limit."""
    words = tolerances(Settings(ping_interval=25, ping_timeout=120)).words.splitlines()
    assert [
        "node: up to 120 s harmless, above 145 s fatal",
        "python: up to 100 s harmless, above 125 s fatal",
        "python-async: up to 100 s harmless, above 125 s fatal",
    ] == words


def test_the_rule_that_ends_the_client_is_named() -> None:
    """At 1 and 2 s the second limit is never the first; at 25 and 20 s it is Python's."""
    rule = "after it last sent something"
    assert [0, 2] == [
        tolerances(Settings(ping_interval=pi, ping_timeout=pt)).html.count(rule)
        for pi, pt in ((1, 2), (25, 20))
    ]


def test_the_curve_is_drawn_for_desks_and_phones() -> None:
    """Two pictures, a caption; what the marks are is said only where there are marks."""
    settings = Settings(client_kinds="python,node")
    bare = curve(settings)
    point = Point(kind="node", stall_s=2.5, predicted=0.5, observed=0.75, count=4)
    seen = curve(settings, [point], heartbeat=(1, 2))
    assert [2, 2] == [section.html.count("<svg") for section in (bare, seen)]
    assert [False, True] == ["marks what" in section.html for section in (bare, seen)]
    assert ["25", "1"] == [
        section.words.split(", at ")[1].split(" and ")[0] for section in (bare, seen)
    ]


def test_the_trial_counts_who_ended_as_predicted() -> None:
    """One of two was wrong: it should have dropped and held."""
    seen = (
        observation("python", 0.2, dropped=True),
        observation("node", 0.1, dropped=False),
    )
    drawn = trial(Law(2, seen, ()))
    assert "1 of 2 clients ended as predicted." == drawn.words
    words = (">drops<", ">holds<", ">dropped<", ">held<")
    assert [2, 0, 1, 1] == [drawn.html.count(word) for word in words]
