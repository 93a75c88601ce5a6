"""TTM-R2 by ONNX Runtime: the same numbers as torch in a fraction of its time, and without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from granite_ws.edges.model_source import Weights
from granite_ws.edges.networks.graph import BATCH, find_graph, import_onnxruntime
from granite_ws.errors import ModelError
from granite_ws.settings import Settings


class OnnxNetwork:
    """A graph that was exported from these very weights and gave what torch gave."""

    runtime = "onnx"
    device = "cpu"

    def __init__(self, weights: Weights, settings: Settings, *, export: bool = True) -> None:
        """``export``: on first use (about 15 s, in a process of its own). Raises ModelError where
        that fails, where there is no graph or it differs from torch, or without onnxruntime.
        """
        try:
            onnxruntime = import_onnxruntime()
        except ImportError as error:
            raise ModelError(
                "runtime",
                "onnx",
                allowed="the package onnxruntime must be installed",
                where="model",
            ) from error
        if settings.device == "cuda":
            raise ModelError("runtime", "onnx", allowed="torch, for device = cuda", where="model")
        graph = find_graph(weights, export=export)
        try:
            # Where the batch is known to be one, more is worked out ahead: a tenth of the time.
            self._one = _session(onnxruntime, graph, settings.torch_threads, batch=1)
            self._many = _session(onnxruntime, graph, settings.torch_threads)
        except Exception as error:
            # onnxruntime raises types of its own for whatever it cannot read.
            raise ModelError("runtime", "onnx", allowed=str(error)[:200], where="model") from error

    def forecast(self, values: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """As ``Network.forecast``; the interpreter lock is free while it computes."""
        column, observed = (
            np.ascontiguousarray(one, dtype=np.float32)[:, :, None] for one in (values, mask)
        )
        session = self._one if len(column) == 1 else self._many
        made = session.run(None, {"past_values": column, "past_observed_mask": observed})
        forecast: np.ndarray = made[0][:, :, 0]
        return forecast


def _session(onnxruntime: Any, graph: Path, threads: int, *, batch: int | None = None) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors: they come as exceptions, too
    if batch is not None:
        options.add_free_dimension_override_by_name(BATCH, batch)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
