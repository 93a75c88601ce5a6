"""Puts the server together and runs it until it is told to stop."""

from __future__ import annotations

import os
import signal
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from granite_ws import contract
from granite_ws.edges.async_mode import ASGI
from granite_ws.edges.executors.choice import create_executor
from granite_ws.edges.forecast_cache import open_cache
from granite_ws.edges.injector.stage import ServerStage
from granite_ws.edges.injector.within import take_orders
from granite_ws.edges.job_desk import JobDesk
from granite_ws.edges.job_store import open_store
from granite_ws.edges.logs import set_up_logging
from granite_ws.edges.processing import Processing
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.series_source import load_series
from granite_ws.edges.server import WsgiServer
from granite_ws.edges.store import read_events
from granite_ws.errors import SettingsError
from granite_ws.events import Kind, Witness
from granite_ws.series import Series
from granite_ws.settings import Settings

if TYPE_CHECKING:
    from granite_ws.edges.asgi import AsgiServer

# Points of the simulated sensor beyond the context: more than five hours of one a second.
SENSOR_POINTS = 20_000
# What clients are told to wait before they come back to a server that ends (seconds).
RECONNECT_AFTER_S = 2


@dataclass(frozen=True)
class Assembly:
    """A server with everything behind it, before it listens."""

    settings: Settings
    recorder: Recorder
    desk: JobDesk
    processing: Processing
    server: WsgiServer | AsgiServer

    def tell_port(self, host: str, port: int) -> None:
        """LISTENING, with the process that does: after a restart it is another one."""
        self.recorder.record(Kind.LISTENING, host=host, port=port, pid=os.getpid())


def assemble(settings: Settings, *, events: Path | None = None) -> Assembly:
    """Puts the parts together, ready for the runner's orders. Raises as ``serve``."""
    logger = set_up_logging(settings)
    recorder = Recorder(Witness.SERVER, events, logger=logger)
    series = load_for(settings)
    executor = create_executor(settings, recorder, period=series.period)
    clock = recorder.clock
    desk = JobDesk(
        settings, recorder, executor, open_cache(settings, clock), open_store(settings, clock)
    )
    processing = Processing(settings, series, desk, recorder)
    server = _create_server(settings, processing, recorder, desk)
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
    return Assembly(settings, recorder, desk, processing, server)


def serve(settings: Settings, *, events: Path | None = None) -> None:
    """Listens, loads the model while it already listens, and returns after SIGTERM or SIGINT.

    events: where to record (None: log lines only). A server that follows another one of the same
    session listens on the port that this one had. Outside of the main thread the signals belong
    to whoever called. Raises BadInput for a port that is taken, a series that cannot be read, or
    a model that the user named and that cannot be used.
    """
    made = assemble(settings, events=events)
    over = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
    with _listen(settings, settings.port or former_port(events)) as listener:
        stop = made.server.start(listener)
        made.tell_port(settings.host, listener.getsockname()[1])
        monitors = made.server.watch_stalls()
        made.desk.start()
        if not settings.clients:
            # Nobody will ask for it: the feed starts by itself.
            made.processing.start(made.server.spawn, made.server.emit)
        made.recorder.clock.wait(over)
        made.processing.stop()
        farewell(made)
        for monitor in monitors:
            monitor.stop()
        stop()


def farewell(made: Assembly) -> None:
    """Tells the clients that the server is about to end, and gives open jobs their time."""
    seconds = made.settings.shutdown_s
    made.recorder.record(Kind.SHUTDOWN_BEGUN, open_jobs=made.desk.open_jobs(), seconds=seconds)
    told = {"reason": "the server is about to end", "reconnect_after_s": RECONNECT_AFTER_S}
    made.server.emit(contract.SHUTDOWN, told)
    made.desk.close(seconds)


def former_port(events: Path | None) -> int:
    """The port of this session's last server; 0, for any free one, where there was none."""
    told = read_events(events).of(Kind.LISTENING) if events else ()
    return int(told[-1].data["port"]) if told else 0


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
    settings: Settings, processing: Processing, recorder: Recorder, desk: JobDesk
) -> WsgiServer | AsgiServer:
    if settings.async_mode == ASGI:
        from granite_ws.edges.asgi import AsgiServer

        return AsgiServer(settings, processing, recorder, desk)
    return WsgiServer(settings, processing, recorder, desk)


def _listen(settings: Settings, port: int) -> socket.socket:
    try:
        return socket.create_server((settings.host, port))
    except OSError as error:
        key = "host" if isinstance(error, socket.gaierror) else "port"
        raise SettingsError(
            key,
            getattr(settings, key),
            allowed=f"an address of this machine with a free port ({error.strerror})",
            where="serve",
        ) from error
