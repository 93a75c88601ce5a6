"""One forecast, by the pipeline, ONNX Runtime and torch."""

from __future__ import annotations

from tests.bench.report_lab import measured_once


def test_three_ways_are_measured_and_the_batch_grows() -> None:
    """Two duels with the same naive side, and a curve over batch, context and horizon."""
    report = measured_once("forecast")
    onnx, torch = report.duels
    assert onnx.naive == torch.naive
    assert [256, 3072, 720] == [growth.sizes[-1] for growth in report.growths]
    for growth in report.growths:
        assert len(growth.sizes) == len(growth.costs)
        assert min(growth.costs) > 0
