"""How a server that can run is kept from serving: slow handlers, stuck logging, no more threads.

Each of them is written as an application writes it, by accident.
"""

from __future__ import annotations

import ctypes
import logging
import secrets
import threading
from collections.abc import Callable
from typing import Any

import websocket

from granite_ws.edges.injector.stage import Act, Prepare, Scene, SceneAct, ServerStage
from granite_ws.edges.process import ChildProcess
from granite_ws.edges.store import read_events
from granite_ws.events import Kind

# Three times ping_timeout of the laboratory: whoever waits for a handler this long is lost.
_SLOW_S = 6.0
# A shipper of log lines takes 6 s for the line that holds this payload.
_PAYLOAD_BYTES, _SHIPPED_PER_S = 3_000_000, 500_000
_LONG_LINE = 10_000
# Lines of 250 bytes that fill a pipe of 64 KiB several times.
_CHATTER = 1_500
_LEAKED = 100
_LOOK_S = 0.05
# No other client of the session has this number.
_NEWCOMER = 9


def _slowly(stage: ServerStage, what: str) -> Callable[..., None]:
    """Work of ``_SLOW_S`` seconds that releases the interpreter lock: a query, say."""

    def query(*_: Any) -> None:
        begun = stage.recorder.clock.now_ns()
        stage.recorder.clock.sleep(_SLOW_S)
        stage.effect(what, (stage.recorder.clock.now_ns() - begun) / 1e9)

    return query


# ----------------------------------------------------------- where packets are read: handlers


def _add_slow_handler(stage: ServerStage) -> None:
    """For the event that the clients send when the runner orders it."""
    query = _slowly(stage, "seconds in the event handler")

    def analyse(*arguments: Any) -> None:
        query(*arguments)

    stage.socketio.on_event("analyse", analyse)


def _emit_with_slow_callback(stage: ServerStage, _seconds: float) -> None:
    query = _slowly(stage, "seconds in the callback")

    def confirmed(*arguments: Any) -> None:
        query(*arguments)

    manager = stage.socketio.server.manager
    for client_id, _ in tuple(manager.get_participants("/", None)):
        stage.socketio.emit("checkpoint", {"step": 1}, to=client_id, callback=confirmed)


def _slow_down_connect(stage: ServerStage) -> None:
    """As an application that reads its model when the first page asks for it."""
    handlers = stage.socketio.server.handlers["/"]
    greet = handlers["connect"]
    load = _slowly(stage, "seconds in the connect handler")

    def connect(*arguments: Any) -> Any:
        load()
        return greet(*arguments)

    handlers["connect"] = connect


def _slow_down_disconnect(stage: ServerStage) -> None:
    """As an application that writes its report when somebody leaves."""
    handlers = stage.socketio.server.handlers["/"]
    farewell = handlers["disconnect"]
    save = _slowly(stage, "seconds in the disconnect handler")

    def disconnect(*arguments: Any) -> Any:
        farewell(*arguments)
        save()

    handlers["disconnect"] = disconnect


def _lose_a_visitor(scene: Scene, seconds: float) -> None:
    """Somebody connects and is then never heard of again: a phone that left its network."""
    there = read_events(scene.events).of(Kind.LISTENING)[-1].data
    url = f"ws://{there['host']}:{there['port']}/socket.io/?EIO=4&transport=websocket"
    visitor = websocket.create_connection(url, timeout=5)
    try:
        visitor.recv()  # OPEN
        visitor.send("40")
        scene.over.wait(seconds)
    finally:
        visitor.shutdown()  # type: ignore[no-untyped-call]


# --------------------------------------------------------------------------------- logging


def _fill_the_pipe(scene: Scene, seconds: float) -> None:
    """The server talks, nobody listens; at the end somebody does."""
    scene.server.order(fault=scene.settings.fault, seconds=seconds)
    try:
        scene.over.wait(seconds)
    finally:
        scene.server.drain()


def _talk(stage: ServerStage, _seconds: float) -> None:
    """As an application that logs each step; measures for how long one line did not return."""
    logger = logging.getLogger("app.progress")
    clock = stage.recorder.clock
    longest = 0
    for step in range(_CHATTER):
        begun = clock.now_ns()
        logger.warning("step %d of %d: %s", step, _CHATTER, "." * 220)
        longest = max(longest, clock.now_ns() - begun)
    stage.effect("seconds that one line took", longest / 1e9)


