"""One forecast and many at once on a GPU, by torch; says so where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from granite_ws.bench.sides import CONTEXT, weights
from granite_ws.benchmark import Growth, Report
from granite_ws.edges.granite import cuda_description
from granite_ws.edges.networks.reference import TorchNetwork
from granite_ws.settings import Settings

_BATCHES = (1, 16, 256, 4096)


def measure(repeats: int, tell: Callable[[], None]) -> Report:
    """Windows on the host to forecasts on the host, over the batch; the CPU beside it."""
    name = cuda_description()
    if name is None:
        tell()
        return Report(facts={"gpu": "not run: torch sees no CUDA device here"})
    growths = []
    for device in ("cpu", "cuda"):
        network = TorchNetwork(weights(), Settings(device=device))
        costs = [_milliseconds(network, batch, repeats) for batch in _BATCHES]
        words = f"network by torch on {device}"
        growths.append(Growth(words, "windows in one batch", "ms", _BATCHES, tuple(costs)))
        tell()
    return Report((), growths, facts={"gpu": name})


def _milliseconds(network: TorchNetwork, batch: int, repeats: int) -> float:
    """The median; what comes back to the host has been computed."""
    values = np.random.default_rng(0).normal(size=(batch, CONTEXT))
    mask, times = np.ones_like(values), []
    network.forecast(values, mask)
    for _ in range(repeats):
        begun = time.perf_counter()
        network.forecast(values, mask)
        times.append((time.perf_counter() - begun) * 1e3)
    return float(np.median(times))
