"""One forecast, 512 points to 96: the pipeline against ONNX Runtime, and against torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from granite_ws.bench.sides import (
    CONTEXT,
    HORIZON,
    Way,
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
# As a server that forecasts now and then.
_RESTED_CALLS, _REST_S = 5, 0.1
_BATCHES = (1, 4, 16, 64, 256)
_CONTEXTS = (512, 1024, 1536, 3072)
_HORIZONS = (24, 96, 336, 720)
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
    naive_rested, ours_rested = in_turn(
        [lambda: pipeline(frame), lambda: onnx.respond(frame, HORIZON)],
        repeats,
        tell,
        calls=_RESTED_CALLS,
        rest_s=_REST_S,
    )
    words = "one forecast, 512 points to 96"
    rested = f"{words}, after {_REST_S:g} s of rest"
    duels = [
        Duel(words, _NAIVE, "ONNX Runtime", "ms", naive, ours, target=15),
        Duel(rested, _NAIVE, "ONNX Runtime", "ms", naive_rested, ours_rested),
        Duel(words, _NAIVE, "torch, called directly", "ms", naive, reference),
    ]
    contexts = [(length, HORIZON) for length in _CONTEXTS]
    horizons = [(CONTEXT, length) for length in _HORIZONS]
    growths = [
        _over_batches(repeats),
        _over_lengths("context length", _CONTEXTS, contexts, repeats),
        _over_lengths("forecast horizon", _HORIZONS, horizons, repeats),
    ]
    tell()
    return Report(duels, growths)


def _over_batches(repeats: int) -> Growth:
    network = open_network(weights(), Settings(runtime="onnx")).network
    costs = []
    for batch in _BATCHES:
        values = np.random.default_rng(0).normal(size=(batch, CONTEXT))
        way = partial(network.forecast, values, np.ones_like(values))
        (times,) = in_turn([way], repeats, _silent, calls=3)
        costs.append(float(np.median(times)))
    return Growth("network by ONNX Runtime", "windows in one batch", "ms", _BATCHES, tuple(costs))


def _over_lengths(
    over: str, sizes: tuple[float, ...], lengths: Sequence[tuple[int, int]], repeats: int
) -> Growth:
    """Of networks with the demo's layers and random weights; what they hold takes no time."""
    ways = [_forward(context, horizon) for context, horizon in lengths]
    times = in_turn(ways, repeats, _silent, calls=5)
    costs = tuple(float(np.median(of_one)) for of_one in times)
    return Growth("network by torch", over, "ms", sizes, costs)


def _forward(context: int, horizon: int) -> Way:
    import torch
    from tsfm_public.models.tinytimemixer import TinyTimeMixerConfig, TinyTimeMixerForPrediction

    config = TinyTimeMixerConfig.from_pretrained(weights().folder)
    made = {**config.to_dict(), "context_length": context, "prediction_length": horizon}
    made["num_patches"] = context // config.patch_length
    network = TinyTimeMixerForPrediction(TinyTimeMixerConfig(**made)).eval()
    values = torch.randn(1, context, 1)

    def forward() -> None:
        with torch.inference_mode():
            network(past_values=values)

    return forward


def _silent() -> None:
    pass
