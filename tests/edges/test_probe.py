"""The process of sync Python clients, against a real server."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from granite_ws.edges import probe
from granite_ws.edges.probe import ProbeClient
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Kind, Witness
from tests.edges import watched_client as lab

KIND = "python"


def test_a_quiet_session(tmp_path: Path) -> None:
    """Numbers, kind, heartbeat, message facts; the starter starts and stops; own closings."""
    lab.check_a_quiet_session(KIND, tmp_path)


def test_its_clock_is_everybodys_clock(tmp_path: Path) -> None:
    """The events' monotonic times compare with another process'; ``--no-start`` starts nothing."""
    lab.check_the_clock(KIND, tmp_path)


def test_it_takes_orders(tmp_path: Path) -> None:
    """connect, emit, disconnect; what is no order, or not for it, changes nothing."""
    lab.check_orders(KIND, tmp_path)


def test_a_server_that_disconnects(tmp_path: Path) -> None:
    """Python calls it ``server disconnect`` and stays away."""
    lab.check_a_thrown_out_client(KIND, tmp_path, "server disconnect")


def test_binary_messages_are_measured(tmp_path: Path) -> None:
    """Two attachments announced, and each measured as a message of its own."""
    lab.check_odd_payloads(KIND, tmp_path)


def test_nan_is_counted_and_accepted(tmp_path: Path) -> None:
    """Python's library reads NaN: one is counted (the text "NaN" is none), nothing is lost."""
    with lab.watched(KIND, tmp_path) as client:
        client.start("--no-start", "--transport", "upgrade")
        client.wait(Kind.CONNECTED)
        client.order(fault="nan", act="emit", event="say_nan")
        client.wait(Kind.MESSAGE_RECEIVED, 1, event="new_data", non_finite=1)
        client.wait(Kind.PONG_SENT, 2)
        assert () == client.log().of(Kind.DISCONNECTED)
        client.wait(Kind.CLIENT_LOG, 1, line="WebSocket upgrade was successful")


def test_whoever_hears_the_close_frame_wakes_the_other(tmp_path: Path) -> None:
    """An own closing does not wait in vain where the reader thread took the server's frame."""
    with lab.watched(KIND, tmp_path) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe, "_CLOSING_S", 60.0)
        client = ProbeClient(1, Recorder(Witness.PROBE, server.events), starts=False)
        client.connect(server.url, "websocket", wait_timeout=20)
        server.wait(Kind.CONNECTED)
        leaving = threading.Thread(target=client.close, daemon=True)
        leaving.start()
        leaving.join(30)
        assert not leaving.is_alive()
        ended = server.wait(Kind.DISCONNECTED)[0]
    assert ended.data["own"]


def test_nobody_listens(tmp_path: Path) -> None:
    """Each attempt is recorded with its error, and the library goes on trying."""
    assert {1} == {event.data["client"] for event in lab.refused(KIND, tmp_path)}