class _Shipper(logging.Handler):
    """Sends lines to a collector over a line of half a megabyte a second."""

    def __init__(self, stage: ServerStage) -> None:
        super().__init__()
        self._stage = stage

    def emit(self, record: logging.LogRecord) -> None:
        """Takes as long as the line's size asks for."""
        size = len(self.format(record))
        if size > _LONG_LINE:
            seconds = size / _SHIPPED_PER_S
            self._stage.recorder.clock.sleep(seconds)
            self._stage.effect("seconds to log one payload", seconds)


def _add_shipper(stage: ServerStage) -> None:
    logging.getLogger().addHandler(_Shipper(stage))


def _emit_payload(stage: ServerStage, _seconds: float) -> None:
    stage.emit("embedding", {"text": secrets.token_hex(_PAYLOAD_BYTES // 2)})


# --------------------------------------------------------------------------------- threads


def _exhaust_threads(stage: ServerStage, seconds: float) -> None:
    """Threads that never end, and a system that gives the library no more; then all is well again.

    A real limit would do (it needs a user who is not root), but not safely: a process that is out
    of address space was seen to start a thread and to wait for ever for its first step.
    """
    done = threading.Event()
    leaked = [threading.Thread(target=done.wait, name="job", daemon=True) for _ in range(_LEAKED)]
    drivers, refused = stage.engineio._async, [0]

    def refuse(**_: Any) -> None:
        refused[0] += 1
        raise RuntimeError("can't start new thread")

    for thread in leaked:
        thread.start()
    stage.engineio._async = {**drivers, "thread": refuse}
    try:
        done.wait(seconds)
    finally:
        stage.engineio._async = drivers
        done.set()
        for thread in leaked:
            thread.join()
    stage.effect("threads refused", refused[0])


# ------------------------------------------------------------------- who connects meanwhile


def _connect_meanwhile(scene: Scene, seconds: float) -> None:
    """The server stands still; a Python client comes and finds nobody to answer."""
    fault = scene.settings.fault
    scene.server.order(fault=fault, seconds=seconds)
    _wait_for_begin(scene, seconds)
    probe: ChildProcess = scene.probes["python"]
    probe.order(fault=fault, act="connect", kinds=["python"], client=_NEWCOMER)
    scene.over.wait(seconds)


def _wait_for_begin(scene: Scene, seconds: float) -> None:
    """Returns when the server has begun to carry the order out: it says so after the runner."""
    clock = scene.recorder.clock
    deadline = clock.now_ns() + int(seconds * 1e9)
    while len(read_events(scene.events).of(Kind.FAULT_BEGUN)) < 2:
        if scene.over.wait(_LOOK_S) or clock.now_ns() > deadline:
            return


def _stand_still(stage: ServerStage, seconds: float) -> None:
    begun = stage.recorder.clock.now_ns()
    ctypes.PyDLL(None).usleep(int(seconds * 1e6))
    stage.effect("seconds stood still", (stage.recorder.clock.now_ns() - begun) / 1e9)


PREPARE: dict[str, Prepare] = {  # in the server, before it listens
    "sync_handlers_block_receive": _add_slow_handler,
    "slow_connect_handler": _slow_down_connect,
    "slow_disconnect_handler": _slow_down_disconnect,
    "payload_logging_cost": _add_shipper,
}
ACTS: dict[str, Act] = {  # in the server, on the runner's order
    "ack_callback_blocks_receive": _emit_with_slow_callback,
    "slow_connect_handler": lambda _stage, _seconds: None,  # stands from the start
    "log_pipe_full": _talk,
    "payload_logging_cost": _emit_payload,
    "thread_exhaustion": _exhaust_threads,
    "pyclient_connect_timeout": _stand_still,
}
SCENES: dict[str, SceneAct] = {  # in the runner
    "slow_disconnect_handler": _lose_a_visitor,
    "log_pipe_full": _fill_the_pipe,
    "pyclient_connect_timeout": _connect_meanwhile,
}
