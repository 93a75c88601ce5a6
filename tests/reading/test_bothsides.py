"""Lines of both sides, joined by connection and by time."""

from __future__ import annotations

from granite_ws.events import Kind, Witness
from granite_ws.timeline import read_timeline
from tests.reading.test_plainlog import FIXTURES, OTHER, SID, drawn, ends, real


def test_a_second_clock_without_a_date_is_only_ordered() -> None:
    """A console with the time of day beside a dated server log: placed, and not to be measured."""
    server = (
        f"2026-01-02 12:00:00,000 INFO {SID}: Sending packet OPEN data {{'sid': '{SID}'}}\n"
        f"2026-01-02 12:00:09,000 WARNING [WebSocket] Client disconnected: {SID} (ping timeout)\n"
    )
    log = drawn(server, "[14:00:05.000] disconnect ping timeout\n")
    (told,) = log.of(Kind.DISCONNECTED)
    (seen,) = log.of(Kind.CLIENT_DISCONNECTED)
    assert (SID, True) == (told.sid, told.data["timeless"])
    assert told.at_ns == seen.at_ns
    assert "timeless" not in seen.data
    assert [("node", "ping timeout", "ping timeout", True)] == ends(log)


def test_a_client_that_reconnects_has_one_connection_each() -> None:
    """Two connects and two ends of one Python client: two sids, one client number."""
    life = (
        "WebSocket connection accepted with {{'sid': '{}', 'pingTimeout': 2000}}\n"
        "packet queue is empty, aborting\nEngine.IO connection dropped\n"
    )
    timeline = read_timeline(drawn(life.format(SID) + life.format(OTHER)))
    assert [(SID, 1), (OTHER, 1)] == [(c.sid, c.client) for c in timeline.connections]
    assert all(c.client_log == "packet queue is empty, aborting" for c in timeline.drops)
    assert 2 == len(timeline.drops)


def test_one_console_may_hold_both_sides() -> None:
    """Server and client printed into one file: the same connections as from two."""
    lines = [(FIXTURES / f"{name}.log").read_text() for name in ("server-stamped", "hold-stamped")]
    assert ends(real("server-stamped", "hold-stamped")) == ends(drawn("".join(lines)))


def test_a_server_that_hung_up_is_told_so() -> None:
    """A CLOSE packet that came in makes the reason ``server disconnect``."""
    log = drawn(
        f"WebSocket connection accepted with {{'sid': '{SID}'}}\n"
        "Received packet CLOSE data \nEngine.IO connection dropped\n"
    )
    assert ["server disconnect"] == [e.data["reason"] for e in log.of(Kind.DISCONNECTED)]


def test_a_connection_that_only_the_server_tells_of_is_inferred() -> None:
    """It is there, says that it is inferred, and is no drop by the server's vague word alone."""
    log = real("server-stamped")
    assert all(event.data["inferred"] for event in log.of(Kind.CONNECTED))
    assert {Witness.SERVER} == {event.witness for event in log.of(Kind.CONNECTED)}
    assert [("", None, "transport close", False)] * 3 == ends(log)


def test_two_client_files_are_two_clients() -> None:
    """Without an id in either, they are not taken for the one connection that the server knew."""
    server = f"{SID}: Sending packet PING data None\n[WebSocket] Client connected: {OTHER}\n"
    log = drawn(server, "disconnect ping timeout\n", "disconnect parse error\n")
    assert {"client-1", "client-2"} == {event.sid for event in log.of(Kind.DISCONNECTED)}
    alone = drawn(server, "disconnect ping timeout\n")
    assert {OTHER} == {event.sid for event in alone.of(Kind.DISCONNECTED)}
