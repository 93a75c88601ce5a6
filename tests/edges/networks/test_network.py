"""Whatever computes the network, the numbers are the pipeline's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from granite_ws import Settings
from granite_ws.edges.networks import network as choice
from granite_ws.edges.networks.export import windows_of_many_kinds
from granite_ws.edges.networks.graph import VARIABLE, graphs_folder
from granite_ws.edges.networks.network import open_network
from granite_ws.errors import ModelError
from tests.edges.networks.network_lab import (
    CONTEXT,
    HORIZON,
    demo,
    frame_of,
    model,
    pipeline,
    random_series,
)

RUNTIMES = ("onnx", "torch", "pipeline")
MOST_RELATIVE = 1e-5


@pytest.mark.parametrize("number", range(40))
def test_each_runtime_gives_what_the_pipeline_gives(number: int) -> None:
    """Real numbers of many kinds and scales, within 1e-5 of the largest forecast."""
    frame = frame_of(random_series(number))
    expected = pipeline()(frame)["value"].to_numpy()
    for runtime in RUNTIMES:
        actual = model(runtime).respond(frame, HORIZON)["value"].to_numpy()
        assert np.abs(expected - actual).max() <= MOST_RELATIVE * np.abs(expected).max(), runtime


def test_a_thousand_windows_of_onnx_are_torchs() -> None:
    """Noise, walks, seasons, constants, spikes, a third of them padded; one batch."""
    windows, masks = windows_of_many_kinds(CONTEXT, 1000)
    expected, actual = (
        open_network(demo(), Settings(runtime=runtime)).network.forecast(windows, masks)
        for runtime in ("torch", "onnx")
    )
    assert expected.shape == actual.shape == (1000, HORIZON)
    largest = np.maximum(np.abs(expected).max(axis=1), 1e-6)
    assert (np.abs(expected - actual).max(axis=1) / largest).max() <= MOST_RELATIVE


@pytest.mark.parametrize(
    "values",
    [
        np.full(CONTEXT, 7.0),
        np.arange(CONTEXT) * 1e-12,
        np.arange(CONTEXT) * 1e30,
        np.sin(range(32)),
    ],
    ids=["constant", "tiny", "huge", "short"],
)
def test_extremes_are_the_same_by_onnx_and_torch(values: np.ndarray) -> None:
    """And finite."""
    frame = frame_of(np.asarray(values, dtype=float))
    expected, actual = (
        model(runtime).respond(frame, HORIZON)["value"].to_numpy() for runtime in ("torch", "onnx")
    )
    assert np.isfinite(actual).all()
    assert np.abs(expected - actual).max() <= MOST_RELATIVE * np.abs(expected).max()


def test_onnx_needs_no_torch() -> None:
    """A process that forecasts by a graph that is there has imported neither torch nor tsfm."""
    model("onnx")
    code = (
        "import sys; from tests.edges.networks.network_lab import *;"
        "made = model('onnx').respond(frame_of(random_series(1)), 96);"
        "assert len(made) == 96;"
        "assert not {'torch', 'tsfm_public', 'transformers'} & set(sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], timeout=60, check=False)
    assert 0 == ended.returncode


def test_onnx_runtime_sends_nothing_home(tmp_path: Path) -> None:
    """Its telemetry keeps a database in the user's cache: there is none."""
    graphs = graphs_folder()
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    places = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), VARIABLE: str(graphs)}
    code = "from tests.edges.networks.network_lab import *; model('onnx')"
    ended = subprocess.run(
        [sys.executable, "-c", code], timeout=60, check=False, env=environment | places
    )
    assert 0 == ended.returncode
    assert [] == [path for path in tmp_path.rglob("*") if "onnxruntime" in path.name]


def test_auto_is_onnx_and_else_torch_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not taken is told."""
    opened = open_network(demo(), Settings(runtime="auto"))
    assert ("onnx", "") == (opened.network.runtime, opened.why_not_faster)

    def refuse(*_: object, **__: object) -> None:
        raise ModelError("runtime", "onnx", allowed="a graph that is right", where="model")

    monkeypatch.setattr(choice, "OnnxNetwork", refuse)
    opened = open_network(demo(), Settings(runtime="auto"))
    assert "torch" == opened.network.runtime
    assert "a graph that is right" in opened.why_not_faster


def test_what_was_named_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without onnxruntime, runtime = onnx is an error that says what to install."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match="onnxruntime must be installed"):
        open_network(demo(), Settings(runtime="onnx"))
    for runtime in ("onnx", "pipeline"):
        with pytest.raises(ModelError, match="runtime"):
            open_network(demo(), Settings(runtime=runtime, device="cuda"))
