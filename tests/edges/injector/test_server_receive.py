"""How a server that can run is kept from serving."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import engineio
import pytest
import websocket

from granite_ws.edges.injector import server_receive
from granite_ws.edges.injector.server_receive import ACTS, PREPARE, SCENES
from granite_ws.edges.injector.stage import Scene, ServerStage
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness
from granite_ws.faults.server_receive import FAULTS
from granite_ws.settings import Settings
from granite_ws.trial import run_trial
from tests.fake_clock import FakeClock

DEADLINE_S = 10.0


def pen(tmp_path: Path, clock: Any = None) -> Recorder:
    return Recorder(Witness.INJECTOR, tmp_path / "events.jsonl", clock=clock)


def stage(
    tmp_path: Path, *, clock: Any = None, socketio: Any = None, engine: Any = None
) -> ServerStage:
    return ServerStage(
        settings=Settings(fault="slow_connect_handler"),
        recorder=pen(tmp_path, clock or FakeClock()),
        socketio=socketio,
        engineio=engine,
        emit=lambda *_: None,
    )


def scene(tmp_path: Path, fault: str, calls: list[Any], *, is_over: bool = True) -> Scene:
    """A runner's view whose processes only note what is asked of them."""

    def child(role: str) -> Any:
        return SimpleNamespace(
            order=lambda **order: calls.append((role, order)),
            drain=lambda: calls.append((role, "drain")),
        )

    over = threading.Event()
    if is_over:
        over.set()
    return Scene(
        settings=Settings(fault=fault),
        recorder=Recorder(Witness.INJECTOR, tmp_path / "events.jsonl"),
        events=tmp_path / "events.jsonl",
        server=child("server"),
        probes={"python": child("probe")},
        relay=None,
        over=over,
        restart_server=lambda: child("server"),
    )


def effects(tmp_path: Path) -> list[float]:
    return [e.data["amount"] for e in read_events(tmp_path / "events.jsonl").of(Kind.FAULT_EFFECT)]


def with_handlers(**handlers: Callable[..., Any]) -> Any:
    return SimpleNamespace(server=SimpleNamespace(handlers={"/": dict(handlers)}))


def test_every_fault_of_the_group_can_be_carried_out() -> None:
    """In the server, from outside, or by the handler that the clients' order meets."""
    names = {fault.name for fault in FAULTS}
    assert names == {*PREPARE, *ACTS, *SCENES}


def test_a_slow_connect_handler_greets_in_the_end(tmp_path: Path) -> None:
    """Six seconds late, with its own result; the time is the effect."""
    socketio = with_handlers(connect=lambda *given: ("greeted", given))
    PREPARE["slow_connect_handler"](stage(tmp_path, socketio=socketio))
    assert ("greeted", ("sid", {})) == socketio.server.handlers["/"]["connect"]("sid", {})
    assert [6.0] == effects(tmp_path)


def test_a_slow_disconnect_handler_tells_first_and_saves_then(tmp_path: Path) -> None:
    """The application's own handler runs as before."""
    told: list[Any] = []
    socketio = with_handlers(disconnect=lambda *given: told.append(given))
    PREPARE["slow_disconnect_handler"](stage(tmp_path, socketio=socketio))
    socketio.server.handlers["/"]["disconnect"]("sid", "ping timeout")
    assert [("sid", "ping timeout")] == told
    assert [6.0] == effects(tmp_path)


def test_the_slow_handler_answers_the_event_that_clients_send(tmp_path: Path) -> None:
    """The name in the order is the name that is handled."""
    handlers: dict[str, Callable[..., Any]] = {}
    socketio = SimpleNamespace(on_event=handlers.__setitem__)
    PREPARE["sync_handlers_block_receive"](stage(tmp_path, socketio=socketio))
    fault = next(f for f in FAULTS if f.name == "sync_handlers_block_receive")
    handlers[fault.order["event"]]("data")
    assert [6.0] == effects(tmp_path)


def test_every_client_is_asked_for_an_acknowledgement(tmp_path: Path) -> None:
    """The callback is what is slow."""
    asked: dict[str, Callable[..., Any]] = {}

    def emit(_event: str, _data: Any, *, to: str, callback: Callable[..., Any]) -> None:
        asked[to] = callback

    manager = SimpleNamespace(get_participants=lambda *_: [("c1", "A"), ("c2", "B")])
    socketio = SimpleNamespace(server=SimpleNamespace(manager=manager), emit=emit)
    ACTS["ack_callback_blocks_receive"](stage(tmp_path, socketio=socketio), 0)
    assert ["c1", "c2"] == list(asked)
    asked["c1"]()
    assert [6.0] == effects(tmp_path)


