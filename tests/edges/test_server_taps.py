"""Taps on what may end a connection, on the libraries themselves."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import engineio
import pytest
import socketio
from engineio.exceptions import ContentTooLongError
from engineio.socket import Socket
from socketio import packet

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.server_taps import (
    LogListener,
    TappedSock,
    tap_disconnect,
    tap_messages,
    tap_posts,
    tap_requests,
    tap_websocket,
)
from granite_ws.edges.store import read_events
from granite_ws.events import Event, Kind, Witness


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(Witness.SERVER, tmp_path / "events.jsonl")


def seen(tmp_path: Path, *kinds: Kind) -> tuple[Event, ...]:
    return read_events(tmp_path / "events.jsonl").of(*kinds)


def encode(recorder: Recorder, *data: Any, kind: int = packet.EVENT) -> Any:
    server = socketio.Server(async_mode="threading")
    tap_messages(server, recorder)
    return server.packet_class(kind, namespace="/", data=list(data)).encode()


def test_an_emitted_message_is_measured_and_unchanged(tmp_path: Path, recorder: Recorder) -> None:
    """Name, bytes and thread are recorded; what is sent is what the library sends."""
    encoded = encode(recorder, "news", {"text": "x" * 100})
    assert encoded == packet.Packet(packet.EVENT, data=["news", {"text": "x" * 100}]).encode()
    [event] = seen(tmp_path, Kind.MESSAGE_EMITTED)
    assert event.data == {
        "event": "news",
        "thread": threading.current_thread().name,
        "bytes": len(encoded),
        "attachments": 0,
        "bytearrays": 0,
        "non_finite": 0,
    }


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (float("nan"), 1),
        ([1.0, float("inf"), float("-inf")], 2),
        ("NaN, Infinity", 0),
        ("a: NaN", 0),
        (["[NaN]"], 1),
    ],
)
def test_non_finite_numbers_are_counted(
    tmp_path: Path, recorder: Recorder, value: Any, count: int
) -> None:
    """Numbers count; a plain text that says NaN does not, unless it imitates JSON itself."""
    encode(recorder, "news", value)
    [event] = seen(tmp_path, Kind.MESSAGE_EMITTED)
    assert event.data["non_finite"] == count


def test_attachments_are_counted(tmp_path: Path, recorder: Recorder) -> None:
    """Each bytes object travels as an attachment of its own."""
    encode(recorder, "news", {"a": b"1", "b": b"22"})
    [event] = seen(tmp_path, Kind.MESSAGE_EMITTED)
    assert event.data["attachments"] == 2


def test_what_json_refuses_is_told_and_still_raised(tmp_path: Path, recorder: Recorder) -> None:
    """The emitting thread gets the library's TypeError, and the record its words."""
    with pytest.raises(TypeError):
        encode(recorder, "news", object())
    [event] = seen(tmp_path, Kind.MESSAGE_REFUSED)
    assert (event.data["event"], event.data["exception"]) == ("news", "TypeError")


def test_other_packets_are_no_messages(tmp_path: Path, recorder: Recorder) -> None:
    """A disconnect packet passes without a record."""
    encode(recorder, kind=packet.DISCONNECT)
    assert seen(tmp_path, Kind.MESSAGE_EMITTED, Kind.MESSAGE_REFUSED) == ()


def test_a_disconnect_by_the_application_names_its_caller(
    tmp_path: Path, recorder: Recorder
) -> None:
    """The stack of who called it is there; an unknown client raises as it always did."""
    server = socketio.Server(async_mode="threading")
    tap_disconnect(server, recorder)

    def log_out() -> None:
        server.disconnect("nobody")

    log_out()
    [event] = seen(tmp_path, Kind.DISCONNECT_CALLED)
    assert "log_out" in event.data["frames"][0]


def test_a_refused_request_is_recorded_with_its_size(tmp_path: Path, recorder: Recorder) -> None:
    """A POST to a session that is gone: 400, its length, its transport; the answer passes."""
    server = socketio.Server(async_mode="threading")
    tap_requests(server.eio, recorder)
    environ = {
        "REQUEST_METHOD": "POST",
        "QUERY_STRING": "EIO=4&transport=polling&sid=gone",
        "CONTENT_LENGTH": "77",
    }
    answers: list[str] = []
    server.handle_request(environ, lambda status, headers: answers.append(status))
    assert answers == ["400 BAD REQUEST"]
    [event] = seen(tmp_path, Kind.REQUEST_REFUSED)
    assert event.sid == "gone"
    assert event.data["status"] == 400
    assert event.data["bytes"] == 77
    assert event.data["transport"] == "polling"


