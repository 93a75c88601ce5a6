"""Where weights come from, with a real hub client against a stand-in on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from granite_ws import Settings
from granite_ws.edges.model_source import (
    DEMO_FOLDER,
    FILES,
    REPOSITORY,
    Weights,
    check_named_model,
    find_weights,
    read_weights,
    revision_of,
)
from granite_ws.errors import ModelError
from granite_ws.forecast import Engine, Skipped
from granite_ws.settings import CONTEXT_LENGTHS, MODEL_HORIZONS
from tests.hub_stand_in import hub


@pytest.fixture
def asked_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An empty cache of this test's own: for the child process, and for the library here."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub/cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub/cache"))
    return monkeypatch


def first_found(settings: Settings) -> tuple[Weights, list[Skipped]]:
    skipped = []
    for found in find_weights(settings):
        if isinstance(found, Weights):
            return found, skipped
        skipped.append(found)
    raise AssertionError(f"no weights: {skipped}")


def test_a_good_hub_gives_the_model(asked_hub: pytest.MonkeyPatch) -> None:
    """From a hub that answers, the pair's own revision is fetched and used."""
    with hub("good", DEMO_FOLDER) as (endpoint, asked):
        asked_hub.setenv("HF_ENDPOINT", endpoint)
        weights, skipped = first_found(Settings(hub_timeout_s=60))
    assert weights.engine is Engine.GRANITE_HUB
    assert [entry.engine for entry in skipped] == [Engine.GRANITE_CACHE]
    assert f"/{REPOSITORY}/resolve/main/config.json" in asked
    assert sorted(path.name for path in weights.folder.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("mode", ["silent", "slow", "404"])
def test_a_bad_hub_costs_its_time_limit_at_most(asked_hub: pytest.MonkeyPatch, mode: str) -> None:
    """A hub that is silent, slow or without the model is skipped with a reason; the demo runs."""
    with hub(mode, DEMO_FOLDER) as (endpoint, asked):
        asked_hub.setenv("HF_ENDPOINT", endpoint)
        weights, skipped = first_found(Settings(hub_timeout_s=3))
    assert asked, "the hub was never asked"
    assert weights.engine is Engine.GRANITE_DEMO
    assert [entry.engine for entry in skipped] == [Engine.GRANITE_CACHE, Engine.GRANITE_HUB]
    expected = "NotFound" if mode == "404" else "no model within 3 s"
    assert expected in skipped[1].reason


def test_a_zero_time_limit_never_asks(asked_hub: pytest.MonkeyPatch) -> None:
    """hub_timeout_s = 0 keeps the network out altogether."""
    with hub("good", DEMO_FOLDER) as (endpoint, asked):
        asked_hub.setenv("HF_ENDPOINT", endpoint)
        weights, _ = first_found(Settings(hub_timeout_s=0))
    assert weights.engine is Engine.GRANITE_DEMO
    assert asked == []


def test_a_local_folder_comes_first() -> None:
    """A model that the user named is used before anything else is looked at."""
    weights, skipped = first_found(Settings(model_path=str(DEMO_FOLDER)))
    assert (weights.engine, skipped) == (Engine.GRANITE_LOCAL, [])


@pytest.mark.parametrize("context", CONTEXT_LENGTHS)
@pytest.mark.parametrize("horizon", MODEL_HORIZONS)
def test_the_revision_is_granite_tsfms_own_choice(context: int, horizon: int) -> None:
    """Our table look-up gives the revision of the key that ``get_model`` itself chooses."""
    from tsfm_public.toolkit.get_model import get_model

    key = get_model(
        REPOSITORY, context_length=context, prediction_length=horizon, return_model_key=True
    )
    assert key == f"{context}-{horizon}-r2"
    expected = "main" if key == "512-96-r2" else key
    assert revision_of(context, horizon) == expected


def test_the_demo_serves_a_longer_context_but_no_longer_horizon() -> None:
    """The demo reads the last 512 of 1024 points; 336 steps are beyond it, and it says so."""
    weights, _ = first_found(Settings(hub_timeout_s=0, context_length=1024))
    assert weights.engine is Engine.GRANITE_DEMO
    found = list(find_weights(Settings(hub_timeout_s=0, forecast_horizon=336)))
    assert isinstance(found[-1], Skipped)
    assert "forecasts 96 steps" in found[-1].reason


def test_a_folder_that_is_no_model_is_one_clear_error(tmp_path: Path) -> None:
    """Missing files and a broken configuration name the folder and what was expected in it."""
    with pytest.raises(ModelError, match=r"config\.json") as caught:
        check_named_model(Settings(model_path=str(tmp_path)))
    assert str(tmp_path) in str(caught.value)
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text(json.dumps({"context_length": "long"}))
    with pytest.raises(ModelError, match="TTM configuration"):
        read_weights(tmp_path, Engine.GRANITE_LOCAL, Settings(), name="x")
