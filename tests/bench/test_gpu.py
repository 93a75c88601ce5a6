"""On a GPU, or not at all."""

from __future__ import annotations

from granite_ws.bench import gpu
from granite_ws.edges.granite import cuda_description
from tests.bench.report_lab import measured_once


def test_without_a_gpu_it_says_that_it_was_not_run() -> None:
    """With one: the batch up to 4,096, on both devices."""
    report = measured_once("gpu")
    if cuda_description() is None:
        assert {"gpu": "not run: torch sees no CUDA device here"} == report.facts
        assert not report.growths
    else:
        assert 2 == len(report.growths)
    assert 4096 == gpu._BATCHES[-1]


def test_milliseconds_are_of_whole_calls() -> None:
    """Here on the CPU."""
    network = gpu.TorchNetwork(gpu.weights(), gpu.Settings(device="cpu"))
    assert gpu._milliseconds(network, 2, 1) > 0
