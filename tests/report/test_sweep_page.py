"""A sweep as one page."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from granite_ws.matrix.plan import Axes, Sweep
from granite_ws.matrix.record import Status
from granite_ws.matrix.thresholds import judge, parse_threshold
from granite_ws.report.sweep_page import sweep_page
from tests.report.many_records import EVIL, stalls

RULES = tuple(
    parse_threshold(rule, at="here")
    for rule in ("drops == 0", "stall_p99_ms < 900", "failed_forecasts < 1")
)
SWEEP = Sweep(
    title="When does it drop?",
    matrix={"ping_timeout": (2, 5), "fault_seconds": (0, 3, 6)},
    axes=Axes("ping_timeout", "fault_seconds"),
    thresholds=RULES,
    parameters={"ping_interval": 1},
)


def test_it_says_how_many_are_done_and_which_thresholds_hold() -> None:
    """All six: one threshold broken, one held, one unknown; the page is red."""
    records = stalls()
    page = sweep_page(SWEEP, records, judge(RULES, records))
    assert (
        "6 of 6 cells are done; 3 lost a connection; 1 threshold is broken; 1 threshold is" in page
    )
    assert 'class="banner dropped"' in page
    assert [1, 1, 1] == [
        page.count(f'<span class="mark {c}">{w}</span></td><td>')
        for c, w in (("yes", "holds"), ("no", "broken"), ("unknown", "unknown"))
    ]
    assert "Which cells did not end well" not in page


def test_a_sweep_that_is_not_whole_is_not_good() -> None:
    """Five of six without a drop, one died: open, and said why, with a link to what it left."""
    records = [replace(one, metrics={"drops": 0.0}, outcome="held", causes=()) for one in stalls()]
    records[2] = replace(records[2], status=Status.DIED, why=EVIL, metrics={}, outcome="")
    page = sweep_page(replace(SWEEP, thresholds=()), records, [])
    assert 'class="banner open"' in page
    assert "5 of 6 cells are done" in page
    assert f'<a href="cells/{records[2].key}/page.html">3</a>' in page
    assert EVIL not in page
    whole = [replace(one, metrics={"drops": 0.0}, outcome="held") for one in stalls()]
    assert 'class="banner held"' in sweep_page(SWEEP, whole, [])
    assert 'class="banner open"' in sweep_page(SWEEP, whole[:-1], [])
    assert 'class="banner dropped"' in sweep_page(SWEEP, stalls(), [])


def test_it_can_be_run_again() -> None:
    """The command, the hash of the file, what is varied and what is not, versions."""
    page = sweep_page(SWEEP, [], [], source="title: x\n", versions={"granite-ws": "1.2.3"})
    assert "granite-ws sweep sweep.yaml" in page
    assert hashlib.sha256(b"title: x\n").hexdigest() in page
    for name, value in (("ping_timeout", "2, 5"), ("ping_interval", "1"), ("granite-ws", "1.2.3")):
        assert f"<dt>{name}</dt><dd>{value}</dd>" in page


def test_the_map_is_there_where_the_sweep_has_axes() -> None:
    """And only there; the same records give the same bytes."""
    records = stalls()
    page = sweep_page(SWEEP, records, [])
    assert 2 == page.count("<svg")
    assert page == sweep_page(SWEEP, records[::-1], [])
    assert "<svg" not in sweep_page(replace(SWEEP, axes=None), records, [])


def test_what_waited_for_a_core_is_told() -> None:
    """A cell whose server had no core for long is named, the others are not."""
    quiet = [replace(one, waited=0.05) for one in stalls()]
    assert "measured a neighbour" not in sweep_page(SWEEP, quiet, [])
    page = sweep_page(SWEEP, [replace(quiet[0], waited=0.4), *quiet[1:]], [])
    assert "Which cells may have measured a neighbour?" in page
    assert "40 %" in page
