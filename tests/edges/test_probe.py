"""The process of sync Python clients, against a real server."""

from __future__ import annotations

from pathlib import Path

from granite_ws.events import Kind
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


def test_nobody_listens(tmp_path: Path) -> None:
    """Each attempt is recorded with its error, and the library goes on trying."""
    assert {1} == {event.data["client"] for event in lab.refused(KIND, tmp_path)}
