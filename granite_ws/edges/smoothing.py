"""Exponential smoothing where a server runs it: the fallback when no TTM model can forecast."""

from __future__ import annotations

import threading

import numpy as np

NAME = "exponential smoothing (Holt-Winters)"

# A fit keeps the interpreter for itself nearly all the time. Two at once end no sooner, and with
# twenty every other thread, the heartbeat's too, waits for twenty turns.
_one_at_a_time = threading.Lock()


def import_library() -> None:
    """Imports scipy's filters (half a second, more on a crowded machine), so that no forecast
    waits for it: under gevent that import would keep the hub, and drop clients.
    """
    import granite_ws.holt_winters  # noqa: F401


def smooth(values: np.ndarray, steps: int, *, period: int) -> np.ndarray:
    """(steps,) forecast of ``values`` (n,), finite, in the same unit (``holt_winters.forecast``).

    Raises ValueError when the history or the fit has numbers that are not finite.
    """
    from granite_ws.holt_winters import forecast

    with _one_at_a_time, np.errstate(all="ignore"):
        made = forecast(np.asarray(values, dtype=float), steps, period=period)
    if not np.isfinite(made).all():
        raise ValueError("exponential smoothing gave numbers that are not finite")
    return made
