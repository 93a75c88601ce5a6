"""What this machine and this installation are: for provenance and for ``doctor``."""

from __future__ import annotations

import hashlib
import os
import platform
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import psutil

PACKAGES = (
    "granite-ws",
    "flask-socketio",
    "python-socketio",
    "python-engineio",
    "simple-websocket",
    "werkzeug",
    "uvicorn",
    "websockets",
    "torch",
    "onnxruntime",
    "granite-tsfm",
    "transformers",
    "scipy",
    "statsmodels",
    "pandas",
    "numpy",
    "matplotlib",
    "papermill",
    "jupyterlab",
)


@cache
def versions() -> dict[str, str]:
    """Installed versions by package, ``missing`` where one is not installed: as they were when
    this process, or the one that it was forked from, first asked.
    """
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "missing"
    return found


def own_version() -> str:
    """The version of this package."""
    return metadata.version("granite-ws")


def machine() -> dict[str, Any]:
    """The host in the terms that matter for timing. No host name, no user name."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu_count": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "load_1min": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def sha256(path: Path) -> str:
    """The file's digest in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest(values: np.ndarray) -> str:
    """The digest of an array's bytes in hex; equal for equal numbers."""
    return hashlib.sha256(np.ascontiguousarray(values, dtype="<f8").tobytes()).hexdigest()


def usable_cores() -> list[int]:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))
