"""Who is connected: the events of coming and leaving, the same in every async mode."""

from __future__ import annotations

import threading
from typing import Any

from granite_ws.edges.processing import Processing
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Kind


class Attendance:
    """Records who came, was greeted and left. ``sid`` is the Engine.IO id below a client's id."""

    def __init__(self, processing: Processing, recorder: Recorder) -> None:
        self._processing = processing
        self._record = recorder.record
        self._now_ns = recorder.clock.now_ns
        self._connected_at: dict[str, int] = {}

    def came(self, client_id: str, sid: str | None) -> dict[str, Any]:
        """Records a new client; returns the greeting that is due to it."""
        self._connected_at[client_id] = self._now_ns()
        self._record(Kind.CLIENT_CONNECTED, sid=sid, client_id=client_id)
        return {"message": "Connected to granite_ws", "status": True, "client_id": client_id}

    def greeted(self, client_id: str, sid: str | None) -> None:
        """Records that the greeting was handed to the library."""
        self._record(Kind.GREETING_SENT, sid=sid, client_id=client_id)

    def not_greeted(self, client_id: str, sid: str | None, error: Exception) -> None:
        """Records why there was no greeting."""
        self._record(Kind.GREETING_FAILED, sid=sid, client_id=client_id, error=str(error))

    def left(self, client_id: str, sid: str | None, reason: str) -> None:
        """Records who left, the server's reason, and the figures at that moment.

        The thread's name says who noticed: the service task, the receive loop, or an emitter; or
        that it was the event loop, which does all of it.
        """
        since = self._connected_at.pop(client_id, self._now_ns())
        self._record(
            Kind.CLIENT_DISCONNECTED,
            sid=sid,
            client_id=client_id,
            reason=reason,
            connected_s=(self._now_ns() - since) / 1e9,
            thread=threading.current_thread().name,
            clients=len(self._connected_at),
            **self._processing.counts(),
        )
