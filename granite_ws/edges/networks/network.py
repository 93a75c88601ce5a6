"""A TTM network as the forecasts see it: windows in, forecasts out, whatever computes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from granite_ws.edges.model_source import Weights
from granite_ws.edges.networks.batching import BatchedNetwork
from granite_ws.edges.networks.onnx import OnnxNetwork
from granite_ws.edges.networks.pipeline import PipelineNetwork
from granite_ws.edges.networks.reference import TorchNetwork
from granite_ws.errors import ModelError
from granite_ws.settings import Settings


class Network(Protocol):
    """A loaded network. Threads may call it at the same time."""

    runtime: str
    device: str

    def forecast(self, values: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """(batch, horizon) float32 forecasts.

        values: (batch, context_length) on a scale near 1. mask: the same shape, True = observed.
        """


@dataclass(frozen=True)
class Opened:
    """A network, and why a faster one was not taken; empty where none was left out."""

    network: Network
    why_not_faster: str = ""


_NETWORKS: Mapping[str, Callable[[Weights, Settings], Network]] = {
    "onnx": OnnxNetwork,
    "torch": TorchNetwork,
    "pipeline": PipelineNetwork,
}


def open_network(weights: Weights, settings: Settings) -> Opened:
    """The network that ``settings.runtime`` names. ``auto``: ONNX Runtime where there is
    a graph that gives what torch gives, else torch: no server waits for an export that it did not
    ask for. Raises ModelError where what was named cannot be had.
    """
    opened = _open(weights, settings)
    if settings.batch_windows == 1 or opened.network.runtime == "pipeline":
        return opened  # the pipeline computes a batch window by window
    return replace(opened, network=BatchedNetwork(opened.network, settings))


def _open(weights: Weights, settings: Settings) -> Opened:
    if settings.runtime != "auto":
        return Opened(_NETWORKS[settings.runtime](weights, settings))
    if settings.device == "cuda":
        return Opened(TorchNetwork(weights, settings))
    try:
        return Opened(OnnxNetwork(weights, settings, export=False))
    except ModelError as error:
        return Opened(TorchNetwork(weights, settings), str(error))
