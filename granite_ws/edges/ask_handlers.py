"""The events of asked forecasts, tied to the two kinds of servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import request
from flask_socketio import SocketIO

from granite_ws import contract
from granite_ws.edges.asking import Asking

if TYPE_CHECKING:
    from granite_ws.edges.asgi import AsgiServer


class AskHandlers:
    """The events of asked forecasts; what a handler returns is its acknowledgement."""

    def __init__(self, socketio: SocketIO, asking: Asking) -> None:
        self._socketio = socketio
        self._asking = asking

    def register(self) -> None:
        """Ties each handler to its event."""
        self._socketio.on_event(contract.ASK, self.request_forecast)
        self._socketio.on_event(contract.FOLLOW, self.follow_forecast)
        self._socketio.on_event(contract.CANCEL, self.cancel_forecast)

    def request_forecast(self, asked: Any = None, *_: Any) -> dict[str, Any]:
        """Takes a forecast on."""
        client_id = _client_id()
        enter, send = self._enter(client_id), self._send(client_id)
        return self._asking.ask(asked, enter, send, client_id=client_id)

    def follow_forecast(self, asked: Any = None, *_: Any) -> dict[str, Any]:
        """Tells how a job ends, or ended."""
        client_id = _client_id()
        return self._asking.follow(asked, self._enter(client_id), self._send(client_id))

    def cancel_forecast(self, asked: Any = None, *_: Any) -> dict[str, Any]:
        """Ends a job."""
        return self._asking.cancel(asked)

    def _enter(self, client_id: str) -> Callable[[str], None]:
        return lambda room: self._socketio.server.enter_room(client_id, room)

    def _send(self, client_id: str) -> Callable[[str, dict[str, Any]], None]:
        return lambda event, told: self._socketio.emit(event, told, to=client_id)


def _client_id() -> str:
    return str(request.sid)  # type: ignore[attr-defined]


class AsyncAskHandlers:
    """The events of asked forecasts as coroutines.

    blocks: a forecast is made in its handler, which is in the event loop here (executor = inline);
    otherwise a thread takes the request on, since that may wait for Redis.
    """

    def __init__(self, server: AsgiServer, asking: Asking, *, blocks: bool) -> None:
        self._server = server
        self._asking = asking
        self._blocks = blocks

    def register(self) -> None:
        """Ties each handler to its event."""
        self._server.socketio.on(contract.ASK, self.request_forecast)
        self._server.socketio.on(contract.FOLLOW, self.follow_forecast)
        self._server.socketio.on(contract.CANCEL, self.cancel_forecast)

    async def request_forecast(self, client_id: str, asked: Any = None, *_: Any) -> Any:
        """Takes a forecast on."""
        enter, send = self._enter(client_id), self._send(client_id)
        act = partial(self._asking.ask, asked, enter, send, client_id=client_id)
        return act() if self._blocks else await asyncio.to_thread(act)

    async def follow_forecast(self, client_id: str, asked: Any = None, *_: Any) -> Any:
        """Tells how a job ends, or ended."""
        return await asyncio.to_thread(
            self._asking.follow, asked, self._enter(client_id), self._send(client_id)
        )

    async def cancel_forecast(self, _client_id: str, asked: Any = None, *_: Any) -> Any:
        """Ends a job."""
        return await asyncio.to_thread(self._asking.cancel, asked)

    def _enter(self, client_id: str) -> Callable[[str], None]:
        # The manager's own method, which the coroutine of the server calls: it waits for nothing.
        manager = self._server.socketio.manager
        return lambda room: manager.basic_enter_room(client_id, "/", room)

    def _send(self, client_id: str) -> Callable[[str, dict[str, Any]], None]:
        return lambda event, told: self._server.post(event, told, to=client_id)
