"""Engine.IO's lines about packets, of either side."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.events import Event, Kind, Witness
from granite_ws.reading.linestamps import read_stamp
from granite_ws.reading.packetlines import packet_at, packet_within
from granite_ws.reading.told import Told

SID = "Z2MVIPJtUHwCNMmXAAAA"
OPEN = "{'sid': 'Z2MVIPJtUHwCNMmXAAAA', 'upgrades': [], 'pingTimeout': 2000, 'pingInterval': 1000}"


@pytest.mark.parametrize(
    ("rest", "kind", "data"),
    [
        ("Sending packet PING data None", Kind.PING_QUEUED, {}),
        ("Received packet PONG data ", Kind.PONG_RECEIVED, {}),
        (
            f"Sending packet OPEN data {OPEN}",
            Kind.HANDSHAKE,
            {"ping_interval_s": 1.0, "ping_timeout_s": 2.0},
        ),
        (
            'Sending packet MESSAGE data 2["x",{"v":[NaN,-Infinity],"s":"NaN"}]',
            Kind.MESSAGE_EMITTED,
            {"event": "x", "bytes": 38, "non_finite": 2, "attachments": 0},
        ),
        (
            'Sending packet MESSAGE data 511-/ns,["many",{"_placeholder":true,"num":0}]',
            Kind.MESSAGE_EMITTED,
            {"event": "many", "bytes": 46, "non_finite": 0, "attachments": 11},
        ),
    ],
)
def test_a_packet_line_of_the_server_is_its_packet(
    rest: str, kind: Kind, data: dict[str, Any]
) -> None:
    """PING, PONG, OPEN and messages with their sid, wherever the line's own front ends."""
    for front in ("", "my front | "):
        told = read_stamp(f"{front}{SID}: {rest}").told
        assert told is not None
        assert (Witness.SERVER, kind, SID, data) == (told.witness, told.kind, told.sid, told.data)


def test_the_connect_packet_ties_both_ids() -> None:
    """Engine.IO's sid and Socket.IO's id of one connection stand in one line."""
    told = packet_at(f'{SID}: Sending packet MESSAGE data 0{{"sid":"pTVumc4wUYrnuWf2AAAB"}}', 0)
    assert Told(Witness.SERVER, sid=SID, client_id="pTVumc4wUYrnuWf2AAAB") == told


@pytest.mark.parametrize("rest", ["Received packet CLOSE data ", "Sending packet MESSAGE data 1"])
def test_a_server_that_ends_a_connection_is_kept_as_its_line(rest: str) -> None:
    """Engine.IO's CLOSE and Socket.IO's DISCONNECT, with the sid."""
    told = packet_at(f"{SID}: {rest}", 0)
    assert told is not None
    assert (Kind.SERVER_LOG, SID, "engineio.server") == (told.kind, told.sid, told.data["logger"])
    assert f"{SID}: {rest}" == told.data["line"]


@pytest.mark.parametrize(
    ("line", "kind", "data"),
    [
        ("Received packet PING data ", Kind.PING_RECEIVED, {}),
        ("Sending packet PONG data ", Kind.PONG_SENT, {}),
        (
            'Received packet MESSAGE data 2["new_data",{"iteration": 7}]',
            Kind.MESSAGE_RECEIVED,
            {"event": "new_data", "bytes": 30, "non_finite": 0, "attachments": 0, "iteration": 7},
        ),
        ("Sending packet CLOSE data None", None, {"reason": "client disconnect"}),
        ("Received packet MESSAGE data 1", None, {"reason": "server disconnect"}),
    ],
)
def test_a_packet_line_of_the_python_client(
    line: str, kind: Kind | None, data: dict[str, Any]
) -> None:
    """It names no connection; a message names its iteration, a close its side."""
    assert Told(Witness.PROBE, kind, None, data) == packet_at(line, 0)


@pytest.mark.parametrize(
    "line",
    [
        f'{SID}: Received packet MESSAGE data 2["x"]',
        f"{SID}: Sending packet NOOP data None",
        'Sending packet MESSAGE data 2["ask_for_prediction"]',
        f'{SID}: Sending packet MESSAGE data 3["only an answer"]',
    ],
)
def test_from_other_packets_nothing_follows(line: str) -> None:
    """They are packets, so no other reader looks at what somebody wrote into them."""
    told = packet_at(line, 0)
    assert told is not None
    assert (None, {}, None) == (told.kind, told.data, told.client_id)


@pytest.mark.parametrize(
    "line", ["", "hello", "Sending packet ping data", f"{SID}: Client is gone", "a packet of tea"]
)
def test_any_other_line_is_none(line: str) -> None:
    """Neither at its place nor behind a front."""
    assert packet_at(line, 0) is None
    assert packet_within(line, 0) is None


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


def non_finite(value: Any) -> int:
    if isinstance(value, float):
        return value != value or value in (float("inf"), float("-inf"))
    if isinstance(value, dict):
        return sum(map(non_finite, value.values()))
    return sum(map(non_finite, value)) if isinstance(value, list) else 0


@given(values)
def test_non_finite_numbers_are_counted_as_the_encoder_wrote_them(value: Any) -> None:
    """As many as there are in the value, in Socket.IO's compact JSON."""
    packed = "2" + json.dumps(["x", value], separators=(",", ":"))
    told = packet_at(f"{SID}: Sending packet MESSAGE data {packed}", 0)
    assert told is not None
    expected = {"event": "x", "non_finite": non_finite(value), "attachments": 0}
    assert expected | {"bytes": len(packed.encode())} == told.data


@given(
    st.text(max_size=80),
    st.sampled_from([f"{SID}: Sending", "Received"]),
    st.sampled_from(
        ["MESSAGE data 2", "MESSAGE data 0{", "OPEN data {", "CLOSE data ", "PING data "]
    ),
)
def test_any_packet_gives_an_event_or_nothing(text: str, way: str, rest: str) -> None:
    """Nothing is raised, and what is told can be written as strict JSON."""
    told = packet_at(f"{way} packet {rest}{text}", 0)
    assert told is not None
    if told.kind is not None:
        made = Event(1, "", told.witness, told.kind, told.sid, told.data)
        assert made == Event.from_line(made.to_line())
