"""Forecasts of one series by each pair of context and horizon, timed, weighed and scored."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from granite_ws.contract import encode, forecast_payload
from granite_ws.edges.demo_score import TRAIN_SHARE, Window, mase
from granite_ws.edges.forecast_service import ForecastService
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Witness
from granite_ws.report.pairs import Pair
from granite_ws.run import Progress
from granite_ws.series import Series
from granite_ws.serve import load_for
from granite_ws.settings import Settings

_FIRST_NOT_COUNTED = 1


def try_pairs(
    settings: Settings,
    *,
    contexts: Iterable[int],
    horizons: Iterable[int],
    windows: int = 4,
    progress: Progress = lambda *_: None,
) -> tuple[Pair, ...]:
    """Each pair with the engine that these settings give it.

    windows: forecasts per pair, from moments evenly spread over the last 30 % of the series, the
    part that the demo weights were not trained on. Where a horizon is longer than what is left,
    the last moment is forecast, and no error is told: nobody knows the true values.

    Raises SettingsError, SeriesError and ModelError as a session does.
    """
    series = load_for(settings)
    plans = [
        Settings(**{**settings.to_dict(), "context_length": context, "forecast_horizon": horizon})
        for context in contexts
        for horizon in horizons
    ]
    done: list[Pair] = []
    for plan in plans:
        progress(len(done) / len(plans), f"{plan.context_length} to {plan.forecast_horizon}")
        done.append(_try(plan, series, windows))
    progress(1.0, "recorded")
    return tuple(done)


def _try(settings: Settings, series: Series, windows: int) -> Pair:
    recorder = Recorder(Witness.RUNNER)
    service = ForecastService(settings, recorder, period=series.period)
    service.load()
    frame = pd.DataFrame({"timestamp": series.timestamps, "value": series.values})
    origins = origins_of(len(series), settings.forecast_horizon, windows)
    known = bool(origins)
    # The first forecast of a model allocates what the others use: made once more, not counted.
    made = [
        (at, service.predict(frame.iloc[:at]))
        for at in ([len(series)] * _FIRST_NOT_COUNTED + (origins or [len(series)] * windows))
    ][_FIRST_NOT_COUNTED:]
    errors = [
        mase(
            Window(
                series.values[:at],
                service.period,
                series.values[at : at + settings.forecast_horizon],
            ),
            lambda *_, values=forecast.values: values,
        )
        for at, forecast in made
        if known
    ]
    last, weights = made[-1][1], service.weights
    used = weights if weights is not None and last.engine.is_granite else None
    stamp = recorder.clock.utc()
    return Pair(
        context=settings.context_length,
        horizon=settings.forecast_horizon,
        engine=last.engine.value,
        model=last.model,
        model_reads=used.context_length if used else None,
        model_gives=used.horizon if used else None,
        seconds=float(np.median([forecast.seconds for _, forecast in made])),
        bytes=max(len(encode(forecast_payload(f, made_at=stamp)).encode()) for _, f in made),
        windows=len(errors),
        mase=float(np.mean(errors)) if errors else None,
        why=last.fallback_reason or "",
    )


def origins_of(points: int, horizon: int, windows: int) -> list[int]:
    """How many points are known at each forecast whose whole future is known, too; none where the
    last 30 % are shorter than the horizon.
    """
    first, last = int(TRAIN_SHARE * points), points - horizon
    return [] if last < first else [int(at) for at in np.linspace(first, last, windows)]
