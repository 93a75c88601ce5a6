"""Engine.IO's line about a packet, as a server and a Python client write it.

``SID: Sending packet MESSAGE data 2["new_data",{...}]`` is most of such a log: a forecast in it
is kilobytes of numbers, so what the line says is found out at once, and its text is not kept.
"""

from __future__ import annotations

import re
from sys import intern
from typing import Any

from granite_ws.events import Kind, Witness
from granite_ws.reading.told import LINE_LIMIT, SID, Told, server_log

_EVENT = r'(?:5(\d+)-|2)(?:/[^,\[]*,)?\d*\[\s*"([^"]{0,100})"'
_WORDS = rf"((?:Sending|Received) packet [A-Z]+) data ?()(?:{_EVENT})?"
_DATA = 3  # the group that marks where a packet's data begin
_PACKET = re.compile(rf"(?:({SID}): )?{_WORDS}")
# Wherever it stands in the line: a format of its own may put anything in front.
_SERVER_PACKET = re.compile(rf"(?<=[\s:|\]])({SID}): {_WORDS}")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NON_FINITE = re.compile(r"\b(?:NaN|Infinity)\b")
_ITERATION = re.compile(r'"iteration":\s*(\d{1,15})\b')
_CLIENT_ID = re.compile(rf'0(?:/[^,{{]*,)?\{{"sid":\s*"({SID})"')
_NUMBERS = {"pingInterval": "ping_interval_s", "pingTimeout": "ping_timeout_s"}
# What each side's line about a packet is. The messages that count are those a server sends.
_SERVER = {
    "Sending packet MESSAGE": Kind.MESSAGE_EMITTED,
    "Sending packet PING": Kind.PING_QUEUED,
    "Received packet PONG": Kind.PONG_RECEIVED,
    "Sending packet OPEN": Kind.HANDSHAKE,
}
_CLIENT = {
    "Received packet MESSAGE": Kind.MESSAGE_RECEIVED,
    "Received packet PING": Kind.PING_RECEIVED,
    "Sending packet PONG": Kind.PONG_SENT,
}
_MESSAGES = frozenset({Kind.MESSAGE_EMITTED, Kind.MESSAGE_RECEIVED})
_OF_SERVER, _OF_CLIENT = Witness.SERVER, Witness.PROBE


def packet_at(text: str, at: int) -> Told | None:
    """What a packet's line says whose words begin at this place; None for any other line.

    Of a packet from which nothing follows it has neither kind nor data.
    """
    found = _PACKET.match(text, at)
    return None if found is None else _told(found)


def packet_within(text: str, at: int) -> Told | None:
    """As ``packet_at``, of a server's packet behind a front of its own."""
    if text.find(" packet ", at, at + LINE_LIMIT) < 0:
        return None
    found = _SERVER_PACKET.search(text, at)
    return None if found is None else _told(found)


def _told(found: re.Match[str]) -> Told:
    sid, words, _, parts, event = found.groups()
    text, at = found.string, found.start(_DATA)
    if sid is None:
        witness, kind = _OF_CLIENT, _CLIENT.get(words)
    else:
        sid = intern(sid)  # five ids in a million lines
        witness, kind = _OF_SERVER, _SERVER.get(words)
    if event is None:
        return _without_event(Told(witness, kind, sid), words, text, at)
    if kind not in _MESSAGES:
        return Told(witness, None, sid)
    # One letter is found ten times as fast as a word.
    perhaps = text.find("N", at) >= 0 or text.find("I", at) >= 0
    # Event name, bytes, non-finite numbers and attachments of the message.
    facts: dict[str, Any] = {
        "event": intern(event),
        "bytes": len(text) - at if text.isascii() else len(text[at:].encode(errors="replace")),
        "non_finite": _count_non_finite(text[at:]) if perhaps else 0,
        "attachments": 0 if parts is None else int(parts),
    }
    if sid is None and (turn := _ITERATION.search(text, at)):
        facts["iteration"] = int(turn[1])
    return Told(witness, kind, sid, facts)


def _count_non_finite(data: str) -> int:
    """The bare words of Python's encoder; in a string they are text."""
    return len(_NON_FINITE.findall(_STRING.sub('""', data)))


def _without_event(told: Told, words: str, text: str, at: int) -> Told:
    if words.endswith(" CLOSE") or text.startswith("1", at):
        if told.sid:
            line = f"{told.sid}: {words} data {text[at : at + LINE_LIMIT]}"
            return server_log(line, "engineio.server", "", told.sid)
        side = "client" if words.startswith("Sending") else "server"
        return Told(told.witness, data={"reason": f"{side} disconnect"})
    if told.kind in _MESSAGES:
        named = _CLIENT_ID.match(text, at)
        return Told(told.witness, None, told.sid, client_id=named[1] if named else None)
    if told.kind is Kind.HANDSHAKE:
        told.data.update(advertised(text[at:]))
    return told


def advertised(data: str) -> dict[str, Any]:
    """The heartbeat's numbers in an OPEN packet, seconds and bytes."""
    facts: dict[str, Any] = {}
    for name, key in _NUMBERS.items():
        found = re.search(rf"""['"]{name}['"]: ?(\d{{1,12}})""", data)
        if found:
            facts[key] = int(found[1]) / 1000
    found = re.search(r"""['"]maxPayload['"]: ?(\d{1,15})""", data)
    return facts | ({"max_payload_bytes": int(found[1])} if found else {})
