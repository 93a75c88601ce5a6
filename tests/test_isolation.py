"""The seed's two experiments, and what they allow to say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from granite_ws.isolation import Experiment, conclude, isolate
from granite_ws.settings import Settings
from tests.conftest import QUICK

GOOD = Experiment(
    name="x",
    folder=Path("x"),
    predictions=5,
    failed_predictions=0,
    median_s=0.1,
    longest_stall_s=0.1,
    connections=1,
    drops=0,
)


def test_drops_without_predictions_acquit_the_prediction() -> None:
    """Where the WebSocket drops alone, nobody needs the prediction to explain it."""
    said = conclude(GOOD, replace(GOOD, drops=2), replace(GOOD, drops=2))
    assert said.startswith("The WebSocket drops without any prediction (2 times)")


def test_drops_with_both_only_need_the_prediction() -> None:
    """The stall stands beside the claim, with and without predictions."""
    said = conclude(GOOD, GOOD, replace(GOOD, drops=1, longest_stall_s=6.0))
    assert "only with both (1 times)" in said
    assert "6.00 s with predictions and 0.10 s without" in said


def test_nothing_dropped_is_said_as_such() -> None:
    """No drop anywhere: these settings do not reproduce it."""
    assert conclude(GOOD, GOOD, GOOD).startswith("Nothing dropped in any of the three")


def test_failing_predictions_are_told_apart_from_drops() -> None:
    """A prediction that fails alone is a finding of its own."""
    assert "predictions fail" in conclude(replace(GOOD, failed_predictions=1), GOOD, GOOD)


def test_without_a_client_nothing_is_compared() -> None:
    """Nobody connected: unknown."""
    assert conclude(GOOD, replace(GOOD, connections=0), GOOD).startswith("Unknown")


def test_three_real_experiments(tmp_path: Path) -> None:
    """Predictions without clients, clients without predictions, both: as their names say."""
    quick = {**QUICK, "engine": "smoothing", "duration_s": 2}
    result = isolate(Settings(**quick), out=tmp_path)
    alone, websocket, both = result.experiments
    assert (alone.connections, websocket.connections, both.connections) == (0, 1, 1)
    assert alone.predictions
    assert not websocket.predictions
    assert both.predictions
