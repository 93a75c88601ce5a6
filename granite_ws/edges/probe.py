"""The probe: Python Socket.IO clients in a process of their own that write down what they see.

    python -m granite_ws.edges.probe URL EVENTS --clients N --transport websocket

The first client asks for the processing to start, and to stop. SIGTERM ends the probe: it closes
its own connections, and those closings are marked as its own. Orders for faults come as JSON
lines on standard input.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import socketio
import websocket

from granite_ws import contract
from granite_ws.edges.asker import Asker, load_of
from granite_ws.edges.client_view import ClientView
from granite_ws.edges.orders import Order, listen
from granite_ws.edges.probe_process import (
    LEAVING_S,
    RECONNECTION_DELAY_MAX_S,
    STOPPING_S,
    TRANSPORTS,
    ClientAct,
    ClientOrders,
    beat_thread,
    chosen,
    payload,
    read_options,
    side_by_side,
)
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.stalls import StallMonitor
from granite_ws.edges.wiretap import tap_client
from granite_ws.events import Kind, Witness
from granite_ws.loads import Load

KIND = "python"
# How long (seconds) our own closing waits for the server's Close frame.
_CLOSING_S = 0.25
NO_CLOSE_FRAME = 1006  # RFC 6455, 7.1.5: what a connection that ended without one is said to have


class CodeKeepingWebSocket(websocket.WebSocket):
    """The library's WebSocket, which remembers how the server closed it."""

    close_code: int | None = None
    longest_wait_s: float | None = None

    def close(
        self, status: int = 1000, reason: str | bytes = b"", timeout: float | None = 3
    ) -> None:
        """As the library's, with a limit of our own (seconds) on its wait for a Close frame.

        It waits in vain where its reader thread has already taken that frame: three seconds for
        each leaving client.
        """
        if self.longest_wait_s is not None:
            timeout = min(self.longest_wait_s, 3 if timeout is None else timeout)
        super().close(status, reason, timeout)

    def recv_frame(self) -> Any:
        """As the library's; a Close frame, or an end without one, leaves its code."""
        try:
            frame: Any = super().recv_frame()  # type: ignore[no-untyped-call]
        except websocket.WebSocketTimeoutException:
            raise
        except (websocket.WebSocketConnectionClosedException, OSError):
            self.close_code = self.close_code or NO_CLOSE_FRAME
            raise
        if frame.opcode == websocket.ABNF.OPCODE_CLOSE and len(frame.data) >= 2:
            self.close_code = int.from_bytes(frame.data[:2], "big")
        if frame.opcode == websocket.ABNF.OPCODE_CLOSE and self.longest_wait_s is not None:
            self._wake()
        return frame

    def _wake(self) -> None:
        """While it leaves, ``close`` and the reader thread both wait for this one frame."""
        sock = self.sock
        if sock is not None:
            with suppress(OSError):  # whoever was faster has closed it
                sock.shutdown(socket.SHUT_RD)


