"""How the feed is kept waiting, and how its forecasts get lost, while every connection holds."""

from __future__ import annotations

import socket
import threading
import urllib.request
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from granite_ws.edges import smoothing
from granite_ws.edges.granite import GraniteModel
from granite_ws.edges.injector.stage import Act, Prepare, SceneAct, ServerStage

# How long a session's feed may take to come to its first forecast (seconds).
_ASKING_WAIT_S = 20.0
_HUB_PATIENCE_S = 600.0


class _Hub:
    """A model hub that accepts and never answers, until it is closed."""

    listener: socket.socket | None = None


def _ask_hub_first(_stage: ServerStage) -> None:
    """The first forecast asks for a newer model, as a service does that loads its model lazily."""
    smooth = smoothing.smooth
    _Hub.listener = hub = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{hub.getsockname()[1]}/models/newest"

    def smooth_with_newest(*arguments: Any, **options: Any) -> Any:
        setattr(smoothing, "smooth", smooth)  # noqa: B010
        with suppress(OSError):
            urllib.request.urlopen(url, timeout=_HUB_PATIENCE_S).close()
        return smooth(*arguments, **options)

    setattr(smoothing, "smooth", smooth_with_newest)  # noqa: B010


def _keep_waiting(stage: ServerStage, seconds: float) -> None:
    """Accepts the question, and hangs up when the time is over."""
    hub = _Hub.listener
    if hub is None:
        raise AssertionError("the hub listens since the server was prepared")
    clock = stage.recorder.clock
    waited_s = 0.0
    with hub, suppress(TimeoutError):
        hub.settimeout(_ASKING_WAIT_S)
        asking, _ = hub.accept()
        begun = clock.now_ns()
        with asking:
            clock.sleep(seconds)
        waited_s = (clock.now_ns() - begun) / 1e9
    stage.effect("seconds that the feed waited", waited_s)


class _Misread:
    """How often an answer of the model was turned into one that nobody can read."""

    count = 0


def _misread_answers(_stage: ServerStage) -> None:
    """As granite-tsfm answers without ``explode_forecasts``: one row, whose column ``value`` is
    the unknown future; the forecast is in a column that this application does not know.
    """
    respond = GraniteModel.respond

    def respond_in_one_row(self: GraniteModel, frame: pd.DataFrame, steps: int) -> pd.DataFrame:
        forecast = respond(self, frame, steps)["value"].to_list()
        _Misread.count += 1
        last = frame["timestamp"].iloc[-1]
        return pd.DataFrame({"timestamp": [last], "value": [np.nan], "prediction": [forecast]})

    setattr(GraniteModel, "respond", respond_in_one_row)  # noqa: B010


def _count_misread(stage: ServerStage, seconds: float) -> None:
    threading.Event().wait(seconds)
    stage.effect("forecasts of the model that nobody got", _Misread.count)


PREPARE: dict[str, Prepare] = {
    "silent_feed": _ask_hub_first,
    "forecast_never_delivered": _misread_answers,
}
ACTS: dict[str, Act] = {
    "silent_feed": _keep_waiting,
    "forecast_never_delivered": _count_misread,
}
SCENES: dict[str, SceneAct] = {}
