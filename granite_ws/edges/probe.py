"""The probe: Python Socket.IO clients in a process of their own that write down what they see.

    python -m granite_ws.edges.probe URL EVENTS --clients N --transport websocket

The first client asks for the processing to start, and to stop. SIGTERM ends the probe: it closes
its own connections, and those closings are marked as its own.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading
from pathlib import Path
from typing import Any

import socketio

from granite_ws import contract
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.wiretap import tap_client
from granite_ws.events import Kind, Witness

_TRANSPORTS = {
    "websocket": ["websocket"],
    "polling": ["polling"],
    "upgrade": ["polling", "websocket"],
}
_TELLING = ("abort", "error", "failed", "lost")


class ProbeClient:
    """One client: connects, counts, measures, and reconnects as the library does."""

    def __init__(self, number: int, recorder: Recorder) -> None:
        self.number = number
        self.own_closing = False
        self._recorder = recorder
        self._last_log: str | None = None
        self._sid: str | None = None
        self._socket = socketio.Client(
            logger=self._listen("socketio"), engineio_logger=self._listen("engineio")
        )
        tap_client(self._socket.eio, recorder, number)
        self._tap_messages()
        self._socket.on("connect", self._connected)
        self._socket.on("disconnect", self._disconnected)
        self._socket.on("connect_error", self._refused)

    def connect(self, url: str, transport: str) -> None:
        """Connects, or records why not and lets the library try again."""
        try:
            self._socket.connect(
                url, transports=_TRANSPORTS[transport], retry=True, wait_timeout=10
            )
        except socketio.exceptions.ConnectionError as error:
            self._recorder.record(Kind.CONNECT_FAILED, client=self.number, error=str(error))

    def start_processing(self) -> None:
        """Asks the server to feed, where connected."""
        if self._socket.connected:
            self._socket.emit(contract.START)

    def stop_processing(self) -> None:
        """Ends what it asked for, where still connected: its leaving takes seconds."""
        if self._socket.connected:
            self._socket.emit(contract.STOP)

    def close(self) -> None:
        """Leaves on purpose: the closing is the client's own, not a drop."""
        self.own_closing = True
        self._socket.disconnect()

    # ------------------------------------------------------------------------ what it sees

    def _connected(self) -> None:
        self._sid = self._socket.eio.sid
        self._recorder.record(
            Kind.CONNECTED,
            sid=self._sid,
            client=self.number,
            client_id=self._socket.get_sid(),
            transport=self._socket.transport(),
            ping_interval_s=self._socket.eio.ping_interval,
            ping_timeout_s=self._socket.eio.ping_timeout,
        )

    def _disconnected(self, reason: str) -> None:
        self._recorder.record(
            Kind.DISCONNECTED,
            sid=self._sid,
            client=self.number,
            reason=str(reason),
            own=self.own_closing,
            last_log=self._last_log,
        )
        self._last_log = None

    def _refused(self, details: Any = None) -> None:
        self._recorder.record(Kind.CONNECT_FAILED, client=self.number, error=str(details))

    def _tap_messages(self) -> None:
        """Messages are measured as they arrive, before they are decoded into events."""
        handle = self._socket.eio.handlers["message"]

        def tapped(data: Any) -> None:
            self._message(data)
            handle(data)

        self._socket.eio.on("message", tapped)

    def _message(self, data: Any) -> None:
        size = len(data if isinstance(data, bytes) else str(data).encode())
        facts: dict[str, Any] = {"client": self.number, "bytes": size}
        if isinstance(data, str) and data.startswith("2["):
            event, *arguments = contract.StrictJson.loads(data[1:])
            facts["event"] = event
            facts["non_finite"] = contract.count_non_finite(arguments)
            if arguments and isinstance(arguments[0], dict):
                facts["iteration"] = arguments[0].get("iteration")
        self._recorder.record(Kind.MESSAGE_RECEIVED, sid=self._socket.eio.sid, **facts)

    def _listen(self, library: str) -> logging.Logger:
        """A logger of this client alone, whose telling lines become events."""
        logger = logging.getLogger(f"probe.{self.number}.{library}")
        logger.propagate = False
        logger.setLevel(logging.INFO)
        logger.addHandler(_Listener(self, library))
        return logger

    def heard(self, library: str, record: logging.LogRecord) -> None:
        """A line of the client library: kept when it may explain a drop."""
        text = record.getMessage()
        telling = record.levelno >= logging.WARNING or any(w in text.lower() for w in _TELLING)
        if not telling or text.startswith(("Received", "Sending", "Emitting")):
            return
        self._last_log = text[:500]
        self._recorder.record(
            Kind.CLIENT_LOG,
            sid=self._sid,
            client=self.number,
            logger=library,
            level=record.levelname,
            line=text[:500],
        )


class _Listener(logging.Handler):
    def __init__(self, client: ProbeClient, library: str) -> None:
        super().__init__()
        self._client = client
        self._library = library

    def emit(self, record: logging.LogRecord) -> None:
        self._client.heard(self._library, record)


def main(arguments: list[str] | None = None) -> None:
    """The command line of the probe process."""
    parser = argparse.ArgumentParser(prog="python -m granite_ws.edges.probe")
    parser.add_argument("url")
    parser.add_argument("events", type=Path)
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--transport", choices=sorted(_TRANSPORTS), default="websocket")
    options = parser.parse_args(arguments)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    signal.signal(signal.SIGINT, lambda *_: over.set())
    recorder = Recorder(Witness.PROBE, options.events)
    clients = [ProbeClient(number, recorder) for number in range(1, options.clients + 1)]
    for client in clients:
        client.connect(options.url, options.transport)
    clients[0].start_processing()
    recorder.clock.wait(over)
    clients[0].stop_processing()
    # Side by side: a closing handshake may take the library three seconds.
    leaving = [threading.Thread(target=client.close) for client in clients]
    for thread in leaving:
        thread.start()
    for thread in leaving:
        thread.join()
    # The libraries' reader threads are no daemons and may wait for their timeouts; every event is
    # already on disk.
    os._exit(0)


if __name__ == "__main__":
    main()
