"""One forecast, 512 points to 96: the pipeline against ONNX Runtime, and against torch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from granite_ws.bench.sides import (
    CONTEXT,
    HORIZON,
    history,
    in_turn,
    naive_pipeline,
    our_model,
    weights,
)
from granite_ws.benchmark import Duel, Growth, Report
from granite_ws.edges.networks.network import open_network
from granite_ws.settings import Settings

_CALLS = 30  # measured for each repeat
_BATCHES = (1, 4, 16, 64, 256)
_NAIVE = "TimeSeriesForecastingPipeline"


def measure(repeats: int, tell: Callable[[], None]) -> Report:
    """Duels of one forecast, and the growth over the batch."""
    pipeline, onnx, torch = naive_pipeline(), our_model("onnx"), our_model("torch")
    frame = history()
    naive, ours, reference = in_turn(
        [
            lambda: pipeline(frame),
            lambda: onnx.respond(frame, HORIZON),
            lambda: torch.respond(frame, HORIZON),
        ],
        repeats,
        tell,
        calls=_CALLS,
    )
    words = "one forecast, 512 points to 96"
    duels = [
        Duel(words, _NAIVE, "ONNX Runtime", "ms", naive, ours, target=15),
        Duel(words, _NAIVE, "torch, called directly", "ms", naive, reference),
    ]
    return Report(duels, [_over_batches(repeats)])


def _over_batches(repeats: int) -> Growth:
    network = open_network(weights(), Settings(runtime="onnx")).network
    costs = []
    for batch in _BATCHES:
        values = np.random.default_rng(0).normal(size=(batch, CONTEXT))
        way = partial(network.forecast, values, np.ones_like(values))
        (times,) = in_turn([way], repeats, _silent, calls=3)
        costs.append(float(np.median(times)))
    return Growth("network by ONNX Runtime", "windows in one batch", "ms", _BATCHES, tuple(costs))


def _silent() -> None:
    pass
