"""Pictures over many sessions."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest

from granite_ws.droplaw import Point
from granite_ws.report.pictures import draw_confusion, draw_law

CONFUSION = {"gil_held": {"gil_held": 4, "unknown": 1}, "proxy_idle": {"proxy_idle": 5}}
POINTS = [
    Point(kind=kind, stall_s=2.5, predicted=0.5, observed=0.6, count=10)
    for kind in ("node", "python", "python-async")
]
DRAWINGS: dict[str, Callable[[], str]] = {
    "confusion": lambda: draw_confusion(CONFUSION),
    "law": lambda: draw_law(POINTS, 1, 2),
    "law without points": lambda: draw_law([], 25, 120, kinds=("node", "python")),
    "no confusion": lambda: draw_confusion({}),
    "no law": lambda: draw_law([], 1, 2),
}
BY_NAME = pytest.mark.parametrize("draw", DRAWINGS.values(), ids=list(DRAWINGS))


@BY_NAME
def test_the_same_figures_give_the_same_bytes(draw: Callable[[], str]) -> None:
    """No date, no random id; nothing is fetched from outside."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        first, second = draw(), draw()
    assert first == second
    assert first.startswith("<svg")
    assert 'xlink:href="http' not in first


def test_the_matrix_has_a_column_for_every_answer() -> None:
    """What was injected stands in rows and columns, another answer in a column of its own."""
    svg = draw_confusion(CONFUSION)
    assert [2, 2, 1] == [svg.count(f">{n}<") for n in ("gil_held", "proxy_idle", "unknown")]
    assert [1, 1, 1] == [svg.count(f">{count}<") for count in (4, 1, 5)]


def test_the_law_names_its_heartbeat_and_each_kind() -> None:
    """A line for every kind that is asked for or was seen, circles only where something was."""
    svg = draw_law(POINTS[:1], 1, 2, kinds=("python",))
    assert "ping interval 1 s, ping timeout 2 s" in svg
    assert [1, 1, 1, 0] == [
        svg.count(f">{words}<")
        for words in ("node, predicted", "node, observed", "python, predicted", "python, observed")
    ]
