"""The Flask-SocketIO application under study: handlers, HTTP routes and the live page."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request, send_file
from flask_socketio import SocketIO

from granite_ws import contract
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
from granite_ws.events import Kind
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
    "context_length",
    "forecast_horizon",
)
_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def create_app(
    settings: Settings, processing: Processing, recorder: Recorder
) -> tuple[Flask, SocketIO]:
    """The application factory. No task runs until a client starts the processing."""
    app = Flask(
        __name__, template_folder=str(WEB / "templates"), static_folder=str(WEB / "static")
    )
    # A new key with every start: nothing of ours outlives the process, so none must be kept.
    app.secret_key = secrets.token_bytes(32)
    app.after_request(_protect)
    socketio = SocketIO(
        app,
        async_mode=settings.async_mode,
        cors_allowed_origins=_origins(settings.cors_allowed_origins),
        ping_interval=settings.ping_interval,
        ping_timeout=settings.ping_timeout,
        max_http_buffer_size=settings.max_http_buffer_size,
        logger=settings.logger,
        engineio_logger=settings.engineio_logger,
        async_handlers=settings.async_handlers,
        json=contract.StrictJson if settings.finite_json else None,
    )
    tap_server(socketio.server.eio, recorder)
    tap_messages(socketio.server, recorder.silent())
    tap_disconnect(socketio.server, recorder.silent())
    tap_requests(socketio.server.eio, recorder.silent())
    listen_to_libraries(recorder.silent())
    Handlers(socketio, processing, recorder).register()
    _add_routes(app, settings, processing)
    return app, socketio


def watch_stalls(
    settings: Settings, socketio: SocketIO, recorder: Recorder
) -> tuple[StallMonitor, ...]:
    """Starts both heartbeats: the OS thread's, and one scheduled as the server's own tasks are."""
    sockets = socketio.server.eio.sockets
    stacks = StackWatch(recorder.silent(), lambda: sockets.overdue(settings.ping_timeout))
    loop = StallMonitor("loop", recorder, threshold_s=settings.stall_threshold_s)
    stacks.watch_loop(loop)
    thread = watch_thread(
        recorder.silent(), threshold_s=settings.stall_threshold_s, each_beat=stacks.beat
    )
    socketio.start_background_task(loop.run, socketio.sleep)
    return thread, loop


def _origins(setting: str) -> str | Callable[..., bool] | None:
    """As python-engineio wants it: None is the same origin only, a list adds to it."""
    if setting == "same-origin":
        return None
    if setting == "*":
        return "*"
    listed = {origin.strip() for origin in setting.split(",")}

    def allowed(origin: str | None, environ: dict[str, Any]) -> bool:
        own = f"{environ.get('wsgi.url_scheme')}://{environ.get('HTTP_HOST')}"
        return origin in listed or origin == own

    return allowed


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
        self._record = recorder.record
        self._now_ns = recorder.clock.now_ns
        self._connected_at: dict[str, int] = {}

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
        sid = _engine_sid(self._socketio, client_id)
        self._connected_at[client_id] = self._now_ns()
        self._record(Kind.CLIENT_CONNECTED, sid=sid, client_id=client_id)
        greeting = {"message": "Connected to granite_ws", "status": True, "client_id": client_id}
        try:
            self._socketio.emit(contract.CONNECTED, greeting, to=client_id)
        except Exception as error:
            self._record(Kind.GREETING_FAILED, sid=sid, client_id=client_id, error=str(error))
            return
        self._record(Kind.GREETING_SENT, sid=sid, client_id=client_id)

    def handle_disconnect(self, reason: str = "unknown") -> None:
        """Tells who left, the server's reason, and the figures at that moment.

        The thread's name says who noticed: the service task, the receive loop, or an emitter.
        """
        client_id = _client_id()
        since = self._connected_at.pop(client_id, self._now_ns())
        self._record(
            Kind.CLIENT_DISCONNECTED,
            sid=_engine_sid(self._socketio, client_id),
            client_id=client_id,
            reason=reason,
            connected_s=(self._now_ns() - since) / 1e9,
            thread=threading.current_thread().name,
            clients=len(self._connected_at),
            **self._processing.counts(),
        )

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


def _engine_sid(socketio: SocketIO, client_id: str) -> str | None:
    """The Engine.IO sid under a Socket.IO client id: the id that packets are recorded with."""
    sid: str | None = socketio.server.manager.eio_sid_from_sid(client_id, "/")
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