def test_a_shipper_takes_its_time_for_payloads_only(tmp_path: Path) -> None:
    """Two seconds for a megabyte, nothing for an ordinary line."""
    PREPARE["payload_logging_cost"](stage(tmp_path))
    root = logging.getLogger()
    shipper = root.handlers[-1]
    try:
        for text in ("short", "x" * 1_000_000):
            shipper.handle(logging.LogRecord("a", logging.INFO, "", 0, text, None, None))
    finally:
        root.removeHandler(shipper)
    assert [2.0] == effects(tmp_path)


def test_the_payload_is_as_large_as_the_shipper_is_slow_for(tmp_path: Path) -> None:
    """Six seconds: three times ping_timeout."""
    emitted: list[Any] = []
    made = stage(tmp_path)
    made.emit = lambda *data: emitted.append(data)
    ACTS["payload_logging_cost"](made, 0)
    size = len(emitted[0][1]["text"])
    assert 6.0 == size / server_receive._SHIPPED_PER_S


def test_threads_are_refused_for_a_while_and_given_again(tmp_path: Path) -> None:
    """With CPython's own words; every leaked thread is let go."""
    server = engineio.Server(async_mode="threading")
    given = server._async["thread"]
    before = threading.active_count()
    made = stage(tmp_path, engine=server)
    act = threading.Thread(target=ACTS["thread_exhaustion"], args=(made, 0.5))
    act.start()
    deadline = time.monotonic() + DEADLINE_S
    while server._async["thread"] is given and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        server.start_background_task(print)
    act.join(DEADLINE_S)
    assert (given, before) == (server._async["thread"], threading.active_count())
    assert [1] == effects(tmp_path)


def test_talking_measures_the_slowest_line(tmp_path: Path) -> None:
    """Also where the pipe is read: then it is next to nothing, and the fault is void."""
    logger = logging.getLogger("app.progress")
    logger.propagate, logger.handlers = False, [logging.NullHandler()]
    try:
        ACTS["log_pipe_full"](stage(tmp_path), 0)
    finally:
        logger.propagate, logger.handlers = True, []
    assert [0.0] == effects(tmp_path)


def test_the_pipe_is_read_at_the_end_whatever_happens(tmp_path: Path) -> None:
    """A session that is over does not leave its server stuck."""
    calls: list[Any] = []
    SCENES["log_pipe_full"](scene(tmp_path, "log_pipe_full", calls), 8.0)
    assert [("server", {"fault": "log_pipe_full", "seconds": 8.0}), ("server", "drain")] == calls


def test_a_newcomer_is_sent_once_the_server_has_begun_to_stand_still(tmp_path: Path) -> None:
    """The server's own word comes second, after the runner's."""
    calls: list[Any] = []
    made = scene(tmp_path, "pyclient_connect_timeout", calls, is_over=False)
    for _ in range(2):
        made.recorder.record(Kind.FAULT_BEGUN, fault="pyclient_connect_timeout")
    SCENES["pyclient_connect_timeout"](made, 0.0)
    assert ["server", "probe"] == [role for role, _ in calls]
    assert ("connect", ["python"]) == (calls[1][1]["act"], calls[1][1]["kinds"])


def test_a_visitor_connects_and_is_taken_away(tmp_path: Path, monkeypatch: Any) -> None:
    """It never answers, and its socket is shut in the end."""
    said: list[Any] = []
    visitor = SimpleNamespace(
        recv=lambda: said.append("OPEN"),
        send=said.append,
        shutdown=lambda: said.append("shut"),
    )
    monkeypatch.setattr(
        websocket, "create_connection", lambda url, **_: said.append(url) or visitor
    )
    Recorder(Witness.SERVER, tmp_path / "events.jsonl").record(
        Kind.LISTENING, host="127.0.0.1", port=7
    )
    SCENES["slow_disconnect_handler"](scene(tmp_path, "slow_disconnect_handler", []), 9.0)
    url = "ws://127.0.0.1:7/socket.io/?EIO=4&transport=websocket"
    assert [url, "OPEN", "40", "shut"] == said


def test_standing_still_is_measured(tmp_path: Path) -> None:
    """By the clock, around the call that keeps the interpreter lock."""
    made = stage(tmp_path)
    made.recorder = Recorder(Witness.INJECTOR, tmp_path / "events.jsonl")
    ACTS["pyclient_connect_timeout"](made, 0.05)
    assert 0.05 <= effects(tmp_path)[0] < DEADLINE_S


def test_a_server_without_threads_is_named_blind(tmp_path: Path) -> None:
    """One real session: injected, effective, and diagnosed from the log alone."""
    trial = run_trial(
        "thread_exhaustion",
        out=tmp_path / "session",
        fault_seconds=2.5,
        duration_s=8,
        client_kinds="python",
    )
    # The JavaScript client, which the fault asks for, is left out: it is slow to start.
    assert "no node client lost its connection" == trial.void
    assert ("thread_exhaustion",) == trial.named
    assert not trial.verdict.unexplained
