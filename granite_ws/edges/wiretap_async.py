"""The taps of an asyncio server: those of ``wiretap`` and ``server_taps`` where they must await.

They sit on python-engineio's AsyncSocket and AsyncServer (read at 4.15) and change nothing there.
Messages, calls of ``disconnect`` and the libraries' lines need no twin: python-socketio encodes
and logs the same way in every mode.
"""

from __future__ import annotations

from typing import Any

from engineio import packet

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.server_taps import record_refusal, too_large
from granite_ws.edges.wiretap import TappedSockets, advertised
from granite_ws.events import Kind


class TappedAsyncSockets(TappedSockets):
    """The server's table of sockets by sid; every AsyncSocket that enters it is tapped."""

    def __setitem__(self, sid: str, socket: Any) -> None:
        _tap_async_socket(socket, self._recorder, self.queued_ns)
        _tap_async_websocket(socket, self._recorder)
        dict.__setitem__(self, sid, socket)


def tap_async_server(engineio_server: Any, recorder: Recorder) -> TappedAsyncSockets:
    """Records HANDSHAKE, PING_QUEUED, PING_WRITTEN, PONG_RECEIVED, WEBSOCKET_ENDED of each client.

    Call it before the first client comes.
    """
    engineio_server.sockets = sockets = TappedAsyncSockets(recorder)
    return sockets


def _tap_async_socket(socket: Any, recorder: Recorder, queued_ns: dict[str, int]) -> None:
    send, receive, poll = socket.send, socket.receive, socket.poll

    async def tapped_send(pkt: Any) -> None:
        if pkt.packet_type == packet.OPEN:
            recorder.record(Kind.HANDSHAKE, sid=socket.sid, **advertised(pkt.data))
        elif pkt.packet_type == packet.PING:
            waiting = socket.queue.qsize()
            queued = recorder.record(Kind.PING_QUEUED, sid=socket.sid, waiting=waiting)
            queued_ns[socket.sid] = queued.at_ns
        await send(pkt)

    async def tapped_receive(pkt: Any) -> None:
        if pkt.packet_type == packet.PONG:
            recorder.record(Kind.PONG_RECEIVED, sid=socket.sid)
            queued_ns.pop(socket.sid, None)
        await receive(pkt)

    async def tapped_poll() -> list[Any]:
        packets: list[Any] = await poll()
        if any(pkt.packet_type == packet.PING for pkt in packets):
            recorder.record(Kind.PING_WRITTEN, sid=socket.sid)
        return packets

    socket.send, socket.receive, socket.poll = tapped_send, tapped_receive, tapped_poll


def _tap_async_websocket(socket: Any, recorder: Recorder) -> None:
    """Records WEBSOCKET_ENDED with the close codes of both sides.

    ``close_code`` stands in the ASGI message that python-engineio turns into an OSError; uvicorn
    puts 1005 there when the connection was lost, whatever the reason. ``sent_code`` and
    ``sent_message`` are what this server itself closed with: 1011 "keepalive ping timeout" names
    uvicorn's own heartbeat, which logs nothing.
    """
    handle = socket._websocket_handler

    async def tapped(websocket: Any) -> Any:
        ending: dict[str, Any] = {}
        refused: dict[str, int] = {}
        asgi_receive = websocket.asgi_receive

        async def watched() -> Any:
            message = await asgi_receive()
            if message["type"] == "websocket.disconnect":
                ending.update(message)
            refused.update(too_large(message.get("text") or message.get("bytes"), socket))
            return message

        websocket.asgi_receive = watched
        try:
            return await handle(websocket)
        finally:
            recorder.record(
                Kind.WEBSOCKET_ENDED,
                sid=socket.sid,
                close_code=ending.get("code"),
                message=str(ending.get("reason") or ""),
                **_close_sent(asgi_receive),
                **refused,
            )

    socket._websocket_handler = tapped


def _close_sent(asgi_receive: Any) -> dict[str, Any]:
    """The close frame that uvicorn sent: ``receive`` is a method of its protocol object."""
    connection = getattr(getattr(asgi_receive, "__self__", None), "conn", None)
    sent = getattr(connection, "close_sent", None)
    return {} if sent is None else {"sent_code": int(sent.code), "sent_message": sent.reason}


def tap_async_requests(engineio_server: Any, recorder: Recorder) -> None:
    """Records REQUEST_REFUSED for every request that Engine.IO answers with 4xx or 5xx."""
    make_response = engineio_server._make_response

    async def tapped(response: dict[str, Any], environ: dict[str, Any]) -> Any:
        if response["status"][:1] in "45":
            record_refusal(recorder, environ, response["status"])
        return await make_response(response, environ)

    engineio_server._make_response = tapped
