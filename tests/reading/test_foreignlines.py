"""The libraries' wording, as they write it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.events import Event, Kind, Witness
from granite_ws.reading.foreignlines import (
    read_console_line,
    read_emit_line,
    read_python_client_line,
    read_server_line,
)

SID = "Z2MVIPJtUHwCNMmXAAAA"
OPEN = "{'sid': 'Z2MVIPJtUHwCNMmXAAAA', 'upgrades': [], 'pingTimeout': 2000, 'pingInterval': 1000}"


@pytest.mark.parametrize(
    ("line", "logger", "sid"),
    [
        (f"{SID}: Client is gone, closing socket", "engineio.server", SID),
        (f'{SID}: Unexpected error "timed out", closing connection', "engineio.server", SID),
        (f"{SID}: Failed websocket upgrade, no PING packet", "engineio.server", SID),
        (f"Invalid session {SID} (further occurrences", "engineio.server", SID),
        (f"Cannot send to sid {SID}", "engineio.server", SID),
        ("Unknown receive error", "engineio.server", None),
        ("ValueError: Too many packets in payload", "engineio.server", None),
        ("code 400, message Bad HTTP/0.9 request type ('\\x81')", "werkzeug", None),
        (" * Detected change in '/app/x.py', reloading", "werkzeug", None),
        ("WORKER TIMEOUT (pid:7)", "gunicorn.error", None),
        ("Fatal Python error: Segmentation fault", "faulthandler", None),
        ("RuntimeError: can't start new thread", "python", None),
        ("upstream timed out (110: Connection timed out)", "nginx", None),
        ("Out of memory: Killed process 7 (python)", "kernel", None),
    ],
)
def test_a_telling_line_is_kept_with_its_logger(line: str, logger: str, sid: str | None) -> None:
    """What may explain a drop becomes SERVER_LOG, with the sid that it names."""
    told = read_server_line(line)
    assert told is not None
    assert (Kind.SERVER_LOG, sid, logger) == (told.kind, told.sid, told.data["logger"])
    assert line.strip() in told.data["line"] or told.data["line"] in line


@pytest.mark.parametrize("line", ["hello", "Server initialized for threading.", "", "GET / 200"])
def test_what_tells_nothing_is_nothing(line: str) -> None:
    """Other lines are None for every reader."""
    assert read_server_line(line) is None
    assert read_python_client_line(line) is None
    assert read_console_line(line) is None
    assert read_emit_line(line) is None


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (f"WebSocket connection accepted with {OPEN}", Kind.CONNECTED),
        (f"Polling connection accepted with {OPEN}", Kind.CONNECTED),
        ("Server has stopped communicating, aborting", Kind.CLIENT_LOG),
        ("packet queue is empty, aborting", Kind.CLIENT_LOG),
        ("WebSocket connection was closed, aborting", Kind.CLIENT_LOG),
        ('Unexpected error decoding packet: "Incorrect padding", aborting', Kind.CLIENT_LOG),
        ("Unexpected packet from server, aborting", Kind.CLIENT_LOG),
        ("Unexpected status code 400 in server response, aborting", Kind.CLIENT_LOG),
        ("Server sent 258 packet data Message size 5 exceeds limit 4, aborting", Kind.CLIENT_LOG),
        ("WebSocket upgrade failed: connection error", Kind.CLIENT_LOG),
        ("Connection error", Kind.CONNECT_FAILED),
        ("Engine.IO connection dropped", Kind.DISCONNECTED),
    ],
)
def test_the_python_clients_lines(line: str, kind: Kind) -> None:
    """Each line of python-socketio's client has its kind."""
    told = read_python_client_line(line)
    assert told is not None
    assert (Witness.PROBE, kind) == (told.witness, told.kind)


@pytest.mark.parametrize(
    ("line", "reason", "details", "code"),
    [
        ("disconnect ping timeout", "ping timeout", {}, None),
        (
            'socket.js:9 disconnect: transport close {"description":"closed","code":1006}',
            "transport close",
            {"description": "closed", "code": 1006},
            1006,
        ),
        (
            "disconnect parse error {message: 'x'}",
            "parse error",
            {"message": "{message: 'x'}"},
            None,
        ),
        ("gone (io server disconnect)", "io server disconnect", {}, None),
    ],
)
def test_a_console_line_tells_reason_details_and_code(
    line: str, reason: str, details: dict[str, Any], code: int | None
) -> None:
    """JSON behind the reason is read, other text kept; a close code is found in either."""
    told = read_console_line(line)
    assert told is not None
    assert Kind.DISCONNECTED == told.kind
    assert (reason, details, code) == tuple(
        told.data[key] for key in ("reason", "details", "close_code")
    )


def test_a_console_line_of_a_failed_connect() -> None:
    """``xhr poll error`` is a connect that failed."""
    told = read_console_line("connect_error Error: xhr poll error")
    assert told is not None
    assert Kind.CONNECT_FAILED == told.kind


@given(
    st.text(max_size=80),
    st.sampled_from(["", f"{SID}: ", "disconnect parse error {"]),
)
def test_any_text_gives_an_event_or_nothing(text: str, front: str) -> None:
    """No reader raises, and what one gives can be written as strict JSON."""
    for read in (read_server_line, read_python_client_line, read_console_line, read_emit_line):
        told = read(front + text)
        if told is not None and told.kind is not None:
            line = Event(1, "", told.witness, told.kind, told.sid, told.data).to_line()
            assert told.kind is Event.from_line(line).kind