def line(text: str, level: int = logging.INFO, **extra: Any) -> logging.LogRecord:
    return logging.LogRecord("engineio.server", level, "f.py", 1, text, (), extra.get("error"))


@pytest.mark.parametrize(
    ("text", "level", "kept"),
    [
        ("abcdefghij0123456789: Client is gone, closing socket", logging.INFO, True),
        ("something odd", logging.WARNING, True),
        ("abcdefghij0123456789: Sending packet MESSAGE data error", logging.INFO, False),
        ("Server initialized for threading.", logging.INFO, False),
    ],
)
def test_only_telling_lines_are_kept(
    tmp_path: Path, recorder: Recorder, text: str, level: int, kept: bool
) -> None:
    """Warnings and words of trouble are kept; packets have events of their own."""
    LogListener(recorder).handle(line(text, level))
    assert bool(seen(tmp_path, Kind.SERVER_LOG)) is kept


def test_a_line_that_begins_with_a_sid_belongs_to_it(tmp_path: Path, recorder: Recorder) -> None:
    """Engine.IO writes the sid first."""
    LogListener(recorder).handle(line("abcdefghij0123456789: Client is gone, closing socket"))
    assert seen(tmp_path, Kind.SERVER_LOG)[0].sid == "abcdefghij0123456789"


class HalfSocket:
    """A socket whose buffer takes three bytes, as a full one does without blocking."""

    def send(self, data: bytes) -> int:
        return min(len(data), 3)


def test_a_send_that_leaves_bytes_over_is_told(tmp_path: Path, recorder: Recorder) -> None:
    """A whole send is silent; one that took less than given is recorded with both figures."""
    tapped = TappedSock(HalfSocket(), "A", recorder)
    assert tapped.send(b"abc") == 3
    assert tapped.send(b"abcdef") == 3
    [event] = seen(tmp_path, Kind.SHORT_SEND)
    assert (event.data["asked_bytes"], event.data["sent_bytes"]) == (6, 3)


def test_a_line_is_read_at_its_beginning_only(tmp_path: Path, recorder: Recorder) -> None:
    """A packet's line holds its payload; a telling word deep inside is the payload's own."""
    LogListener(recorder).emit(_line("A message of " + "x" * 2_000 + " error"))
    LogListener(recorder).emit(_line("Unexpected error " + "x" * 2_000))
    [kept] = seen(tmp_path, Kind.SERVER_LOG)
    assert kept.data["line"].startswith("Unexpected error")


def _line(text: str) -> logging.LogRecord:
    return logging.LogRecord("engineio.server", logging.INFO, __file__, 1, text, (), None)


def test_a_post_that_is_too_long_is_told_before_its_answer(
    tmp_path: Path, recorder: Recorder
) -> None:
    """python-engineio may never answer it; whatever else goes wrong is not this tap's."""
    server = engineio.Server(async_mode="threading", max_http_buffer_size=1_000)
    socket = Socket(server, "A")
    tap_posts(socket, recorder)
    environ = {"QUERY_STRING": "transport=polling&sid=A", "REQUEST_METHOD": "POST"}
    with pytest.raises(ContentTooLongError):
        socket.handle_post_request({**environ, "CONTENT_LENGTH": "2000"})
    with pytest.raises(KeyError):
        socket.handle_post_request({**environ, "CONTENT_LENGTH": "20"})
    [refused] = seen(tmp_path, Kind.REQUEST_REFUSED)
    assert ("A", 400, 2_000) == (refused.sid, refused.data["status"], refused.data["bytes"])


@pytest.mark.parametrize(("size", "told"), [(1_000, None), (1_001, 1_001)])
def test_a_message_above_the_limit_is_measured_before_it_is_refused(
    tmp_path: Path, recorder: Recorder, size: int, told: int | None
) -> None:
    """The end of the WebSocket carries its size; the message itself passes unchanged."""
    socket = Socket(engineio.Server(async_mode="threading", max_http_buffer_size=1_000), "A")
    got: list[Any] = []
    socket._websocket_handler = lambda websocket: got.append(websocket.wait())
    tap_websocket(socket, recorder)
    websocket = SimpleNamespace(wait=lambda: "x" * size)
    socket._websocket_handler(websocket)
    [ended] = seen(tmp_path, Kind.WEBSOCKET_ENDED)
    assert (told, ["x" * size]) == (ended.data.get("refused_bytes"), got)
