"""The probe's asyncio clients: many in one event loop, as in a notebook's kernel.

    python -m granite_ws.edges.probe_async URL EVENTS --clients N --transport websocket

As ``probe``, with python-socketio's AsyncClient on aiohttp, whose limits stay at their defaults
(a message of more than 4 MiB ends the connection).
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

import socketio

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
)
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.stalls import BEAT_S, StallMonitor
from granite_ws.edges.wiretap import tap_async_client
from granite_ws.events import Kind, Witness
from granite_ws.loads import Load

KIND = "python-async"


class AsyncProbeClient:
    """One client: connects, counts, measures, and reconnects as the library does."""

    def __init__(
        self, number: int, recorder: Recorder, *, starts: bool, request_timeout: float = 5
    ) -> None:
        self.view = ClientView(number, KIND, recorder)
        self._starts = starts  # asks for the feed, once
        self._stops = False
        self._socket = socketio.AsyncClient(
            logger=self.view.logger("socketio"),
            engineio_logger=self.view.logger("engineio"),
            reconnection_delay_max=RECONNECTION_DELAY_MAX_S,
            request_timeout=request_timeout,
            handle_sigint=False,
        )
        self._engine = self._socket.eio
        tap_async_client(self._engine, recorder, number)
        self._tap_engine()
        self._socket.on("connect", self._connected)
        self._socket.on("disconnect", self._disconnected)
        self._socket.on("connect_error", self.view.refused)
        self._asker: Asker | None = None

    def asks(self, load: Load, options: Any, loop: asyncio.AbstractEventLoop) -> None:
        """From its first connection on it asks for forecasts, from a thread beside the loop."""

        def emit(event: str, data: dict[str, Any], ack: Callable[..., None]) -> None:
            asyncio.run_coroutine_threadsafe(self._socket.emit(event, data, callback=ack), loop)

        self._asker = asker = Asker(
            self.view,
            load,
            options,
            emit=emit,
            is_connected=lambda: bool(self._socket.connected),
        )
        self._socket.on(contract.FORECAST, asker.answered)
        self._socket.on(contract.FORECAST_ERROR, asker.answered)

    async def connect(self, url: str, transport: str, *, wait_timeout: float) -> None:
        """Connects, or records why not and lets the library try again."""
        try:
            await self._socket.connect(
                url, transports=TRANSPORTS[transport], retry=True, wait_timeout=wait_timeout
            )
        except (socketio.exceptions.ConnectionError, ValueError) as error:
            self.view.refused(error)

    async def emit(self, event: str, text: str, count: int) -> None:
        """Sends the same message so many times, as fast as the library takes them."""
        for _ in range(count):
            await self._socket.emit(event, text)

    async def disconnect(self) -> None:
        """Leaves as an application does that calls ``disconnect`` too early."""
        self.view.record(Kind.DISCONNECT_CALLED, thread=threading.current_thread().name)
        await self._socket.disconnect()

    async def close(self) -> None:
        """Leaves on purpose: the closing is the client's own, not a drop."""
        self.view.own_closing = True
        if self._asker is not None:
            self._asker.stop()
        if self._socket._reconnect_abort is not None:
            self._socket._reconnect_abort.set()
        if self._stops and self._socket.connected:
            # Confirmed, since what is still queued when a connection closes is lost.
            with suppress(socketio.exceptions.SocketIOError):
                await self._socket.call(contract.STOP, timeout=STOPPING_S)
        await self._socket.disconnect()

    # ------------------------------------------------------------------------ what it sees

    async def _connected(self) -> None:
        self.view.connected(self._engine, client_id=self._socket.get_sid())
        if self._starts:
            self._starts, self._stops = False, True
            await self._socket.emit(contract.START)
        if self._asker is not None:
            self._asker.start()

    async def _disconnected(self, reason: str) -> None:
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

        async def tapped_connect() -> None:
            self.view.opened(self._engine.sid)
            await connect()

        async def tapped_message(data: Any) -> None:
            self.view.message(data)
            await message(data)

        async def tapped_disconnect(reason: str) -> None:
            await disconnect(reason)
            self.view.engine_ended(reason, close_code=self._close_code())

        self._engine.on("connect", tapped_connect)
        self._engine.on("message", tapped_message)
        self._engine.on("disconnect", tapped_disconnect)


