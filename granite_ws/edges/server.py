"""The Flask-SocketIO application under study: handlers, HTTP routes and the live page."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request, send_file
from flask_socketio import SocketIO

from granite_ws import contract
from granite_ws.edges.ask_handlers import AskHandlers
from granite_ws.edges.asking import Asking
from granite_ws.edges.async_mode import refuse_compression, start_http
from granite_ws.edges.attendance import Attendance
from granite_ws.edges.http_api import add_api, enter_room, origins
from granite_ws.edges.job_desk import JobDesk
from granite_ws.edges.processing import Processing
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.server_taps import (
    listen_to_libraries,
    tap_disconnect,
    tap_messages,
    tap_requests,
)
from granite_ws.edges.stacks import StackWatch
from granite_ws.edges.stalls import StallMonitor, watch_thread
from granite_ws.edges.wiretap import tap_server
from granite_ws.settings import Settings

WEB = Path(__file__).parents[1] / "web"
VENDOR = {
    "socket.io.min.js": WEB / "node_modules/socket.io-client/dist/socket.io.min.js",
    "uPlot.iife.min.js": WEB / "node_modules/uplot/dist/uPlot.iife.min.js",
    "uPlot.min.css": WEB / "node_modules/uplot/dist/uPlot.min.css",
}
_SHOWN = (
    "ping_interval",
    "ping_timeout",
    "max_http_buffer_size",
    "async_mode",
    "executor",
    "context_length",
    "forecast_horizon",
)
_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def create_app(
    settings: Settings, processing: Processing, recorder: Recorder, desk: JobDesk | None = None
) -> tuple[Flask, SocketIO]:
    """The application factory. No task runs until a client starts the processing.

    desk: takes on what clients ask to be forecast; without one, they cannot ask.
    """
    app = create_flask(settings, processing)
    socketio = SocketIO(
        app,
        async_mode=settings.async_mode,
        cors_allowed_origins=origins(settings.cors_allowed_origins),
        ping_interval=settings.ping_interval,
        ping_timeout=settings.ping_timeout,
        max_http_buffer_size=settings.max_http_buffer_size,
        logger=settings.logger,
        engineio_logger=settings.engineio_logger,
        async_handlers=settings.async_handlers,
        json=contract.StrictJson if settings.finite_json else None,
        message_queue=settings.redis_url or None,
    )
    if not settings.websocket_compression:
        refuse_compression(socketio.server.eio)
    tap_server(socketio.server.eio, recorder)
    tap_messages(socketio.server, recorder.silent())
    tap_disconnect(socketio.server, recorder.silent())
    tap_requests(socketio.server.eio, recorder.silent())
    listen_to_libraries(recorder.silent())
    Handlers(socketio, processing, recorder).register()
    if desk is not None:
        desk.attach(history=processing.frame, emit=socketio.emit)
        add_api(app, settings, desk, partial(enter_room, socketio.server.manager))
        AskHandlers(socketio, Asking(desk)).register()
    return app, socketio


def create_flask(settings: Settings, processing: Processing) -> Flask:
    """The HTTP side alone: page, vendor files and API, the same in every async mode."""
    app = Flask(
        __name__, template_folder=str(WEB / "templates"), static_folder=str(WEB / "static")
    )
    # A new key with every start: nothing of ours outlives the process, so none must be kept.
    app.secret_key = secrets.token_bytes(32)
    app.after_request(_protect)
    _add_routes(app, settings, processing)
    return app


class WsgiServer:
    """Flask-SocketIO in threading or gevent mode, in the shape that ``serve`` asks of a server.

    emit: as Flask-SocketIO's, from any thread. spawn: starts a task as the mode's own are.
    loop: None, there is no asyncio here.
    """

    loop = None

    def __init__(
        self,
        settings: Settings,
        processing: Processing,
        recorder: Recorder,
        desk: JobDesk | None = None,
    ) -> None:
        self._settings, self._recorder = settings, recorder
        self._processing = processing
        self.app, self.socketio = create_app(settings, processing, recorder, desk)
        self.engineio = self.socketio.server.eio
        self.emit = self.socketio.emit
        self.spawn = self.socketio.start_background_task

    def start(self, listener: socket.socket) -> Callable[[], None]:
        """Serves on a socket that already listens; returns what stops it."""
        return start_http(self._settings.async_mode, self.app, listener)

    def watch_stalls(self) -> tuple[StallMonitor, ...]:
        """Starts both heartbeats."""
        return watch_stalls(
            self._settings, self.socketio, self._recorder, lambda: self._processing.open_forecast
        )


def watch_stalls(
    settings: Settings,
    socketio: SocketIO,
    recorder: Recorder,
    open_forecast: Callable[[], tuple[int, str] | None] = lambda: None,
) -> tuple[StallMonitor, ...]:
    """Starts both heartbeats: the OS thread's, and one scheduled as the server's own tasks are."""
    sockets = socketio.server.eio.sockets
    stacks = StackWatch(
        recorder.silent(),
        lambda: sockets.overdue(settings.ping_timeout),
        {
            "a PING is overdue": lambda: sockets.unpinged(
                settings.ping_interval, settings.ping_timeout
            ),
            "a disconnect is under way": sockets.slowly_closed,
        },
    )
    loop = StallMonitor(
        "loop",
        recorder,
        threshold_s=settings.stall_threshold_s,
        facts={"scheduler": settings.async_mode},
    )
    stacks.watch_loop(loop)
    stacks.watch_feed(open_forecast)
    thread = watch_thread(
        recorder.silent(), threshold_s=settings.stall_threshold_s, each_beat=stacks.beat
    )
    socketio.start_background_task(loop.run, socketio.sleep)
    return thread, loop


def _protect(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _CONTENT_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    return response


# ------------------------------------------------------------------------------ the WebSocket


class Handlers:
    """The socket's event handlers; Flask-SocketIO runs each inside its client's request."""

    def __init__(self, socketio: SocketIO, processing: Processing, recorder: Recorder) -> None:
        self._socketio = socketio
        self._processing = processing
        self._attendance = Attendance(processing, recorder)

    def register(self) -> None:
        """Ties each handler to its event."""
        handlers: dict[str, Callable[..., None]] = {
            "connect": self.handle_connect,
            "disconnect": self.handle_disconnect,
            contract.START: self.start_processing,
            contract.STOP: self.stop_processing,
            contract.RESET: self.reset_data,
        }
        for event, handler in handlers.items():
            self._socketio.on_event(event, handler)

    def handle_connect(self, _auth: Any = None) -> None:
        """Greets the client and tells who it is."""
        client_id = _client_id()
        sid = engine_sid(self._socketio.server, client_id)
        greeting = self._attendance.came(client_id, sid)
        try:
            self._socketio.emit(contract.CONNECTED, greeting, to=client_id)
        except Exception as error:
            self._attendance.not_greeted(client_id, sid, error)
            return
        self._attendance.greeted(client_id, sid)

    def handle_disconnect(self, reason: str = "unknown") -> None:
        """Tells who left and why."""
        client_id = _client_id()
        self._attendance.left(client_id, engine_sid(self._socketio.server, client_id), reason)

    # A client may send what it likes; these three events have no payload that would be read.

    def start_processing(self, *_: Any) -> None:
        """Starts the feed and tells everybody; nothing when it already runs."""
        if self._processing.start(self._socketio.start_background_task, self._socketio.emit):
            self._socketio.emit(contract.STATUS_CHANGED, {"running": True})

    def stop_processing(self, *_: Any) -> None:
        """Stops the feed and tells everybody; nothing when it does not run."""
        if self._processing.stop():
            self._socketio.emit(contract.STATUS_CHANGED, {"running": False})

    def reset_data(self, *_: Any) -> None:
        """Back to the start of the series, for everybody."""
        self._processing.reset()
        self._socketio.emit(contract.DATA_RESET, {})


def _client_id() -> str:
    """Flask-SocketIO puts the client's id on the request of every handler."""
    return str(request.sid)  # type: ignore[attr-defined]


