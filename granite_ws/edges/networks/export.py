"""Exports the TTM network of a folder as an ONNX graph, and holds it against torch.

    python -m granite_ws.edges.networks.export FOLDER GRAPH

Writes GRAPH and beside it a JSON file with the largest difference over windows of many kinds.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from granite_ws.edges.model_source import read_weights
from granite_ws.edges.networks.graph import BATCH, import_onnxruntime, report_of
from granite_ws.edges.networks.reference import load_network
from granite_ws.errors import ModelError
from granite_ws.forecast import Engine
from granite_ws.series import pad_left, to_unit_scale
from granite_ws.settings import Settings

_WINDOWS = 200


def export(folder: Path, graph: Path) -> float:
    """The relative difference to torch. Raises ModelError when the folder holds no whole model."""
    import torch

    torch.set_num_threads(1)
    # Any horizon and context: here only the network counts.
    settings = Settings(context_length=1536, forecast_horizon=1)
    weights = read_weights(folder, Engine.GRANITE_LOCAL, settings, name=str(folder))
    network = load_network(weights).eval()
    graph.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=graph.parent) as scratch:
        made = Path(scratch) / graph.name
        _write(network, weights.context_length, made)
        difference = _difference(network, made, weights.context_length)
        told = {"relative_difference": difference, "windows": _WINDOWS, "folder": str(folder)}
        report = report_of(made)
        report.write_text(json.dumps(told))
        os.replace(made, graph)
        os.replace(report, report_of(graph))
    return difference


def _write(network: Any, context_length: int, path: Path) -> None:
    import torch

    class Predictions(torch.nn.Module):
        """Only the forecast: a graph has no named outputs of which most are None."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, past_values: Any, past_observed_mask: Any) -> Any:
            output = self.network(past_values=past_values, past_observed_mask=past_observed_mask)
            return output.prediction_outputs

    batch = torch.export.Dim(BATCH, min=1, max=65_536)
    # Traced with two windows: with one, the exporter would take the 1 for a constant.
    example = (torch.randn(2, context_length, 1), torch.ones(2, context_length, 1))
    program = torch.onnx.export(
        Predictions(),
        example,
        dynamo=True,
        dynamic_shapes=({0: batch}, {0: batch}),
        external_data=False,
        input_names=["past_values", "past_observed_mask"],
        output_names=["prediction"],
        verbose=False,
    )
    if program is None:
        raise AssertionError("with dynamo=True the exporter returns its program")
    program.save(str(path))


def _difference(network: Any, path: Path, context_length: int) -> float:
    """The largest one, relative to the largest forecast of its window."""
    import torch

    onnxruntime = import_onnxruntime()
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    windows, masks = windows_of_many_kinds(context_length, _WINDOWS)
    values, mask = (np.asarray(a, dtype=np.float32)[:, :, None] for a in (windows, masks))
    with torch.inference_mode():
        expected = network(
            past_values=torch.from_numpy(values), past_observed_mask=torch.from_numpy(mask)
        ).prediction_outputs.numpy()
    actual = session.run(None, {"past_values": values, "past_observed_mask": mask})[0]
    largest = np.maximum(np.abs(expected).max(axis=1), 1e-6)
    return float((np.abs(expected - actual).max(axis=1) / largest).max())


def windows_of_many_kinds(context_length: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(count, context_length) windows as they reach the network, and their masks: noise, walks,
    seasons, constants, spikes, and a third of them short and padded.
    """
    chance = np.random.default_rng(0)
    windows, masks = [], []
    for number in range(count):
        length = context_length if number % 3 else int(chance.integers(2, context_length))
        noise = chance.normal(size=length)
        season = np.sin(np.arange(length) * 2 * np.pi / chance.integers(2, 200))
        kinds = (noise, noise.cumsum(), season + 0.1 * noise, noise * 0 + 7, noise**9)
        scaled, _, _ = to_unit_scale(kinds[number % len(kinds)])
        window, mask = pad_left(scaled, context_length)
        windows.append(window)
        masks.append(mask)
    return np.stack(windows), np.stack(masks)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    try:
        export(Path(sys.argv[1]), Path(sys.argv[2]))
    except ModelError as problem:
        sys.exit(str(problem))
