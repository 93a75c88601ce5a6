"""The third way to run the server: python-socketio's AsyncServer under uvicorn.

The same wire contract, routes and settings as the Flask-SocketIO server. All connections live on
one event loop, in a thread of its own; the feed and the HTTP routes run in threads beside it.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import wait
from functools import partial
from typing import Any

import uvicorn
from a2wsgi import WSGIMiddleware
from socketio import ASGIApp, AsyncRedisManager, AsyncServer

from granite_ws import contract
from granite_ws.edges.ask_handlers import AsyncAskHandlers
from granite_ws.edges.asking import Asking
from granite_ws.edges.attendance import Attendance
from granite_ws.edges.http_api import add_api, enter_room, origins
from granite_ws.edges.job_desk import JobDesk
from granite_ws.edges.processing import Processing
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.server import create_flask, engine_sid
from granite_ws.edges.server_taps import listen_to_libraries, tap_disconnect, tap_messages
from granite_ws.edges.stacks import StackWatch
from granite_ws.edges.stalls import BEAT_S, StallMonitor, watch_thread
from granite_ws.edges.wiretap_async import tap_async_requests, tap_async_server
from granite_ws.settings import Settings

LOOP_THREAD = "event-loop"
# How long open connections may take to say goodbye, and the loop's thread to end (seconds).
_FAREWELL_S = 1
_END_S = 5.0
# uvicorn closes with 1009 what is longer than this; its own default is 16 MiB. It counts bytes
# where Engine.IO counts characters (up to four bytes each): Engine.IO's limit shall come first.
_LARGEST_FRAME = 16 * 1024 * 1024
_BYTES_A_CHARACTER = 4


class AsgiServer:
    """One server and its event loop, which runs (in a thread) from the first moment.

    socketio: the AsyncServer; handlers that are added to it may be coroutines.
    engineio: the AsyncServer below it.
    loop:     the event loop; ``loop.call_soon_threadsafe`` runs code in it from any thread.
    app:      the Flask application behind every path that is not ``/socket.io``.
    """

    def __init__(
        self,
        settings: Settings,
        processing: Processing,
        recorder: Recorder,
        desk: JobDesk | None = None,
    ) -> None:
        self._settings = settings
        self._recorder = recorder
        self._processing = processing
        self.app = create_flask(settings, processing)
        self.socketio = _create_socketio(settings)
        self.engineio = self.socketio.eio
        self._sockets = tap_async_server(self.engineio, recorder)
        tap_async_requests(self.engineio, recorder.silent())
        tap_messages(self.socketio, recorder.silent())
        tap_disconnect(self.socketio, recorder.silent())
        listen_to_libraries(recorder.silent())
        AsyncHandlers(self, processing, recorder).register()
        if desk is not None:
            desk.attach(history=processing.frame, emit=self.post)
            add_api(self.app, settings, desk, partial(enter_room, self.socketio.manager))
            AsyncAskHandlers(self, Asking(desk), blocks=settings.executor == "inline").register()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=LOOP_THREAD, daemon=True)
        self._thread.start()

    # ----------------------------------------------------------------------------- the loop

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            # Whoever waits for a task of ours in another thread is told that it was cancelled.
            left = asyncio.all_tasks(self.loop)
            for task in left:
                task.cancel()
            self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self.loop.close()

    def emit(self, event: str, *data: Any, **options: Any) -> None:
        """Emits from any thread but the loop's own, and returns when every client has it queued.

        Raises what encoding raises; RuntimeError in the loop, where waiting would never end:
        there, ``await server.socketio.emit(...)``.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("emit() waits for the event loop and was called in it")
        argument = data[0] if len(data) == 1 else data
        self.wait_for(self.socketio.emit(event, argument, **options))

    def post(self, event: str, data: Any, **options: Any) -> None:
        """Emits from any thread, the loop's own included, and waits for nothing."""
        asyncio.run_coroutine_threadsafe(self.socketio.emit(event, data, **options), self.loop)

    def wait_for(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs ``work`` in the loop and returns its result to another thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def spawn(self, target: Callable[..., Any], *arguments: Any) -> None:
        """Starts a background task as a real thread: the feed computes, and would block a loop."""
        threading.Thread(target=target, args=arguments, name=target.__name__, daemon=True).start()

    # ---------------------------------------------------------------------------- serving

    def start(self, listener: socket.socket) -> Callable[[], None]:
        """Serves on a socket that already listens; returns, once it serves, what stops it."""
        server = uvicorn.Server(self._config())
        serving = asyncio.run_coroutine_threadsafe(_serve(server, listener), self.loop)
        started = self.wait_for(_started(server, serving))
        if not started:
            serving.result()
            raise AssertionError("uvicorn neither serves nor says why")

        def stop() -> None:
            server.should_exit = True
            if not wait([serving], _END_S).done:
                logging.getLogger("uvicorn.error").warning("The event loop did not end in time")
            self.close()

        return stop

    def close(self) -> None:
        """Ends the loop, with all that still runs in it."""
        if self._thread.is_alive() and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(_END_S)

    def _config(self) -> uvicorn.Config:
        settings = self._settings
        return uvicorn.Config(
            ASGIApp(self.socketio, WSGIMiddleware(self.app)),  # type: ignore[arg-type]
            lifespan="off",
            log_config=None,
            ws_per_message_deflate=settings.websocket_compression,
            ws_ping_interval=settings.ws_ping_interval or None,
            ws_ping_timeout=settings.ws_ping_timeout,
            ws_max_size=max(_LARGEST_FRAME, _BYTES_A_CHARACTER * settings.max_http_buffer_size),
            timeout_graceful_shutdown=_FAREWELL_S,
            server_header=False,
        )

    def watch_stalls(self) -> tuple[StallMonitor, ...]:
        """Starts both heartbeats: the OS thread's, and a task of the event loop."""
        recorder, settings = self._recorder, self._settings
        stacks = StackWatch(
            recorder.silent(), lambda: self._sockets.overdue(settings.ping_timeout)
        )
        loop = StallMonitor(
            "loop",
            recorder,
            threshold_s=settings.stall_threshold_s,
            facts={"scheduler": settings.async_mode},
        )
        stacks.watch_loop(loop)
        stacks.watch_feed(lambda: self._processing.open_forecast)
        thread = watch_thread(
            recorder.silent(), threshold_s=settings.stall_threshold_s, each_beat=stacks.beat
        )
        asyncio.run_coroutine_threadsafe(beat_in_loop(loop), self.loop)
        return thread, loop


async def beat_in_loop(monitor: StallMonitor) -> None:
    """``StallMonitor.run`` as a coroutine: a late beat means that the loop was blocked.

    The monitor's end is recorded even when the loop ends before it.
    """
    monitor.begin()
    try:
        while not monitor.over:
            await asyncio.sleep(BEAT_S)
            monitor.beat()
    finally:
        monitor.end()


def _create_socketio(settings: Settings) -> AsyncServer:
    return AsyncServer(
        async_mode="asgi",
        cors_allowed_origins=origins(settings.cors_allowed_origins),
        ping_interval=settings.ping_interval,
        ping_timeout=settings.ping_timeout,
        max_http_buffer_size=settings.max_http_buffer_size,
        logger=settings.logger,
        engineio_logger=settings.engineio_logger,
        async_handlers=settings.async_handlers,
        json=contract.StrictJson if settings.finite_json else None,
        client_manager=AsyncRedisManager(settings.redis_url) if settings.redis_url else None,
    )


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    # uvicorn takes over signals in the main thread only, and this is not it.
    await server.serve(sockets=[listener])


async def _started(server: uvicorn.Server, serving: Any) -> bool:
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    return server.started


class AsyncHandlers:
    """The socket's event handlers as coroutines; what takes long is done in a thread."""

    def __init__(self, server: AsgiServer, processing: Processing, recorder: Recorder) -> None:
        self._server = server
        self._socketio = server.socketio
        self._processing = processing
        self._attendance = Attendance(processing, recorder)

    def register(self) -> None:
        """Ties each handler to its event."""
        handlers: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {
            "connect": self.handle_connect,
            "disconnect": self.handle_disconnect,
            contract.START: self.start_processing,
            contract.STOP: self.stop_processing,
            contract.RESET: self.reset_data,
        }
        for event, handler in handlers.items():
            self._socketio.on(event, handler)

    async def handle_connect(self, client_id: str, _environ: Any, _auth: Any = None) -> None:
        """Greets the client and tells who it is."""
        sid = engine_sid(self._socketio, client_id)
        greeting = self._attendance.came(client_id, sid)
        try:
            await self._socketio.emit(contract.CONNECTED, greeting, to=client_id)
        except Exception as error:
            self._attendance.not_greeted(client_id, sid, error)
            return
        self._attendance.greeted(client_id, sid)

    async def handle_disconnect(self, client_id: str, reason: str = "unknown") -> None:
        """Tells who left and why."""
        self._attendance.left(client_id, engine_sid(self._socketio, client_id), reason)

    # A client may send what it likes; these three events have no payload that would be read.

    async def start_processing(self, *_: Any) -> None:
        """Starts the feed and tells everybody; nothing when it already runs."""
        if self._processing.start(self._server.spawn, self._server.emit):
            await self._socketio.emit(contract.STATUS_CHANGED, {"running": True})

    async def stop_processing(self, *_: Any) -> None:
        """Stops the feed and tells everybody; nothing when it does not run."""
        if self._processing.stop():
            await self._socketio.emit(contract.STATUS_CHANGED, {"running": False})

    async def reset_data(self, *_: Any) -> None:
        """Back to the start of the series, for everybody."""
        await asyncio.to_thread(self._processing.reset)
        await self._socketio.emit(contract.DATA_RESET, {})