def engine_sid(socketio_server: Any, client_id: str) -> str | None:
    """The Engine.IO sid under a Socket.IO client id: the id that packets are recorded with."""
    sid: str | None = socketio_server.manager.eio_sid_from_sid(client_id, "/")
    return sid


# ----------------------------------------------------------------------------------- the HTTP


def _add_routes(app: Flask, settings: Settings, processing: Processing) -> None:
    @app.get("/")
    def live_page() -> str:
        missing = [name for name, path in VENDOR.items() if not path.is_file()]
        shown = {name: getattr(settings, name) for name in _SHOWN} | {
            "series": processing.series.name
        }
        return render_template(
            "live.html", title="granite_ws live", missing=missing, settings=shown
        )

    @app.get("/vendor/<name>")
    def vendor(name: str) -> Response:
        path = VENDOR.get(name)
        if path is None or not path.is_file():
            abort(404)
        return send_file(path, max_age=3600)

    @app.get("/api/status")
    def status() -> Response:
        counts = processing.counts()
        return jsonify(
            running=processing.running,
            data_points=counts["total_points"],
            anomaly_count=counts["anomaly_count"],
            total_predictions=counts["total_predictions"],
            model_info=processing.service.info(),
            config=settings.to_dict(),
        )

    @app.get("/api/history")
    def history() -> Response:
        return jsonify(processing.history())