class AsyncProbe:
    """All clients of this process in its one loop, and what the runner may order them to do."""

    def __init__(self, options: Any, recorder: Recorder, loop: asyncio.AbstractEventLoop) -> None:
        self._options = options
        self._recorder = recorder
        self._loop = loop
        self.clients: dict[int, AsyncProbeClient] = {}
        for number in range(options.first, options.first + options.clients):
            self.add(number)

    def add(self, number: int) -> AsyncProbeClient:
        """One more client, not yet connected."""
        options = self._options
        starts = options.start and number == options.first
        client = AsyncProbeClient(
            number, self._recorder, starts=starts, request_timeout=options.request_timeout
        )
        self.clients[number] = client
        load = load_of(options)
        if load is not None:
            client.asks(load, options, self._loop)
        return client

    async def connect(self, client: AsyncProbeClient, wait_timeout: float | None = None) -> None:
        """Connects one client as the command line says."""
        options = self._options
        wait = options.wait_timeout if wait_timeout is None else wait_timeout
        await client.connect(options.url, options.transport, wait_timeout=wait)

    def acts(self) -> dict[str, ClientAct]:
        """What can be ordered, ready to be called from the thread that hears the orders."""
        return {
            "emit": self._in_loop(self._emit),
            "disconnect": self._in_loop(self._disconnect),
            "connect": self._in_loop(self._connect_more),
            "notebook_loop_blocked": self._in_loop(self._block),
        }

    def _in_loop(
        self, act: Callable[[Order], Coroutine[Any, Any, tuple[str, float]]]
    ) -> ClientAct:
        return lambda order: asyncio.run_coroutine_threadsafe(act(order), self._loop).result()

    async def _emit(self, order: Order) -> tuple[str, float]:
        count, text = int(order.get("count", 1)), payload(order)
        await chosen(self.clients, order).emit(order.get("event", "payload"), text, count)
        return "messages sent", count

    async def _disconnect(self, order: Order) -> tuple[str, float]:
        await chosen(self.clients, order).disconnect()
        return "clients disconnected", 1

    async def _connect_more(self, order: Order) -> tuple[str, float]:
        client = self.add(int(order.get("client", max(self.clients) + 1)))
        await self.connect(client, order.get("wait_timeout"))
        return "connections attempted", 1

    async def _block(self, order: Order) -> tuple[str, float]:
        """A cell that runs synchronous work in the kernel's own loop."""
        begun = self._recorder.clock.now_ns()
        self._recorder.clock.sleep(float(order.get("seconds", 0)))
        return "seconds with the loop blocked", (self._recorder.clock.now_ns() - begun) / 1e9


async def _beat(monitor: StallMonitor) -> None:
    monitor.begin()
    try:
        while True:
            await asyncio.sleep(BEAT_S)
            monitor.beat()
    finally:
        monitor.end()


async def _watch(options: Any, recorder: Recorder) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    facts, threshold_s = {"client_kind": KIND}, options.stall_threshold
    thread = StallMonitor("thread", recorder, threshold_s=threshold_s, facts=facts)
    own = StallMonitor("loop", recorder, threshold_s=threshold_s, facts=facts)
    heartbeat, beating = beat_thread(thread), asyncio.create_task(_beat(own))
    probe = AsyncProbe(options, recorder, loop)
    orders = ClientOrders(KIND, Recorder(Witness.INJECTOR, options.events), probe.acts())
    listen(orders.carry_out)
    arriving = [asyncio.create_task(probe.connect(c)) for c in probe.clients.values()]
    await over.wait()
    for task in arriving:
        task.cancel()
    leaving = [asyncio.create_task(client.close()) for client in probe.clients.values()]
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.gather(*leaving, return_exceptions=True), LEAVING_S)
    thread.stop()
    beating.cancel()
    with suppress(asyncio.CancelledError):
        await beating
    heartbeat.join(1)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line of the process of asyncio clients."""
    options = read_options("probe_async", arguments)
    asyncio.run(_watch_and_leave(options))


async def _watch_and_leave(options: Any) -> None:
    await _watch(options, Recorder(Witness.PROBE, options.events))
    # Tasks of the library may still wait for their timeouts; every event is already on disk.
    os._exit(0)


if __name__ == "__main__":
    main()
