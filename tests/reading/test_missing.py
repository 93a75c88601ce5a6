"""Evidence that is not there is asked for by name."""

from __future__ import annotations

from granite_ws.events import EventLog, Kind
from granite_ws.reading.missing import what_is_missing
from granite_ws.reading.plainlog import LogText, read_plain_logs
from tests import log_builder as draw
from tests.reading.test_plainlog import real


def asked(log: EventLog) -> str:
    return "\n".join(what_is_missing(log))


def test_a_recorded_session_lacks_nothing() -> None:
    """With taps, probe, monitor and runner there is nothing to ask for."""
    assert () == what_is_missing(draw.log(draw.quiet()))


def test_an_empty_log_asks_for_both_sides() -> None:
    """The server's and the client's log, and how to get them."""
    words = asked(EventLog(()))
    assert "the server's log is missing" in words
    assert "the client's log is missing: socketio.Client(logger=True" in words


def test_a_side_that_is_there_is_not_asked_for() -> None:
    """A server's log asks for the client's, a client's for the server's."""
    assert "the client's log is missing" in asked(real("server-stamped"))
    assert "the server's log is missing" not in asked(real("server-stamped"))
    assert "the server's log is missing" in asked(real("hold-stamped"))
    assert "the client's log is missing" not in asked(real("hold-stamped"))


def test_missing_times_are_told_from_some_missing_times() -> None:
    """None at all, some, or each line with its own."""
    assert "no time stamps" in asked(real("hold-tsfm"))
    assert "some lines have no time stamp" in asked(real("server-tsfm"))
    assert "time stamp" not in asked(real("server-stamped"))


def test_a_silent_engineio_logger_is_named() -> None:
    """Without a packet the logger was off; with one and no PING there merely was none yet."""
    lines = ("[WebSocket] Client connected: x",)
    assert "engineio_logger is off" in asked(read_plain_logs([LogText("f", lines)]))
    assert "engineio_logger is off" not in asked(real("server-stamped", "hold-stamped"))


def test_a_reason_without_details_asks_for_them() -> None:
    """The handler's second argument holds what a parse error was about."""
    bare = read_plain_logs([LogText("f", ("disconnect parse error",))])
    assert "has no details" in asked(bare)
    assert "has no details" not in asked(real("node-stamped"))


def test_only_the_server_process_unwatched() -> None:
    """Each lack is told alone: without PROCESS_ENDED only the exit code is asked for."""
    log = draw.log([e for e in draw.quiet() if e.kind is not Kind.PROCESS_ENDED])
    assert ("nobody watched the server process: its exit code is not known",) == (
        what_is_missing(log)
    )
