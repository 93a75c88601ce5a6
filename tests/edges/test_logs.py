"""Logging set up once."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import socketio

from granite_ws import Settings
from granite_ws.edges.logs import set_up_logging

TOUCHED = (
    "",
    "socketio",
    "engineio",
    "socketio.server",
    "engineio.server",
    "granite_ws",
    "werkzeug",
)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Other tests find the loggers as they were."""
    kept = [(logging.getLogger(n), logging.getLogger(n).level) for n in TOUCHED]
    handlers = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers[:] = handlers
    for logger, level in kept:
        logger.setLevel(level)


def test_a_second_set_up_doubles_nothing() -> None:
    """However often it is called for the same stream, a line comes once."""
    stream = io.StringIO()
    set_up_logging(Settings(), stream)
    set_up_logging(Settings(), stream).info("[WebSocket] once")
    assert 1 == stream.getvalue().count("once")


def test_a_later_basic_config_changes_nothing() -> None:
    """Importing granite-tsfm calls basicConfig; our format stays."""
    stream = io.StringIO()
    logger = set_up_logging(Settings(), stream)
    logging.basicConfig(format="%(funcName)s")
    logger.info("here")
    assert "INFO    here" in stream.getvalue()


@pytest.mark.parametrize("wanted", [True, False])
def test_the_librarys_loggers_follow_their_settings(wanted: bool) -> None:
    """``logger`` and ``engineio_logger`` switch the libraries' INFO lines."""
    stream = io.StringIO()
    set_up_logging(Settings(logger=wanted, engineio_logger=wanted), stream)
    logging.getLogger("engineio.server").info("packet")
    logging.getLogger("socketio.server").info("event")
    assert (wanted, wanted) == ("packet" in stream.getvalue(), "event" in stream.getvalue())


def test_a_server_made_later_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries, whose own handlers would write to stderr as well, find nothing to add."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    for name in ("socketio.server", "engineio.server"):  # as in a process that has just begun
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
        logging.getLogger(name).setLevel(logging.NOTSET)
    set_up_logging(Settings(logger=True, engineio_logger=True))
    server = socketio.Server(async_mode="threading", logger=True, engineio_logger=True)
    server.logger.info("event")
    server.eio.logger.info("packet")
    assert (1, 1) == (stream.getvalue().count("event"), stream.getvalue().count("packet"))


def test_a_payload_in_a_library_line_is_cut_and_measured() -> None:
    """A 15 KB packet does not fill the log; its length is told."""
    stream = io.StringIO()
    set_up_logging(Settings(log_payload_chars=100), stream)
    logging.getLogger("engineio.server").info("Sending packet MESSAGE data %s", "x" * 15_000)
    assert len(stream.getvalue()) < 250
    assert "… (15045 characters)" in stream.getvalue()


def test_our_own_lines_are_never_cut() -> None:
    """The seed's lines and the stack traces stay whole; zero cuts nothing at all."""
    stream = io.StringIO()
    set_up_logging(Settings(log_payload_chars=10), stream).info("y" * 500)
    assert "y" * 500 in stream.getvalue()
    set_up_logging(Settings(log_payload_chars=0), stream)
    logging.getLogger("engineio.server").info("z" * 500)
    assert "z" * 500 in stream.getvalue()


def test_the_level_is_a_setting() -> None:
    """WARNING hides the normal lines."""
    stream = io.StringIO()
    set_up_logging(Settings(log_level="WARNING"), stream).info("normal")
    assert "" == stream.getvalue()


def test_json_lines_hold_the_same_wording() -> None:
    """One object a line: the library's line is cut, ours is not, and the words are the log's."""
    stream = io.StringIO()
    own = set_up_logging(Settings(log_format="json", log_payload_chars=30), stream)
    own.info("[ForecastService/Granite] Prediction completed in 2.345s and then some more words")
    logging.getLogger("engineio.server").info("Sending packet MESSAGE data %s", "x" * 500)
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert ("INFO", "granite_ws") == (first["level"], first["logger"])
    assert first["message"].endswith("2.345s and then some more words")
    assert second["message"].endswith("… (528 characters)")
    assert {"time", "level", "logger", "process", "threadName", "message"} == set(second)
