"""The executor that the settings name."""

from __future__ import annotations

from granite_ws.edges.executors.executor import Executor
from granite_ws.edges.executors.inline import InlineExecutor
from granite_ws.edges.executors.thread import ThreadExecutor
from granite_ws.edges.forecast_worker import ForecastWorker
from granite_ws.edges.recorder import Recorder
from granite_ws.errors import SettingsError
from granite_ws.settings import Settings


def create_executor(settings: Settings, recorder: Recorder, *, period: int) -> Executor:
    """Not started. period: points in one season of the series.

    Raises SettingsError where the settings contradict each other.
    """
    if settings.executor == "queue":
        if not settings.redis_url:
            raise SettingsError(
                "redis_url",
                settings.redis_url,
                allowed="executor = queue needs a Redis, as in redis://127.0.0.1:6379/0",
                where="serve",
            )
        from granite_ws.edges.executors.queue import QueueExecutor

        return QueueExecutor(settings, recorder)
    if settings.executor == "process":
        from granite_ws.edges.executors.process import ProcessExecutor

        return ProcessExecutor(settings, recorder, period=period)
    worker = ForecastWorker(settings, recorder, period=period)
    made = InlineExecutor if settings.executor == "inline" else ThreadExecutor
    return made(settings, worker)
