"""The director: waits for its moment, then acts once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from granite_ws.edges.injector.director import Director
from granite_ws.edges.injector.stage import Scene
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Event, Kind, Witness
from granite_ws.faults import LAB
from granite_ws.settings import Settings
from tests.log_builder import connected, event, ping


class Heard:
    """A child process that only remembers its orders."""

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.told = threading.Event()

    def order(self, **order: Any) -> None:
        self.orders.append(order)
        self.told.set()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    events = tmp_path / "events.jsonl"
    events.touch()
    return events


def direct(path: Path, **changes: Any) -> tuple[Director, Heard, threading.Event]:
    settings = {**LAB, "fault": "gil_held_native", "fault_at_s": 0, "fault_seconds": 3}
    server, over = Heard(), threading.Event()
    scene = Scene(
        settings=Settings(**{**settings, "client_kinds": "python", **changes}),
        recorder=Recorder(Witness.INJECTOR, path),
        events=path,
        server=server,
        probes={},
        relay=None,
        over=over,
        restart_server=lambda: server,
    )
    director = Director(scene)
    director.start()
    return director, server, over


def write(path: Path, *events: Event) -> None:
    with path.open("a") as file:
        file.writelines(e.to_line() + "\n" for e in events)


def test_the_order_comes_after_the_first_clients_next_ping(path: Path) -> None:
    """A PING before the client is there does not count; the one after does."""
    director, server, over = direct(path)
    write(path, ping(0.5)[0], connected(1), event(1.5, Kind.PING_QUEUED, sid="B"))
    assert not server.told.wait(0.2)
    write(path, event(2, Kind.PING_QUEUED, sid="A"))
    assert server.told.wait(10)
    over.set()
    director.join(10)
    assert server.orders == [{"fault": "gil_held_native", "seconds": 3}]


def test_every_client_must_be_there_first(path: Path) -> None:
    """With two kinds, one client's PING is not enough."""
    director, server, over = direct(path, client_kinds="python,node")
    write(path, connected(1), event(2, Kind.PING_QUEUED, sid="A"))
    assert not server.told.wait(0.2)
    write(path, connected(3, sid="B", client=2), event(4, Kind.PING_QUEUED, sid="A"))
    assert server.told.wait(10)
    over.set()
    director.join(10)


def test_the_end_of_the_session_ends_the_waiting(path: Path) -> None:
    """No PING ever comes: the director leaves with the session, and nothing was done."""
    director, server, over = direct(path)
    over.set()
    director.join(10)
    assert not director.is_alive()
    assert server.orders == []
