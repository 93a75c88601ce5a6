"""What the libraries' own lines say: Engine.IO, Socket.IO, Werkzeug, gunicorn, uvicorn, nginx.

Read in python-engineio 4.15, python-socketio 5.18, socket.io-client 4.8; the wording is theirs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from granite_ws.events import Kind, Witness

LINE_LIMIT = 500
_SID = r"[\w-]{20}"
# Wherever it stands in the line: a format of its own may put anything in front.
_SERVER_PACKET = re.compile(
    rf"(?:^|(?<=[\s:|\]]))(?P<sid>{_SID}): (?P<rest>(?:Sending|Received|Client|Unexp|Failed).*)",
    re.DOTALL,
)
_PACKET = re.compile(r"(?P<way>Sending|Received) packet (?P<type>[A-Z]+) data ?(?P<data>.*)", re.S)
_EVENT = re.compile(
    r'(?P<binary>5(?P<parts>\d+)-|2)(?:/[^,\[]*,)?\d*\[\s*"(?P<event>[^"]{0,100})"'
)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NON_FINITE = re.compile(r"\b(?:NaN|Infinity)\b")
_ITERATION = re.compile(r'"iteration":\s*(\d{1,15})\b')
_CLIENT_ID = re.compile(rf'0(?:/[^,{{]*,)?\{{"sid":\s*"({_SID})"')
_NUMBERS = {"pingInterval": "ping_interval_s", "pingTimeout": "ping_timeout_s"}
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
    rf"\bconnect(?:ed)?\b\W+(?:(?:id|sid|as|with id)\W+)?({_SID})(?![\w-])", re.I
)
_CODE = re.compile(r"\bcode\W{1,4}(1\d{3})\b|\b(100\d|101[0-5])\b")


class Told(NamedTuple):
    """What one line says. Without a ``kind`` it only ties the two sides' ids together.

    client_id: Socket.IO's id of the connection whose Engine.IO id is ``sid``.
    """

    witness: Witness
    kind: Kind | None = None
    sid: str | None = None
    data: Mapping[str, Any] = MappingProxyType({})
    client_id: str | None = None


Facts = Mapping[str, Any] | None


def read_server_line(
    message: str, *, level: str = "", logger: str = "", facts: Facts = None
) -> Told | None:
    """A line of the server's libraries, None for any other. facts: as ``long_message``."""
    of_one = _SERVER_PACKET.search(message)
    if of_one:
        packet = _PACKET.match(of_one["rest"])
        told = _server_packet(of_one["sid"], packet, facts) if packet else None
        if told is not None:
            return told
    for usual, pattern in _SERVER_TELLING:
        if pattern.search(message):
            named = re.search(rf"(?:session|sid) ({_SID})(?![\w-])", message)
            sid = of_one["sid"] if of_one else named[1] if named else None
            return _server_log(message, logger or usual, level, sid)
    return None


def read_emit_line(message: str, *, level: str = "", logger: str = "", **_: Any) -> Told | None:
    """Socket.IO's word on an emit: all there is where Engine.IO's logger was off."""
    if not re.match(r'emitting event "', message):
        return None
    return _server_log(message, logger or "socketio.server", level, None)


def _server_log(message: str, logger: str, level: str, sid: str | None) -> Told:
    facts = {"logger": logger, "level": level, "line": message[:LINE_LIMIT], "exception": ""}
    return Told(Witness.SERVER, Kind.SERVER_LOG, sid, facts)


_SERVER_HEARTBEAT = {
    ("Sending", "PING"): Kind.PING_QUEUED,
    ("Received", "PONG"): Kind.PONG_RECEIVED,
}
_CLIENT_HEARTBEAT = {
    ("Received", "PING"): Kind.PING_RECEIVED,
    ("Sending", "PONG"): Kind.PONG_SENT,
}


def _server_packet(sid: str, packet: re.Match[str], whole: Facts) -> Told | None:
    word, data = (packet["way"], packet["type"]), packet["data"]
    if word == ("Sending", "OPEN"):
        return Told(Witness.SERVER, Kind.HANDSHAKE, sid, advertised(data))
    if word in _SERVER_HEARTBEAT:
        return Told(Witness.SERVER, _SERVER_HEARTBEAT[word], sid)
    if packet["type"] == "CLOSE" or data[:1] == "1":
        return _server_log(f"{sid}: {packet[0]}", "engineio.server", "", sid)
    if word != ("Sending", "MESSAGE"):
        return None
    return _message(Told(Witness.SERVER, Kind.MESSAGE_EMITTED, sid), data, whole)


