"""What the Python client processes share, without a connection."""

from __future__ import annotations

import threading
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from granite_ws.edges.probe_process import (
    ClientOrders,
    chosen,
    payload,
    read_options,
    side_by_side,
)
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness


def test_the_defaults_are_one_client_that_starts() -> None:
    """Number 1, over WebSocket, which asks for the feed."""
    options = read_options("probe", ["http://x:1", "events"])
    assert (1, 1, True, "websocket") == (
        options.clients,
        options.first,
        options.start,
        options.transport,
    )
    assert not read_options("probe", ["u", "e", "--no-start"]).start


def told(tmp_path: Path, order: dict[str, Any], act: Any) -> list[tuple[Kind, Any]]:
    events = tmp_path / "events.jsonl"
    orders = ClientOrders("python", Recorder(Witness.INJECTOR, events), {"emit": act})
    try:
        orders.carry_out(order)
    finally:
        log = read_events(events)
    assert {Witness.INJECTOR} >= {event.witness for event in log}
    return [(event.kind, event.data["fault"]) for event in log]


def test_an_order_is_told_from_begin_to_end(tmp_path: Path) -> None:
    """Begun, its measured effect, ended, all under the fault's own name."""
    order = {"fault": "burst", "act": "emit", "kinds": ["python"]}
    assert [
        (Kind.FAULT_BEGUN, "burst"),
        (Kind.FAULT_EFFECT, "burst"),
        (Kind.FAULT_ENDED, "burst"),
    ] == told(tmp_path, order, lambda order: ("messages sent", 2))


@pytest.mark.parametrize("order", [{"fault": "other"}, {"fault": "emit", "kinds": ["node"]}])
def test_an_order_for_somebody_else_is_left_alone(tmp_path: Path, order: dict[str, Any]) -> None:
    """Neither done nor told."""
    assert [] == told(tmp_path, order, lambda order: pytest.fail("not for this kind"))


def test_an_order_that_fails_is_ended_without_an_effect(tmp_path: Path) -> None:
    """The error goes to whoever hears the orders."""

    def fail(order: Any) -> tuple[str, float]:
        raise KeyError("client")

    with pytest.raises(KeyError):
        told(tmp_path, {"fault": "emit"}, fail)
    kinds = [event.kind for event in read_events(tmp_path / "events.jsonl")]
    assert [Kind.FAULT_BEGUN, Kind.FAULT_ENDED] == kinds


def test_the_first_client_is_meant_unless_another_is_named() -> None:
    """A client of another process is a KeyError."""
    clients = {4: "d", 3: "c"}
    assert ("c", "d") == (chosen(clients, {}), chosen(clients, {"client": 4}))
    with pytest.raises(KeyError):
        chosen(clients, {"client": 1})


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1001, 50_000])
def test_a_payload_has_its_size_and_does_not_shrink(size: int) -> None:
    """ASCII, always the same; compression saves only what base64 adds."""
    text = payload({"bytes": size})
    assert size == len(text.encode("ascii"))
    assert text == payload({"bytes": size})
    assert len(zlib.compress(text.encode())) >= size * 0.74


def test_work_runs_side_by_side_until_it_is_over() -> None:
    """Two works that wait for each other both end; after the end none begins."""
    meeting, done = threading.Barrier(2), threading.Event()
    for thread in side_by_side([partial(meeting.wait, 10)] * 2, done):
        thread.join(10)
        assert not thread.is_alive()
    assert not meeting.broken
    done.set()
    assert 1 == len(side_by_side([lambda: None] * 5, done))