class ProbeClient:
    """One client: connects, counts, measures, and reconnects as the library does."""

    def __init__(
        self, number: int, recorder: Recorder, *, starts: bool, request_timeout: float = 5
    ) -> None:
        self.view = ClientView(number, KIND, recorder)
        self._starts = starts  # asks for the feed, once
        self._stops = False
        self._socket = socketio.Client(
            logger=self.view.logger("socketio"),
            engineio_logger=self.view.logger("engineio"),
            reconnection_delay_max=RECONNECTION_DELAY_MAX_S,
            request_timeout=request_timeout,
            handle_sigint=False,
            websocket_extra_options={"class_": CodeKeepingWebSocket},
        )
        self._engine = self._socket.eio
        tap_client(self._engine, recorder, number)
        self._tap_engine()
        self._socket.on("connect", self._connected)
        self._socket.on("disconnect", self._disconnected)
        self._socket.on("connect_error", self.view.refused)
        self._asker: Asker | None = None

    def asks(self, load: Load, options: Any) -> None:
        """From its first connection on it asks for forecasts."""
        self._asker = asker = Asker(
            self.view,
            load,
            options,
            emit=lambda event, data, ack: self._socket.emit(event, data, callback=ack),
            is_connected=lambda: bool(self._socket.connected),
        )
        self._socket.on(contract.FORECAST, asker.answered)
        self._socket.on(contract.FORECAST_ERROR, asker.answered)

    def connect(self, url: str, transport: str, *, wait_timeout: float) -> None:
        """Connects, or records why not and lets the library try again."""
        try:
            self._socket.connect(
                url, transports=TRANSPORTS[transport], retry=True, wait_timeout=wait_timeout
            )
        except (socketio.exceptions.ConnectionError, ValueError) as error:
            self.view.refused(error)

    def emit(self, event: str, text: str, count: int) -> None:
        """Sends the same message so many times, as fast as the library takes them."""
        for _ in range(count):
            self._socket.emit(event, text)

    def disconnect(self) -> None:
        """Leaves as an application does that calls ``disconnect`` too early."""
        self.view.record(Kind.DISCONNECT_CALLED, thread=threading.current_thread().name)
        self._socket.disconnect()

    def close(self) -> None:
        """Leaves on purpose: the closing is the client's own, not a drop."""
        self.view.own_closing = True
        if self._asker is not None:
            self._asker.stop()
        if self._socket._reconnect_abort is not None:
            self._socket._reconnect_abort.set()
        if self._stops and self._socket.connected:
            # Confirmed, since what is still queued when a connection closes is lost.
            with suppress(socketio.exceptions.SocketIOError):
                self._socket.call(contract.STOP, timeout=STOPPING_S)
        if isinstance(self._engine.ws, CodeKeepingWebSocket):
            self._engine.ws.longest_wait_s = _CLOSING_S
        self._socket.disconnect()

    # ------------------------------------------------------------------------ what it sees

    def _connected(self) -> None:
        self.view.connected(self._engine, client_id=self._socket.get_sid())
        if self._starts:
            self._starts, self._stops = False, True
            self._socket.emit(contract.START)
        if self._asker is not None:
            self._asker.start()

    def _disconnected(self, reason: str) -> None:
        self.view.disconnected(reason, close_code=self._close_code())

    def _close_code(self) -> int | None:
        code: int | None = getattr(self._engine.ws, "close_code", None)
        return code

    def _tap_engine(self) -> None:
        """Messages are measured as they arrive, before they are decoded into events."""
        handlers = self._engine.handlers
        connect, message, disconnect = (
            handlers[name] for name in ("connect", "message", "disconnect")
        )

        def tapped_connect() -> None:
            self.view.opened(self._engine.sid)
            connect()

        def tapped_message(data: Any) -> None:
            self.view.message(data)
            message(data)

        def tapped_disconnect(reason: str) -> None:
            disconnect(reason)
            self.view.engine_ended(reason, close_code=self._close_code())

        self._engine.on("connect", tapped_connect)
        self._engine.on("message", tapped_message)
        self._engine.on("disconnect", tapped_disconnect)


class Probe:
    """All clients of this process, and what the runner may order them to do."""

    def __init__(self, options: Any, recorder: Recorder) -> None:
        self._options = options
        self._recorder = recorder
        self.clients: dict[int, ProbeClient] = {}
        for number in range(options.first, options.first + options.clients):
            self.add(number)

    def add(self, number: int) -> ProbeClient:
        """One more client, not yet connected."""
        options = self._options
        starts = options.start and number == options.first
        client = ProbeClient(
            number, self._recorder, starts=starts, request_timeout=options.request_timeout
        )
        self.clients[number] = client
        load = load_of(options)
        if load is not None:
            client.asks(load, options)
        return client

    def connect(self, client: ProbeClient, wait_timeout: float | None = None) -> None:
        """Connects one client as the command line says."""
        options = self._options
        wait = options.wait_timeout if wait_timeout is None else wait_timeout
        client.connect(options.url, options.transport, wait_timeout=wait)

    def acts(self) -> dict[str, ClientAct]:
        """What can be ordered."""
        return {"emit": self._emit, "disconnect": self._disconnect, "connect": self._connect_more}

    def _emit(self, order: Order) -> tuple[str, float]:
        count = int(order.get("count", 1))
        chosen(self.clients, order).emit(order.get("event", "payload"), payload(order), count)
        return "messages sent", count

    def _disconnect(self, order: Order) -> tuple[str, float]:
        chosen(self.clients, order).disconnect()
        return "clients disconnected", 1

    def _connect_more(self, order: Order) -> tuple[str, float]:
        client = self.add(int(order.get("client", max(self.clients) + 1)))
        self.connect(client, order.get("wait_timeout"))
        return "connections attempted", 1


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line of the probe process."""
    options = read_options("probe", arguments)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    signal.signal(signal.SIGINT, lambda *_: over.set())
    recorder = Recorder(Witness.PROBE, options.events)
    monitor = StallMonitor(
        "thread", recorder, threshold_s=options.stall_threshold, facts={"client_kind": KIND}
    )
    heartbeat = beat_thread(monitor)
    probe = Probe(options, recorder)
    orders = ClientOrders(KIND, Recorder(Witness.INJECTOR, options.events), probe.acts())
    listen(orders.carry_out)
    side_by_side([partial(probe.connect, client) for client in probe.clients.values()], over)
    recorder.clock.wait(over)
    # Side by side: a closing handshake may take the library three seconds.
    deadline = recorder.clock.now_ns() + int(LEAVING_S * 1e9)
    for thread in side_by_side([c.close for c in probe.clients.values()], threading.Event()):
        thread.join(max(0.0, (deadline - recorder.clock.now_ns()) / 1e9))
    monitor.stop()
    heartbeat.join(1)
    # The libraries' reader threads are no daemons and may wait for their timeouts; every event is
    # already on disk.
    os._exit(0)


if __name__ == "__main__":
    main()
