"""Settings: the seed's defaults, and one clear error for what is not allowed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from granite_ws.errors import SettingsError
from granite_ws.settings import DEFAULTS, RULES, Settings

# name: (allowed, refused)
VALUES: dict[str, tuple[Any, Any]] = {
    "ping_interval": (1, 0),
    "ping_timeout": (0.5, 0),
    "max_http_buffer_size": (1_000, 999),
    "async_mode": ("asgi", "eventlet"),
    "async_handlers": (False, "no"),
    "finite_json": (False, 1),
    "websocket_compression": (False, 1),
    "ws_ping_interval": (0, -1),
    "ws_ping_timeout": (0.1, 0),
    "cors_allowed_origins": ("https://a.example, http://b.example:8080", "foo"),
    "host": ("0.0.0.0", ""),
    "port": (65_535, 65_536),
    "logger": (False, "yes"),
    "engineio_logger": (False, 1),
    "log_level": ("DEBUG", "debug"),
    "log_payload_chars": (0, -1),
    "log_format": ("json", "xml"),
    "executor": ("queue", "gpu"),
    "workers": (2, 0),
    "worker_forecasts": (1000, -1),
    "worker_memory_mb": (4096, -1),
    "queue_limit": (1, 0),
    "forecast_timeout_s": (0.5, 0),
    "rest_wait_s": (0, -1),
    "cache_s": (0, -1),
    "cache_stale_s": (30, -1),
    "cache_entries": (1, 0),
    "redis_url": ("redis://127.0.0.1:6379/0", "http://127.0.0.1"),
    "shutdown_s": (0, -1),
    "data": ("sensor", ""),
    "timestamp_column": ("when", 3),
    "value_column": ("what", None),
    "period": (12, 1.5),
    "point_interval_s": (0.01, 0),
    "forecast_every": (0, -1),
    "context_length": (1536, 700),
    "forecast_horizon": (720, 721),
    "engine": ("smoothing", "prophet"),
    "model_path": ("folder", 7),
    "hub_timeout_s": (0, -1),
    "device": ("cuda", "tpu"),
    "runtime": ("onnx", "tensorrt"),
    "batch_windows": (1, 0),
    "torch_threads": (2, 0),
    "duration_s": (1, 0.5),
    "clients": (0, 1001),
    "client_kinds": ("python,node", "python,python"),
    "transport": ("polling", "carrier pigeon"),
    "load": ("burst", "avalanche"),
    "load_s": (30, 0),
    "ask_by": ("rest", "mail"),
    "stall_threshold_s": (0.02, 0.01),
    "fault": ("gil_held_native", "gremlins"),
    "fault_at_s": (24.4, -1),
    "fault_seconds": (0, -1),
    "seed": (0, -1),
}


def test_every_setting_is_tried_here() -> None:
    """The table above knows each setting."""
    assert set(RULES) == set(VALUES)


@pytest.mark.parametrize("key", VALUES)
def test_an_allowed_value_is_kept(key: str) -> None:
    """What the rule allows is what the settings hold."""
    allowed = VALUES[key][0]
    assert allowed == getattr(Settings(**{key: allowed}), key)


@pytest.mark.parametrize("key", VALUES)
def test_a_refused_value_is_one_clear_line(key: str) -> None:
    """The error names the key, the value, what is allowed and where it came from."""
    refused = VALUES[key][1]
    with pytest.raises(SettingsError) as caught:
        Settings.from_mapping({key: refused}, where="my.yaml")
    assert f"my.yaml: {key} = {refused!r}: must be {RULES[key].allowed}" == str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "20"])
def test_a_number_is_a_number(value: object) -> None:
    """NaN, infinity, a flag and a text are no ping_timeout."""
    with pytest.raises(SettingsError):
        Settings(ping_timeout=value)


@pytest.mark.parametrize("key", [key for key in VALUES if not isinstance(DEFAULTS[key], bool)])
@pytest.mark.parametrize("value", [True, False])
def test_a_flag_is_nothing_else(key: str, value: bool) -> None:
    """True is an int in Python; no setting but a flag takes it, and the error says what it was."""
    with pytest.raises(SettingsError, match=f"{key} = {value}: must be"):
        Settings(**{key: value})


def test_a_fraction_is_no_count() -> None:
    """512.0 equals 512, and yet no number of points is written with a fraction."""
    with pytest.raises(SettingsError, match=r"context_length = 512\.0"):
        Settings(context_length=512.0)


@pytest.mark.parametrize(
    "key", ["logger", "engineio_logger", "async_handlers", "finite_json", "websocket_compression"]
)
@pytest.mark.parametrize("value", [0, 1, 1.0, "true", None])
def test_a_number_is_no_flag(key: str, value: object) -> None:
    """A flag is true or false, nothing that merely counts as one."""
    with pytest.raises(SettingsError, match="must be true or false"):
        Settings(**{key: value})


def test_an_unknown_name_gets_a_suggestion() -> None:
    """A slip of the pen is answered with the name that was meant, and all choices."""
    with pytest.raises(SettingsError, match="did you mean ping_timeout") as caught:
        Settings.from_mapping({"ping_timout": 3}, where="x")
    assert "stall_threshold_s" in str(caught.value)


def test_the_defaults_are_the_seeds() -> None:
    """25, 120, 10 MB, threading, both loggers on; but nobody else's origin, and loopback."""
    made = Settings()
    assert (25, 120, 10_000_000, "threading", True, True) == (
        made.ping_interval,
        made.ping_timeout,
        made.max_http_buffer_size,
        made.async_mode,
        made.logger,
        made.engineio_logger,
    )
    assert ("same-origin", "127.0.0.1") == (made.cors_allowed_origins, made.host)


def test_changed_names_only_what_differs() -> None:
    """What a reproducing command must say, and nothing else."""
    assert {} == Settings().changed()
    assert {"seed": 7} == Settings(seed=7, ping_interval=25).changed()


def test_a_dictionary_makes_the_same_settings() -> None:
    """``to_dict`` and ``from_mapping`` are inverse."""
    made = Settings(data="sensor", ping_interval=3)
    assert made == Settings.from_mapping(made.to_dict(), where="x")
    assert set(DEFAULTS) == set(made.to_dict())


def test_the_list_of_settings_is_as_the_code() -> None:
    """``python scripts/list_settings.py`` was run after the last change of a setting."""
    script = Path(__file__).parents[1] / "scripts/list_settings.py"
    ended = subprocess.run([sys.executable, script, "--check"], cwd=script.parents[1], timeout=60)
    assert ended.returncode == 0, "run python scripts/list_settings.py"
