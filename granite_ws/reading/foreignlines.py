"""What the libraries' other lines say: Engine.IO, Socket.IO, Werkzeug, gunicorn, uvicorn, nginx.

Read in python-engineio 4.15, python-socketio 5.18, socket.io-client 4.8; the wording is theirs.
"""

from __future__ import annotations

import json
import re
from typing import Any

from granite_ws.events import Kind, Witness
from granite_ws.reading.packetlines import advertised
from granite_ws.reading.told import LINE_LIMIT, SID, Told, server_log

# Wherever it stands in the line: a format of its own may put anything in front.
_OF_ONE = re.compile(rf"(?:^|(?<=[\s:|\]]))({SID}): (?:Client|Unexp|Failed)")
_ACCEPTED = re.compile(r"(WebSocket|Polling) connection accepted with (.*)", re.S)
# The server's side; the name is the logger that writes it where the line does not say.
_SERVER_TELLING = tuple(
    (logger, re.compile(pattern))
    for logger, pattern in (
        ("engineio.server", r"Client is gone, closing socket|Unexpected error \".*closing conn"),
        ("engineio.server", r"Unknown receive error|Receive error -- |service task exception"),
        ("engineio.server", r"(?:post request|message|connect|disconnect) handler error"),
        ("engineio.server", r"Too many packets in payload|Invalid session |Cannot send to sid "),
        ("engineio.server", r"Failed websocket upgrade|is not an accepted origin"),
        ("werkzeug", r"code 400, message |Detected (?:change|file change) in |Restarting with "),
        ("gunicorn.error", r"WORKER TIMEOUT|Worker \(pid:\d+\) |Worker exiting|Booting worker"),
        ("faulthandler", r"Fatal Python error: |^Segmentation fault|^Aborted\b"),
        ("kernel", r"Out of memory: Killed process|oom-kill|^Killed\b"),
        (
            "uvicorn.error",
            r"keepalive ping timeout|StatReload detected changes|WatchFiles detected",
        ),
        (
            "nginx",
            r"upstream (?:timed out|prematurely closed)|while reading upstream|recv\(\) fail",
        ),
        ("python", r"can't start new thread|not JSON serializable|MemoryError|out of memory"),
    )
)
# Most lines are none of these, which one search finds out in half the time.
_ANY_SERVER_TELLING = re.compile("|".join(pattern.pattern for _, pattern in _SERVER_TELLING))
_CLIENT_TELLING = re.compile(
    r"aborting$|WebSocket upgrade failed|HTTP (?:GET|POST) request to .* failed|"
    r"Connection (?:error|refused|failed)|Unexpected connection error"
)
_FAILED = re.compile(r"Connection (?:error|refused by the server)|Unexpected connection error")
_REASON = re.compile(
    r"ping timeout|transport close|transport error|parse error|forced close|"
    r"io (?:server|client) disconnect"
)
_REFUSED = re.compile(r"xhr (?:poll|post) error|websocket error|connect_error")
_JS_CONNECTED = re.compile(
    rf"\bconnect(?:ed)?\b\W+(?:(?:id|sid|as|with id)\W+)?({SID})(?![\w-])", re.I
)
_CODE = re.compile(r"\bcode\W{1,4}(1\d{3})\b|\b(100\d|101[0-5])\b")


def read_server_line(message: str, *, level: str = "", logger: str = "") -> Told | None:
    """A line of the server's libraries, None for any other."""
    if _ANY_SERVER_TELLING.search(message) is None:
        return None
    for usual, pattern in _SERVER_TELLING:
        if pattern.search(message):
            of_one = _OF_ONE.search(message)
            named = of_one or re.search(rf"(?:session|sid) ({SID})(?![\w-])", message)
            return server_log(message, logger or usual, level, named[1] if named else None)
    return None


def read_emit_line(message: str, *, level: str = "", logger: str = "") -> Told | None:
    """Socket.IO's word on an emit: all there is where Engine.IO's logger was off."""
    if not re.match(r'emitting event "', message):
        return None
    return server_log(message, logger or "socketio.server", level, None)


# -------------------------------------------------------------------------------- the client


def read_python_client_line(message: str, *, level: str = "", logger: str = "") -> Told | None:
    """A line of python-socketio's client, None for any other. It carries no sid but the first."""
    probe = Witness.PROBE
    accepted = _ACCEPTED.match(message)
    if accepted:
        sid = re.search(rf"""['"]sid['"]: ?['"]({SID})""", accepted[2])
        told = {"transport": accepted[1].lower(), "client_kind": "python"}
        named = sid[1] if sid else None
        return Told(probe, Kind.CONNECTED, named, told | advertised(accepted[2]))
    if message.startswith(("Engine.IO connection dropped", "Exiting read loop task")):
        return Told(probe, Kind.DISCONNECTED, data={"reason": "transport error"})
    if _CLIENT_TELLING.search(message):
        line = message[:LINE_LIMIT]
        if _FAILED.match(message):
            return Told(probe, Kind.CONNECT_FAILED, data={"error": line})
        said = {"logger": logger.partition(".")[0] or "engineio", "level": level, "line": line}
        return Told(probe, Kind.CLIENT_LOG, data=said)
    return None


def read_console_line(message: str) -> Told | None:
    """What a page or a Node program prints of its socket, None for any other line."""
    probe = Witness.PROBE
    reason = _REASON.search(message)
    if reason:
        details = _details(message[reason.end() :])
        code = _CODE.search(message[reason.end() :])
        facts = {
            "reason": reason[0],
            "details": details,
            "close_code": int(code[1] or code[2]) if code else None,
            "client_kind": "node",
        }
        return Told(probe, Kind.DISCONNECTED, data=facts)
    refused = _REFUSED.search(message)
    if refused:
        return Told(probe, Kind.CONNECT_FAILED, data={"error": message[:LINE_LIMIT]})
    connected = _JS_CONNECTED.search(message)
    if connected:
        facts = {"transport": None, "client_kind": "node"}
        return Told(probe, Kind.CONNECTED, data=facts, client_id=connected[1])
    return None


def _details(text: str) -> dict[str, Any]:
    """The object printed behind the reason; what is not JSON is kept as its text."""
    begun = text.find("{")
    if begun < 0:
        return {}
    try:
        # As text, since an event is strict JSON: neither NaN nor 1e999 may come in.
        decoder = json.JSONDecoder(parse_constant=str, parse_float=str)
        found, _ = decoder.raw_decode(text[begun:])
        return {str(key): value for key, value in found.items()}
    except (ValueError, RecursionError):
        return {"message": text[begun:].strip()[:LINE_LIMIT]}
