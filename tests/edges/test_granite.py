"""TTM through granite-tsfm, with the real library and the shipped demo weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from granite_ws import Settings
from granite_ws.edges.granite import GraniteModel, cuda_description
from granite_ws.edges.model_source import DEMO_FOLDER, read_weights
from granite_ws.edges.series_source import load_shipped
from granite_ws.errors import ModelError
from granite_ws.forecast import Engine
from tests.edges.networks.network_lab import frame_of, pipeline


def load(folder: Path = DEMO_FOLDER, **settings: object) -> GraniteModel:
    chosen = Settings(**settings)
    return GraniteModel(read_weights(folder, Engine.GRANITE_LOCAL, chosen, name="demo"), chosen)


@pytest.mark.parametrize("name", ["co2", "elnino"])
def test_the_forecast_equals_granite_tsfms_pipeline(name: str) -> None:
    """Our direct call and the library's own pipeline give the same numbers on real series."""
    frame = frame_of(load_shipped(name).values[:512])
    expected = pipeline()(frame)["value"].to_numpy()
    actual = load().respond(frame, 96)["value"].to_numpy()
    scale = np.abs(expected).max()
    assert np.abs(expected - actual).max() / scale < 1e-5


def test_the_response_has_one_row_a_step() -> None:
    """A shorter horizon is the beginning of the whole one, shaped (steps, 1) as in the seed."""
    frame = frame_of(load_shipped("elnino").values[:512])
    whole, short = load().respond(frame, 96), load().respond(frame, 10)
    assert ((96, 1), (10, 1)) == (whole.shape, short.shape)
    assert whole["value"].head(10).tolist() == short["value"].tolist()


def test_a_short_history_gives_a_finite_forecast() -> None:
    """Thirty-two points, a constant and a tiny scale all forecast without NaN."""
    model = load()
    for values in (np.sin(np.arange(32.0)), np.full(512, 7.0), np.arange(512.0) * 1e-9):
        forecast = model.respond(frame_of(values), 96)["value"].to_numpy()
        assert np.isfinite(forecast).all()


def test_a_model_with_missing_tensors_is_refused(tmp_path: Path) -> None:
    """Tensors that transformers would fill with random numbers are an error here."""
    from safetensors.numpy import load_file, save_file

    shutil.copytree(DEMO_FOLDER, tmp_path / "model")
    path = tmp_path / "model/model.safetensors"
    tensors = load_file(path)
    del tensors[sorted(tensors)[0]]
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(ModelError, match="tensors are missing"):
        load(tmp_path / "model")


def test_broken_weights_are_one_clear_error(tmp_path: Path) -> None:
    """A file that is no safetensors file is one line that names the folder."""
    shutil.copy(DEMO_FOLDER / "config.json", tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"this is a pickle, honestly")
    with pytest.raises(ModelError) as caught:
        load(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    """A folder of some other architecture does not pass for a TTM model."""
    shutil.copytree(DEMO_FOLDER, tmp_path / "model")
    config = tmp_path / "model/config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"d_model": 64}))
    with pytest.raises(ModelError):
        load(tmp_path / "model")


def test_cuda_is_used_where_it_is_and_refused_clearly_where_not() -> None:
    """device = cuda without a GPU is one error; auto takes what is there."""
    if cuda_description() is None:
        with pytest.raises(ModelError, match="no CUDA device"):
            load(device="cuda")
        assert load(device="auto").device == "cpu"
    else:
        assert load(device="auto").device == "cuda"
