"""One forecast, by the pipeline, ONNX Runtime and torch."""

from __future__ import annotations

from tests.bench.report_lab import measured_once


def test_three_ways_are_measured_and_the_batch_grows() -> None:
    """ONNX Runtime and torch against the same calls of the pipeline, ONNX Runtime once more after
    a rest, and a curve over batch, context and horizon.
    """
    report = measured_once("forecast")
    onnx, rested, torch = report.duels
    assert rested.name.startswith(onnx.name)
    assert onnx.naive == torch.naive
    assert [256, 3072, 720] == [growth.sizes[-1] for growth in report.growths]
    for growth in report.growths:
        assert len(growth.sizes) == len(growth.costs)
        assert min(growth.costs) > 0
