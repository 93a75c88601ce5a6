"""What an injected fault may touch: the server from within, or all processes from outside."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from granite_ws.edges.process import ChildProcess
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Kind
from granite_ws.settings import Settings


@dataclass
class ServerStage:
    """Inside the server's process.

    socketio: Flask-SocketIO's object, or python-socketio's AsyncServer in asgi mode.
    emit:     ``emit(event, *data)`` to every client, in any mode and from any thread.
    loop:     the asyncio loop in asgi mode.
    recorder: writes as the injector, and never through a logger.
    """

    settings: Settings
    recorder: Recorder
    socketio: Any
    engineio: Any
    emit: Callable[..., Any]
    loop: Any = None

    def effect(self, what: str, amount: float) -> None:
        """Writes down what the fault measurably did; without this it does not count."""
        _write_effect(self.recorder, self.settings.fault, what, amount)


@dataclass
class Scene:
    """Outside of all processes: the runner's view.

    over: set when the session ends; whatever waits must wait on it, and then heal.
    """

    settings: Settings
    recorder: Recorder
    events: Path
    server: ChildProcess
    probes: dict[str, ChildProcess]
    relay: ChildProcess | None
    over: threading.Event
    restart_server: Callable[[], ChildProcess]

    def effect(self, what: str, amount: float) -> None:
        """Writes down what the fault measurably did; without this it does not count."""
        _write_effect(self.recorder, self.settings.fault, what, amount)


def _write_effect(recorder: Recorder, fault: str, what: str, amount: float) -> None:
    recorder.record(Kind.FAULT_EFFECT, fault=fault, what=what, amount=amount)


Act = Callable[[ServerStage, float], None]
Prepare = Callable[[ServerStage], None]
SceneAct = Callable[[Scene, float], None]
