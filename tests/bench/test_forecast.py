"""One forecast, by the pipeline, ONNX Runtime and torch."""

from __future__ import annotations

from tests.bench.report_lab import measured_once


def test_three_ways_are_measured_and_the_batch_grows() -> None:
    """Two duels with the same naive side, and a curve."""
    report = measured_once("forecast")
    onnx, torch = report.duels
    assert onnx.naive == torch.naive
    assert (1, 256) == (report.growths[0].sizes[0], report.growths[0].sizes[-1])
    assert len(report.growths[0].sizes) == len(report.growths[0].costs)
