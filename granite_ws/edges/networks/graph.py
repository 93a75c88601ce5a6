"""Where exported graphs are kept, and when one is made: once for each weights and versions."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import platformdirs

from granite_ws.edges.model_source import FILES, Weights
from granite_ws.errors import ModelError

# Changes whenever graphs are made in another way: older ones are made anew.
FORMAT = 1
# A graph may differ from torch by so much of the largest forecast (float32 has 1.2e-7).
MOST_RELATIVE = 1e-5
VARIABLE = "GRANITE_WS_GRAPHS"
# The graph's name for how many windows it is given.
BATCH = "batch"
_PACKAGES = ("torch", "granite-tsfm", "transformers", "onnx", "onnxscript")
_EXPORT_S = 300.0


def find_graph(weights: Weights, *, export: bool = True) -> Path:
    """The graph of these weights; where there is none yet, ``export`` makes it now.

    Raises ModelError when there is none, when it cannot be exported, or differs from torch by more
    than ``MOST_RELATIVE``; that is remembered, and told at once the next time.
    """
    graph = graphs_folder() / f"{_key(weights)}.onnx"
    difference = difference_of(graph)
    if difference is None:
        if not export:
            raise _failed(weights, "no graph of them yet (granite-ws export)")
        _export(weights, graph)
        difference = difference_of(graph)
    if difference is None:
        raise _failed(weights, f"{report_of(graph)} cannot be read")
    if not difference <= MOST_RELATIVE:
        raise ModelError(
            "runtime",
            "onnx",
            allowed=f"a graph that differs from torch by at most {MOST_RELATIVE:g}; "
            f"this one does by {difference:g}",
            where="model",
        )
    return graph


def import_onnxruntime() -> Any:
    """The package, with its telemetry off: newer ones keep a database in the user's cache and
    send it to their maker, unless this variable is set before the import.

    Raises ImportError.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def graphs_folder() -> Path:
    """The user's cache, or what ``GRANITE_WS_GRAPHS`` names."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else platformdirs.user_cache_path("granite_ws") / "graphs"


def report_of(graph: Path) -> Path:
    """What was measured when the graph was made; written last, so its graph is whole."""
    return graph.with_suffix(".json")


def difference_of(graph: Path) -> float | None:
    """The largest one to torch, of the largest forecast of its window; None where no report says
    it, or a damaged one.
    """
    try:
        return float(json.loads(report_of(graph).read_text())["relative_difference"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def any_graph() -> bool:
    """Whether one was ever exported here, of whatever weights."""
    return any(graphs_folder().glob("*.onnx"))


def _key(weights: Weights) -> str:
    """Of everything that a graph depends on: the bytes of the weights, and who exported it."""
    digest = hashlib.sha256(f"{FORMAT} {[_version(name) for name in _PACKAGES]}".encode())
    for name in FILES:
        digest.update((weights.folder / name).read_bytes())
    return digest.hexdigest()[:32]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _export(weights: Weights, graph: Path) -> None:
    """In a process of its own: torch and the exporter would stay in this one for good."""
    command = [sys.executable, "-m", "granite_ws.edges.networks.export"]
    command += [str(weights.folder), str(graph)]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=_EXPORT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _failed(weights, f"no graph within {_EXPORT_S:g} s") from error
    if ended.returncode:
        raise _failed(weights, (ended.stderr.strip().splitlines() or ["no reason given"])[-1])


def _failed(weights: Weights, reason: str) -> ModelError:
    return ModelError(
        "runtime",
        "onnx",
        allowed=f"weights that can be exported; {weights.folder}: {reason[:200]}",
        where="model",
    )
