"""Which alternative for which load, from the records of a sweep."""

from __future__ import annotations

from dataclasses import replace

from granite_ws.alternatives import alternative_of, entries, recommend
from tests.report.many_records import alternatives


def test_an_alternative_has_a_name() -> None:
    """Its executor, its cache, and how it is asked."""
    names = [
        alternative_of(given)
        for given in (
            {},
            {"executor": "queue", "cache_s": 0, "ask_by": "event"},
            {"executor": "process", "cache_s": 60, "ask_by": "rest"},
        )
    ]
    assert ["thread", "queue", "process + cache by REST"] == names


def test_repeats_are_one_entry_with_their_median() -> None:
    """Three sessions of one alternative: the middle one counts."""
    first = alternatives()[0]
    many = [
        replace(first, number=n, metrics={**first.metrics, "asked_p99_ms": late})
        for n, late in enumerate((10.0, 90.0, 20.0))
    ]
    [entry] = entries(many)
    assert (3, 20.0, None) == (
        entry.sessions,
        entry.metrics["asked_p99_ms"],
        entry.metrics["asked"],
    )


def test_the_fastest_that_loses_nobody_is_recommended() -> None:
    """A cache whose model never ran has not shown that it bears a crash."""
    said = recommend(entries(alternatives()))
    assert said["steady"].startswith("thread: nobody lost, 100 % answered, 99 % of them within")
    assert said["crash"].startswith("process: nobody lost")
    assert said["crash"].endswith("; thread lose connections")


def test_nobody_may_serve_a_load() -> None:
    """Then that is what is said."""
    dropping = [one for one in alternatives() if one.metrics["drops"]]
    assert (
        "no alternative served this load; thread lose connections"
        == (recommend(entries(dropping))["crash"])
    )


def test_other_cells_are_not_alternatives() -> None:
    """A sweep without a load has none."""
    assert () == entries([replace(one, parameters={}) for one in alternatives()])
