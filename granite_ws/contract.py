"""The wire contract: what the server sends, built from plain values, always finite JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the client's process reads this module, and has no use for pandas
    import pandas as pd

    from granite_ws.forecast import Forecast
    from granite_ws.series import Anomaly

START, STOP, RESET = "start_processing", "stop_processing", "reset_data"
CONNECTED, NEW_DATA = "connected", "new_data"
# A forecast that a client asks for: what it sends, and what it is sent.
ASK, CANCEL, FOLLOW = "request_forecast", "cancel_forecast", "follow_forecast"
FORECAST, FORECAST_ERROR = "forecast", "forecast_error"
SHUTDOWN = "server_shutdown"
STATUS_CHANGED, DATA_RESET = "status_changed", "data_reset"


def point(timestamp: pd.Timestamp, value: float) -> dict[str, Any]:
    """One observation: ISO 8601 timestamp and its value."""
    return {"timestamp": timestamp.isoformat(), "value": finite(float(value))}


def forecast_payload(forecast: Forecast, *, made_at: str) -> dict[str, Any]:
    """One forecast; ``made_at`` is the ISO 8601 time at which it was made."""
    return {
        "predictions": [
            {**point(timestamp, value), "horizon_step": step}
            for step, (timestamp, value) in enumerate(
                zip(forecast.timestamps, forecast.values, strict=True), start=1
            )
        ],
        "forecast_timestamp": made_at,
        "context_size": forecast.context_size,
        "model": forecast.model,
        "model_type": forecast.engine.model_type,
        "engine": forecast.engine.value,
        "fallback_reason": forecast.fallback_reason,
    }


def anomaly_payload(anomaly: Anomaly | None) -> dict[str, Any]:
    """Whether the newest point is an anomaly, and its figures when it is."""
    if anomaly is None:
        return {"is_anomaly": False, "info": None}
    return {
        "is_anomaly": True,
        "info": {
            "mean": finite(anomaly.mean),
            "deviation": finite(anomaly.deviation),
            "z": finite(anomaly.z),
            "severity": anomaly.severity,
        },
    }


def finite(value: float) -> float | None:
    """The number itself, or None (JSON ``null``) for NaN and the infinities.

    ``json`` writes NaN as ``NaN``, which no browser parses: the JS client drops the connection
    with ``parse error`` (python-socketio#1438).
    """
    return value if math.isfinite(value) else None


def encode(payload: Mapping[str, Any]) -> str:
    """Strict JSON as it goes over the wire. Raises ValueError on a non-finite number."""
    return json.dumps(payload, allow_nan=False, separators=(",", ":"))


class StrictJson:
    """The ``json`` module as python-socketio wants it, refusing what a browser cannot parse."""

    @staticmethod
    def dumps(value: Any, **options: Any) -> str:
        """As ``json.dumps``; raises ValueError on NaN and infinities."""
        return json.dumps(value, **{**options, "allow_nan": False})

    @staticmethod
    def loads(text: str | bytes, **options: Any) -> Any:
        """As ``json.loads``."""
        return json.loads(text, **options)


def count_non_finite(value: Any) -> int:
    """How many NaN or infinite numbers stand anywhere in a decoded payload."""
    if isinstance(value, float):
        return int(not math.isfinite(value))
    if isinstance(value, Mapping):
        return sum(count_non_finite(item) for item in value.values())
    if isinstance(value, list | tuple):
        return sum(count_non_finite(item) for item in value)
    return 0
