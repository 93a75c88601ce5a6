"""Puts the server together and runs it until it is told to stop."""

from __future__ import annotations

import signal
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from granite_ws.edges.async_mode import ASGI
from granite_ws.edges.forecast_service import ForecastService
from granite_ws.edges.injector.stage import ServerStage
from granite_ws.edges.injector.within import take_orders
from granite_ws.edges.logs import set_up_logging
from granite_ws.edges.processing import Processing
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.series_source import load_series
from granite_ws.edges.server import WsgiServer
from granite_ws.errors import SettingsError
from granite_ws.events import Kind, Witness
from granite_ws.series import Series
from granite_ws.settings import Settings

if TYPE_CHECKING:
    from granite_ws.edges.asgi import AsgiServer

# Points of the simulated sensor beyond the context: more than five hours of one a second.
SENSOR_POINTS = 20_000


def serve(settings: Settings, *, events: Path | None = None) -> None:
    """Listens, loads the model while it already listens, and returns after SIGTERM or SIGINT.

    events: where to record (None: log lines only). Raises BadInput for a port that is taken, a
    series that cannot be read, or a model that the user named and that cannot be used.
    """
    logger = set_up_logging(settings)
    recorder = Recorder(Witness.SERVER, events, logger=logger)
    series = load_for(settings)
    service = ForecastService(settings, recorder, period=series.period)
    processing = Processing(settings, series, service, recorder)
    server = _create_server(settings, processing, recorder)
    take_orders(
        ServerStage(
            settings=settings,
            recorder=Recorder(Witness.INJECTOR, events),
            socketio=server.socketio,
            engineio=server.engineio,
            emit=server.emit,
            loop=server.loop,
        )
    )
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with _listen(settings) as listener:
        stop = server.start(listener)
        recorder.record(Kind.LISTENING, host=settings.host, port=listener.getsockname()[1])
        monitors = server.watch_stalls()
        service.load()
        if not settings.clients:
            # Nobody will ask for it: the feed starts by itself.
            processing.start(server.spawn, server.emit)
        recorder.clock.wait(over)
        processing.stop()
        for monitor in monitors:
            monitor.stop()
        stop()


def load_for(settings: Settings) -> Series:
    """The series that these settings name. Raises SeriesError."""
    return load_series(
        settings.data,
        seed=settings.seed,
        length_hint=settings.context_length + SENSOR_POINTS,
        timestamp_column=settings.timestamp_column or None,
        value_column=settings.value_column or None,
        period=settings.period or None,
    )


def _create_server(
    settings: Settings, processing: Processing, recorder: Recorder
) -> WsgiServer | AsgiServer:
    if settings.async_mode == ASGI:
        from granite_ws.edges.asgi import AsgiServer

        return AsgiServer(settings, processing, recorder)
    return WsgiServer(settings, processing, recorder)


def _listen(settings: Settings) -> socket.socket:
    try:
        return socket.create_server((settings.host, settings.port))
    except OSError as error:
        key = "host" if isinstance(error, socket.gaierror) else "port"
        raise SettingsError(
            key,
            getattr(settings, key),
            allowed=f"an address of this machine with a free port ({error.strerror})",
            where="serve",
        ) from error