def _message(told: Told, data: str, whole: Facts) -> Told | None:
    named = _CLIENT_ID.match(data)
    if named:
        return Told(told.witness, sid=told.sid, client_id=named[1])
    facts = measured(data) if whole is None else whole["message"]
    return Told(told.witness, told.kind, told.sid, {**facts, **told.data}) if facts else None


def long_message(message: str) -> dict[str, Any] | None:
    """Of a packet's line that is too long to be kept: what ``measured`` says, and the iteration
    that a client's names. None for any other line.
    """
    found = _PACKET.search(message[:LINE_LIMIT])
    if found is None or found["type"] != "MESSAGE":
        return None
    data = message[found.start("data") :]
    facts = measured(data)
    if facts is None:
        return None
    turn = _ITERATION.search(data) if found["way"] == "Received" else None
    return {"message": facts, "iteration": int(turn[1]) if turn else None}


def measured(data: str) -> dict[str, Any] | None:
    """Event name, bytes, non-finite numbers and attachments of one logged message."""
    event = _EVENT.match(data)
    if not event:
        return None
    return {
        "event": event["event"],
        "bytes": len(data.encode(errors="replace")),
        "non_finite": _count_non_finite(data),
        "attachments": int(event["parts"] or 0),
    }


def _count_non_finite(data: str) -> int:
    """The bare words of Python's encoder; in a string they are text."""
    if "N" not in data and "I" not in data:  # one letter is found ten times as fast as a word
        return 0
    return len(_NON_FINITE.findall(_STRING.sub('""', data)))


def advertised(data: str) -> dict[str, Any]:
    """The heartbeat's numbers in an OPEN packet, seconds and bytes."""
    facts: dict[str, Any] = {}
    for name, key in _NUMBERS.items():
        found = re.search(rf"""['"]{name}['"]: ?(\d{{1,12}})""", data)
        if found:
            facts[key] = int(found[1]) / 1000
    found = re.search(r"""['"]maxPayload['"]: ?(\d{1,15})""", data)
    return facts | ({"max_payload_bytes": int(found[1])} if found else {})


# -------------------------------------------------------------------------------- the client


def read_python_client_line(
    message: str, *, level: str = "", logger: str = "", facts: Facts = None
) -> Told | None:
    """A line of python-socketio's client, None for any other. It carries no sid but the first."""
    probe = Witness.PROBE
    accepted = _ACCEPTED.match(message)
    if accepted:
        sid = re.search(rf"""['"]sid['"]: ?['"]({_SID})""", accepted[2])
        told = {"transport": accepted[1].lower(), "client_kind": "python"}
        named = sid[1] if sid else None
        return Told(probe, Kind.CONNECTED, named, told | advertised(accepted[2]))
    packet = _PACKET.match(message)
    if packet:
        return _client_packet(packet, facts)
    if message.startswith(("Engine.IO connection dropped", "Exiting read loop task")):
        return Told(probe, Kind.DISCONNECTED, data={"reason": "transport error"})
    if _CLIENT_TELLING.search(message):
        line = message[:LINE_LIMIT]
        if _FAILED.match(message):
            return Told(probe, Kind.CONNECT_FAILED, data={"error": line})
        said = {"logger": logger.partition(".")[0] or "engineio", "level": level, "line": line}
        return Told(probe, Kind.CLIENT_LOG, data=said)
    return None


def _client_packet(packet: re.Match[str], whole: Facts) -> Told | None:
    word, data = (packet["way"], packet["type"]), packet["data"]
    if word in _CLIENT_HEARTBEAT:
        return Told(Witness.PROBE, _CLIENT_HEARTBEAT[word])
    if packet["type"] == "CLOSE" or data[:1] == "1":
        side = "client" if packet["way"] == "Sending" else "server"
        return Told(Witness.PROBE, data={"reason": f"{side} disconnect"})
    if word != ("Received", "MESSAGE"):
        return None
    turn = _ITERATION.search(data) if whole is None else None
    iteration = int(turn[1]) if turn else whole["iteration"] if whole else None
    number = {} if iteration is None else {"iteration": iteration}
    return _message(Told(Witness.PROBE, Kind.MESSAGE_RECEIVED, data=number), data, whole)


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
