"""The picture of a phase map."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import partial

import pytest

from granite_ws.matrix.record import CellRecord, Status
from granite_ws.report.phasedraw import _place_of, _value_at, draw_map, tile_words
from granite_ws.report.phasegrid import Tile, grid, law_of
from granite_ws.report.svg import svg_of
from tests.report.many_records import EVIL, record, stalls


def drawn(
    records: list[CellRecord], x: str, y: str, metric: str = "drops", width: float = 10
) -> str:
    shown = grid(records, x, y, metric)
    law = law_of(shown, records, {"fault_at_s": 0.5})
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        first, second = (svg_of(partial(draw_map, shown, law, width)) for _ in range(2))
    assert first == second
    return first


@pytest.mark.parametrize("width", [4.4, 10.0])
def test_every_tile_says_its_number_and_its_count(width: float) -> None:
    """Three tiles without, three with drops, one session each; the law's three lines by name."""
    svg = drawn(stalls(), "ping_timeout", "fault_seconds", width=width)
    assert [3, 3, 6] == [svg.count(f">{words}<") for words in ("0 %", "100 %", "n 1")]
    for words in (
        "below: drops nobody",
        "above: drops at any moment",
        "above: drops at this moment",
    ):
        assert words in svg
    assert "not run" not in svg


def test_what_was_not_run_is_hatched_and_not_zero() -> None:
    """A pair without a cell has no number, one without a session is unknown; both are hatched."""
    records = [record(1, x=1, y=1), record(2, x=2, y=2)]
    records[1] = replace(records[1], status=Status.DIED, metrics={})
    svg = drawn(records, "x", "y")
    assert [1, 1, 1] == [svg.count(f">{words}<") for words in ("0 %", "unknown", "not run")]
    assert "<pattern" in svg


def test_words_of_a_sweep_are_escaped() -> None:
    """Values may be words, and hostile ones; nothing at all is drawn as that."""
    svg = drawn([record(1, x=EVIL, y="b")], "x", "y", "stall_p99_ms")
    assert EVIL not in svg
    assert "nothing to show" in drawn([], "x", "y")


def test_places_and_values_are_inverses() -> None:
    """Between and beyond the values that were tried; a single value is in the middle."""
    values = (1, 5, 20, 120)
    for place in (-0.5, 0, 0.3, 1.5, 2.9, 3.4):
        assert place == pytest.approx(_place_of(_value_at(place, values), values))
    assert (7.0, 0.0) == (_value_at(0.4, (7,)), _place_of(7, (7,)))


def test_a_number_is_never_made_up() -> None:
    """Not run, no number, a share, a median."""
    assert ("not run", "0") == tile_words(None, "drops")
    assert ("no number from 2 cells", "0") == tile_words(Tile(None, 0, 0, 2), "drops")
    assert ("33 %", "3") == tile_words(Tile(1 / 3, 1, 3, 3), "drops")
    assert ("12.35", "3") == tile_words(Tile(12.3456, 1, 3, 3), "stall_p99_ms")
