"""The ways to run the server: a thread per connection (Werkzeug), or greenlets (gevent).

The third one, an asyncio loop, has its own module ``asgi``: it is another server altogether.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the client's process reads this module, and has no use for Flask
    from flask import Flask

from granite_ws.errors import SettingsError

THREADING, GEVENT, ASGI = "threading", "gevent", "asgi"
# How long (seconds) a Werkzeug server may take to notice that it is stopped.
_END_S = 0.05


def prepare(async_mode: str) -> None:
    """Patches the standard library for gevent; call it before anything opens a socket or a thread.

    Raises SettingsError when gevent is asked for and not installed.
    """
    if async_mode != GEVENT:
        return
    try:
        monkey: Any = import_module("gevent.monkey")
    except ImportError as error:
        raise SettingsError(
            "async_mode",
            async_mode,
            allowed="gevent must be installed (pip install 'granite-ws[gevent]')",
            where="serve",
        ) from error
    monkey.patch_all()


def start_http(async_mode: str, app: Flask, listener: socket.socket) -> Callable[[], None]:
    """Serves ``app`` on a socket that already listens; returns what stops it."""
    if async_mode == GEVENT:
        return _start_gevent(app, listener)
    from werkzeug.serving import make_server

    host, port = listener.getsockname()[:2]
    server = make_server(host, port, app, threaded=True, fd=listener.fileno())
    # The default, half a second, is what its end would wait for.
    serving = {"poll_interval": _END_S}
    threading.Thread(target=server.serve_forever, kwargs=serving, name="http", daemon=True).start()
    return server.shutdown


def refuse_compression(engineio_server: Any) -> None:
    """As if no client had offered permessage-deflate (RFC 7692), which the library always takes.

    Each client has a compressor of its own, so a message for all is compressed as often as there
    are clients: half of what an emit costs (``granite-ws bench clients``).
    """
    handle = engineio_server.handle_request

    def handle_plainly(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return handle(environ, start_response)

    engineio_server.handle_request = handle_plainly


def native(module: str, name: str) -> Any:
    """A function as the operating system has it, also after gevent has replaced it.

    A heartbeat that ran as a greenlet would stand still with the hub that it is to watch.
    """
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None:
        return monkey.get_original(module, name)
    return getattr(import_module(module), name)


def _start_gevent(app: Flask, listener: socket.socket) -> Callable[[], None]:
    pywsgi: Any = import_module("gevent.pywsgi")
    server = pywsgi.WSGIServer(listener, app, log=None)
    server.start()
    stop: Callable[[], None] = server.stop
    return stop
