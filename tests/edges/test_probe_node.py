"""The process of JavaScript clients, against a real server."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from granite_ws.events import Kind
from tests.edges import watched_client as lab

KIND = "node"


@pytest.fixture(autouse=True)
def _node() -> None:
    lab.needs_node()


def test_a_quiet_session(tmp_path: Path) -> None:
    """Numbers, kind, heartbeat, message facts; the starter starts and stops; own closings."""
    lab.check_a_quiet_session(KIND, tmp_path)


def test_its_clock_is_everybodys_clock(tmp_path: Path) -> None:
    """process.hrtime is CLOCK_MONOTONIC: its times compare with this process' own."""
    lab.check_the_clock(KIND, tmp_path)


def test_it_takes_orders(tmp_path: Path) -> None:
    """connect, emit, disconnect; what is no order, or not for it, changes nothing."""
    lab.check_orders(KIND, tmp_path)


def test_it_takes_orders_while_polling(tmp_path: Path) -> None:
    """The same over polling, where a POST that is too big ends the session."""
    lab.check_orders(KIND, tmp_path, "polling")


def test_a_server_that_disconnects(tmp_path: Path) -> None:
    """JavaScript calls it ``io server disconnect`` and stays away."""
    lab.check_a_thrown_out_client(KIND, tmp_path, "io server disconnect")


def test_binary_messages_are_measured(tmp_path: Path) -> None:
    """Two attachments announced, and each measured as a message of its own."""
    lab.check_odd_payloads(KIND, tmp_path)


def test_nan_ends_the_connection(tmp_path: Path) -> None:
    """``parse error`` with the parser's words, and a new session after it."""
    with lab.watched(KIND, tmp_path) as client:
        client.start("--no-start", "--transport", "upgrade")
        client.wait(Kind.CLIENT_LOG, 1, line="upgrade: websocket")
        client.order(fault="nan", act="emit", event="say_nan")
        client.wait(Kind.MESSAGE_RECEIVED, 1, event="new_data", non_finite=1)
        ended = client.wait(Kind.DISCONNECTED)[0]
        client.wait(Kind.CONNECTED, 2)
    assert ("parse error", {"message": "invalid payload"}, False) == (
        ended.data["reason"],
        ended.data["details"],
        ended.data["own"],
    )


def test_a_busy_main_thread_stalls_the_loop(tmp_path: Path) -> None:
    """``js_main_thread_blocked``: the beat is late and the processor was busy meanwhile."""
    with lab.watched(KIND, tmp_path) as client:
        client.start("--no-start", "--stall-threshold", "0.4")
        client.wait(Kind.CONNECTED)
        client.order(fault="js_main_thread_blocked", seconds=0.8)
        ended = client.wait(Kind.FAULT_ENDED)[0]
        stall = client.wait(Kind.STALL)[0]
    assert "loop" == stall.data["monitor"]
    assert stall.data["began_ns"] < client.log().of(Kind.FAULT_BEGUN)[0].at_ns < ended.at_ns
    assert stall.data["seconds"] > 0.7
    # A busy machine gives the thread less than a whole core; what it lacked, it waited for.
    assert stall.data["cpu_s"] + stall.data["waited_s"] > 0.6
    assert abs(stall.data["wall_minus_monotonic_s"]) < 0.1


def test_nobody_listens(tmp_path: Path) -> None:
    """Each attempt is recorded with its error, and the library goes on trying."""
    errors = {event.data["error"] for event in lab.refused(KIND, tmp_path)}
    assert {"websocket error (connect ECONNREFUSED 127.0.0.1:9)"} == errors


def test_a_wrong_command_line_is_refused() -> None:
    """One line on how to call it, exit code 2."""
    ended = subprocess.run(lab.PROGRAMS[KIND], capture_output=True, text=True)
    assert 2 == ended.returncode
    assert ended.stderr.startswith("usage: probe.mjs URL EVENTS")
    assert 1 == ended.stderr.count("\n")
