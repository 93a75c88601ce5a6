"""Where TTM-R2 weights come from: a local folder, the hub's cache, the hub, the demo checkpoint.

Nothing here imports torch. The hub is asked by a child process with a deadline, because a hub
that accepts and never answers would otherwise hold the session for minutes (measured: 167 s with
the library's default retries).
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from granite_ws.errors import ModelError
from granite_ws.forecast import Engine, Skipped, model_pair
from granite_ws.settings import Settings

REPOSITORY = "ibm-granite/granite-timeseries-ttm-r2"
FILES = ("config.json", "model.safetensors")
DEMO_FOLDER = Path(__file__).parents[1] / "demo_weights"


@dataclass(frozen=True)
class Weights:
    """A folder with ``config.json`` and ``model.safetensors``, and what is known of it."""

    folder: Path
    engine: Engine
    name: str
    context_length: int
    horizon: int


def find_weights(settings: Settings) -> Iterator[Weights | Skipped]:
    """Every place in order: usable weights, or why that place has none.

    Raises ModelError only for what the user named himself: ``model_path``, or a pair that no
    TTM-R2 model serves.
    """
    context, horizon = model_pair(settings.context_length, settings.forecast_horizon)
    if settings.model_path:
        yield read_weights(
            Path(settings.model_path), Engine.GRANITE_LOCAL, settings, name=settings.model_path
        )
    revision = revision_of(context, horizon)
    name = f"{REPOSITORY}@{revision}"
    yield _from_cache(revision, name, settings)
    yield _from_hub(revision, name, settings)
    try:
        yield read_weights(
            DEMO_FOLDER, Engine.GRANITE_DEMO, settings, name="demo weights (not IBM's)"
        )
    except ModelError as error:
        yield Skipped(Engine.GRANITE_DEMO, error.allowed)


def revision_of(context_length: int, horizon: int) -> str:
    """The hub revision of a TTM-R2 pair, read from granite-tsfm's own table without importing it.

    ``get_model(..., return_model_key=True)`` gives the same choice (held by a test), but costs
    an import of torch before the hub can be asked.
    """
    spec = importlib.util.find_spec("tsfm_public")
    if spec is None or spec.origin is None:
        raise ModelError(
            "granite-tsfm", None, allowed="the package must be installed", where="model"
        )
    table = Path(spec.origin).parent / "resources/model_paths_config/ttm.yaml"
    models = yaml.safe_load(table.read_text())["ibm-granite-models"]
    return str(models[f"{context_length}-{horizon}-r2"]["revision"])


def read_weights(folder: Path, engine: Engine, settings: Settings, *, name: str) -> Weights:
    """A folder as weights for these settings. Raises ModelError naming what does not fit."""
    for file in FILES:
        if not (folder / file).is_file():
            raise ModelError(
                "model_path", str(folder), allowed=f"a folder that holds {file}", where="model"
            )
    try:
        config = json.loads((folder / "config.json").read_text())
        context, horizon = int(config["context_length"]), int(config["prediction_length"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            "config.json",
            str(folder),
            allowed=f"a TTM configuration with context_length and prediction_length ({error})",
            where="model",
        ) from error
    if horizon < settings.forecast_horizon or context > settings.context_length:
        raise ModelError(
            "model_path",
            str(folder),
            allowed=f"this model reads {context} points and forecasts {horizon} steps; "
            f"{settings.context_length} and {settings.forecast_horizon} were asked for",
            where="model",
        )
    return Weights(folder, engine, name, context, horizon)


def _from_cache(revision: str, name: str, settings: Settings) -> Weights | Skipped:
    from huggingface_hub import try_to_load_from_cache

    found = [try_to_load_from_cache(REPOSITORY, file, revision=revision) for file in FILES]
    if not all(isinstance(path, str) for path in found):
        return Skipped(Engine.GRANITE_CACHE, f"{name} is not in the hub's cache")
    try:
        folder = Path(str(found[0])).parent
        return read_weights(folder, Engine.GRANITE_CACHE, settings, name=name)
    except ModelError as error:
        return Skipped(Engine.GRANITE_CACHE, str(error))


def _from_hub(revision: str, name: str, settings: Settings) -> Weights | Skipped:
    if settings.hub_timeout_s == 0:
        return Skipped(Engine.GRANITE_HUB, "hub_timeout_s is 0, the hub is not asked")
    command = [sys.executable, "-m", "granite_ws.edges.hub_fetch", REPOSITORY, revision, *FILES]
    limit = f"{settings.hub_timeout_s:g}"
    environment = os.environ | {"HF_HUB_ETAG_TIMEOUT": limit, "HF_HUB_DOWNLOAD_TIMEOUT": limit}
    try:
        fetched = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=settings.hub_timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Skipped(Engine.GRANITE_HUB, f"the hub gave no model within {limit} s")
    if fetched.returncode != 0:
        last = (fetched.stderr.strip().splitlines() or ["no reason given"])[-1]
        return Skipped(Engine.GRANITE_HUB, last[:200])
    try:
        folder = Path(fetched.stdout.strip())
        return read_weights(folder, Engine.GRANITE_HUB, settings, name=name)
    except ModelError as error:
        return Skipped(Engine.GRANITE_HUB, str(error))


def check_named_model(settings: Settings) -> None:
    """Raises ModelError, before anything starts, for what the user named and cannot be used."""
    model_pair(settings.context_length, settings.forecast_horizon)
    if settings.model_path:
        read_weights(
            Path(settings.model_path), Engine.GRANITE_LOCAL, settings, name=settings.model_path
        )
