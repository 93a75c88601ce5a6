"""Taps that see Engine.IO packets pass on the server and on the Python client.

Both sides are tapped at the packet methods of python-engineio (read at 4.15), without touching
what they do. Nothing here writes to the libraries' loggers.
"""

from __future__ import annotations

from typing import Any

from engineio import packet

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.server_taps import tap_posts, tap_websocket
from granite_ws.events import Kind

# A PONG takes milliseconds on a healthy line; one that takes this share of ping_timeout is looked
# into while it is still due.
OVERDUE_SHARE = 0.5
# A disconnect handler takes milliseconds; one that takes this long is looked into (seconds).
CLOSING_S = 1.0


class TappedSockets(dict[str, Any]):
    """The server's table of sockets by sid; every socket that enters it is tapped.

    python-engineio creates its sockets itself, and stores each here before it sends the OPEN
    packet: the one moment at which a tap misses nothing.
    """

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder
        self.queued_ns: dict[str, int] = {}  # sids whose PONG is due, and since when
        self.ponged_ns: dict[str, int] = {}  # sids whose next PING is to come, and since when
        self.closing_ns: dict[str, int] = {}  # sids that are being closed, and since when

    def __setitem__(self, sid: str, socket: Any) -> None:
        _tap_server_socket(socket, self._recorder, self)
        _tap_close(socket, self._recorder, self.closing_ns)
        tap_websocket(socket, self._recorder)
        tap_posts(socket, self._recorder)
        super().__setitem__(sid, socket)

    def __delitem__(self, sid: str) -> None:
        for waiting in (self.queued_ns, self.ponged_ns, self.closing_ns):
            waiting.pop(sid, None)
        super().__delitem__(sid)

    def overdue(self, ping_timeout_s: float) -> list[str]:
        """Sids whose PONG has been due for a good part of ``ping_timeout_s`` seconds."""
        now = self._recorder.clock.now_ns()
        return [
            sid
            for sid, queued in tuple(self.queued_ns.items())
            if (now - queued) / 1e9 > OVERDUE_SHARE * ping_timeout_s
        ]

    def unpinged(self, ping_interval_s: float, ping_timeout_s: float) -> list[str]:
        """Sids whose next PING should have been queued long ago, by as much as ``overdue`` says.

        Whoever read the last PONG never came to plan it, or the thread that should send it stands.
        """
        patience_s = ping_interval_s + OVERDUE_SHARE * ping_timeout_s
        now = self._recorder.clock.now_ns()
        return [
            sid
            for sid, ponged in tuple(self.ponged_ns.items())
            if (now - ponged) / 1e9 > patience_s and not self[sid].closed
        ]

    def slowly_closed(self) -> list[str]:
        """Sids whose closing takes longer than ``CLOSING_S``: it runs the disconnect handler."""
        now = self._recorder.clock.now_ns()
        return [
            sid for sid, begun in tuple(self.closing_ns.items()) if (now - begun) / 1e9 > CLOSING_S
        ]


def tap_server(engineio_server: Any, recorder: Recorder) -> TappedSockets:
    """Records HANDSHAKE, PING_QUEUED, PING_WRITTEN and PONG_RECEIVED of every client to come."""
    engineio_server.sockets = sockets = TappedSockets(recorder)
    return sockets


def _tap_server_socket(socket: Any, recorder: Recorder, sockets: TappedSockets) -> None:
    send, receive, poll = socket.send, socket.receive, socket.poll
    queued_ns, ponged_ns = sockets.queued_ns, sockets.ponged_ns

    def tapped_send(pkt: Any) -> None:
        if pkt.packet_type == packet.OPEN:
            recorder.record(Kind.HANDSHAKE, sid=socket.sid, **advertised(pkt.data))
        elif pkt.packet_type == packet.PING:
            queued = recorder.record(
                Kind.PING_QUEUED, sid=socket.sid, waiting=socket.queue.qsize()
            )
            queued_ns[socket.sid] = queued.at_ns
            ponged_ns.pop(socket.sid, None)
        send(pkt)

    def tapped_receive(pkt: Any) -> None:
        if pkt.packet_type == packet.PONG:
            ponged_ns[socket.sid] = recorder.record(Kind.PONG_RECEIVED, sid=socket.sid).at_ns
            queued_ns.pop(socket.sid, None)
        receive(pkt)

    def tapped_poll() -> list[Any]:
        packets: list[Any] = poll()
        # poll() hands packets to the writer: as close to "on the wire" as a tap can be without
        # changing the writer, which swallows every exception.
        if any(pkt.packet_type == packet.PING for pkt in packets):
            recorder.record(Kind.PING_WRITTEN, sid=socket.sid)
        return packets

    socket.send, socket.receive, socket.poll = tapped_send, tapped_receive, tapped_poll


def _tap_close(socket: Any, recorder: Recorder, closing_ns: dict[str, int]) -> None:
    close = socket.close

    def tapped(*arguments: Any, **options: Any) -> None:
        # Closing sends a packet, which may close again: the outermost call counts.
        if socket.closing or socket.closed:
            return close(*arguments, **options)
        closing_ns[socket.sid] = recorder.clock.now_ns()
        try:
            return close(*arguments, **options)
        finally:
            closing_ns.pop(socket.sid, None)

    socket.close = tapped


def tap_client(
    engineio_client: Any, recorder: Recorder, client: int, *, client_kind: str = "python"
) -> None:
    """Records PING_RECEIVED and PONG_SENT of one Python client, whose number is ``client``."""
    receive, send = engineio_client._receive_packet, engineio_client._send_packet
    facts = {"client": client, "client_kind": client_kind}

    def tapped_receive(pkt: Any) -> None:
        if pkt.packet_type == packet.PING:
            recorder.record(Kind.PING_RECEIVED, sid=engineio_client.sid, **facts)
        receive(pkt)

    def tapped_send(pkt: Any) -> None:
        send(pkt)
        if pkt.packet_type == packet.PONG:
            recorder.record(Kind.PONG_SENT, sid=engineio_client.sid, **facts)

    engineio_client._receive_packet, engineio_client._send_packet = tapped_receive, tapped_send


def tap_async_client(engineio_client: Any, recorder: Recorder, client: int) -> None:
    """As ``tap_client``, for the AsyncClient, whose packet methods are coroutines."""
    receive, send = engineio_client._receive_packet, engineio_client._send_packet
    facts = {"client": client, "client_kind": "python-async"}

    async def tapped_receive(pkt: Any) -> None:
        if pkt.packet_type == packet.PING:
            recorder.record(Kind.PING_RECEIVED, sid=engineio_client.sid, **facts)
        await receive(pkt)

    async def tapped_send(pkt: Any) -> None:
        await send(pkt)
        if pkt.packet_type == packet.PONG:
            recorder.record(Kind.PONG_SENT, sid=engineio_client.sid, **facts)

    engineio_client._receive_packet, engineio_client._send_packet = tapped_receive, tapped_send


def advertised(opening: dict[str, Any]) -> dict[str, Any]:
    """What the OPEN packet promises the client: believe the wire, not the configuration."""
    return {
        "ping_interval_s": opening["pingInterval"] / 1000,
        "ping_timeout_s": opening["pingTimeout"] / 1000,
        "max_payload_bytes": opening["maxPayload"],
    }
