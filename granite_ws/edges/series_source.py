"""Where series come from: the simulated sensor, statsmodels' public-domain sets, a user's CSV."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import SeriesError
from ..series import Series, fill_gaps, simulate_sensor
from .csv_series import read_csv
from .csv_table import MIN_POINTS

__all__ = ["SENSOR", "SHIPPED", "load_series", "load_shipped", "read_csv", "read_shipped"]

SENSOR = "sensor"
SHIPPED: tuple[str, ...] = ("co2", "elnino", "sunspots")

_FACTS = {"co2": (52, "ppm"), "elnino": (12, "°C"), "sunspots": (11, "sunspots")}


def load_series(
    name_or_path: str,
    *,
    seed: int,
    length_hint: int,
    timestamp_column: str | None = None,
    value_column: str | None = None,
    period: int | None = None,
) -> Series:
    """The sensor, a shipped series by its name, or the user's CSV file.

    ``seed`` and ``length_hint`` (points) serve the sensor only, the columns and the period a CSV.
    """
    if name_or_path == SENSOR:
        return simulate_sensor(seed, max(length_hint, MIN_POINTS))
    if name_or_path in SHIPPED:
        return load_shipped(name_or_path)
    path = Path(name_or_path)
    looks_like_name = not path.suffix and len(path.parts) <= 1
    if not name_or_path or (looks_like_name and not path.exists()):
        names = ", ".join((SENSOR, *SHIPPED))
        allowed = f"one of {names}, or the path of a CSV file"
        raise SeriesError("series", name_or_path, allowed=allowed, where="settings")
    return read_csv(
        path, timestamp_column=timestamp_column, value_column=value_column, period=period
    )


# -------------------------------------------------------------------------- shipped series


def load_shipped(name: str) -> Series:
    """One of the public-domain series that statsmodels carries."""
    timestamps, values = read_shipped(name)
    period, unit = _FACTS[name]
    timestamps, values, repairs = fill_gaps(timestamps, values, where=name)
    source = f"statsmodels.datasets.{name}"
    return Series(name, timestamps, values, period, unit=unit, source=source, repairs=repairs)


def read_shipped(name: str) -> tuple[pd.DatetimeIndex, np.ndarray]:
    """A shipped series as statsmodels has it, long and with NaN where a value is missing."""
    if name not in SHIPPED:
        raise SeriesError("series", name, allowed=f"one of {', '.join(SHIPPED)}", where="shipped")
    from statsmodels import datasets  # a second of imports that a user's CSV does not need

    table = getattr(datasets, name).load_pandas().data
    if name == "co2":
        return pd.DatetimeIndex(table.index).as_unit("ns"), table["co2"].to_numpy(dtype=float)
    years = table["YEAR"].astype(int)
    if name == "sunspots":
        timestamps = pd.to_datetime(years.astype(str), format="%Y")
        return pd.DatetimeIndex(timestamps).as_unit("ns"), table["SUNACTIVITY"].to_numpy(float)
    months = [f"{year}-{month:02d}" for year in years for month in range(1, 13)]
    values = table.drop(columns="YEAR").to_numpy(dtype=float).ravel()
    return pd.to_datetime(months, format="%Y-%m").as_unit("ns"), values
