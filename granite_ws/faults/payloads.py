"""Faults: what is sent, by the server or by a client."""

from __future__ import annotations

from granite_ws.faults.fault import Fault, Place
from granite_ws.phrase import say

_POLLING = {"transport": "polling"}
_SMALL_INBOX = {"max_http_buffer_size": 100_000}
_TOO_BIG = {"act": "emit", "event": "upload", "bytes": 200_000, "count": 1}

FAULTS: tuple[Fault, ...] = (
    Fault(
        name="nonfinite_json",
        place=Place.SERVER,
        about=say("a message holds NaN, which no JavaScript client can parse"),
        settings={"finite_json": False},
        hits=("node",),
        settle_s=3.0,
        reports=("python-socketio#1438", "Flask-SocketIO#544", "socket.io#3050"),
    ),
    Fault(
        name="reserved_event_name",
        place=Place.SERVER,
        about=say("an event is named as one of the client library's own"),
        hits=("node",),
        settle_s=3.0,
    ),
    Fault(
        name="too_many_attachments",
        place=Place.SERVER,
        about=say("one message holds more binary parts than a JavaScript client takes"),
        hits=("node",),
        settle_s=3.0,
        reports=("socket.io#5504", "socket.io#5489"),
    ),
    Fault(
        name="binary_interleave",
        place=Place.SERVER,
        about=say("another thread's text gets between a binary message's header and its bytes"),
        seconds=3.0,
        hits=("node",),
        settle_s=3.0,
        reports=("python-socketio#37", "python-socketio#403"),
    ),
    Fault(
        name="bytearray_payload",
        place=Place.SERVER,
        about=say("a bytearray is sent, and goes out as text"),
        hits=("python",),
        settle_s=3.0,
        reports=("flask-sock#63",),
    ),
    Fault(
        name="unserialisable_result",
        place=Place.SERVER,
        about=say("a result holds what JSON does not know, and is never sent"),
        settle_s=2.0,
        reports=("Flask-SocketIO#544", "flask#4012"),
    ),
    Fault(
        name="inbound_too_big_ws",
        place=Place.CLIENT,
        about=say("a client sends more than max_http_buffer_size over its WebSocket"),
        settings=_SMALL_INBOX,
        hits=("python", "node"),
        settle_s=3.0,
        order=_TOO_BIG,
        reports=("python-socketio#1006", "python-socketio#475", "InvokeAI#1315"),
    ),
    Fault(
        name="inbound_too_big_polling",
        place=Place.CLIENT,
        about=say("a client posts more than max_http_buffer_size"),
        settings={**_SMALL_INBOX, **_POLLING},
        hits=("python", "node"),
        settle_s=3.0,
        order=_TOO_BIG,
        reports=("socket.io-client#1625",),
    ),
    Fault(
        name="too_many_packets_down",
        place=Place.SERVER,
        about=say("one poll brings more packets than a Python client takes"),
        settings=_POLLING,
        hits=("python",),
        settle_s=3.0,
        reports=("python-engineio#142", "nicegui#209"),
    ),
    Fault(
        name="too_many_packets_up",
        place=Place.CLIENT,
        about=say("one post brings more packets than the server takes, and they are lost"),
        settings=_POLLING,
        settle_s=3.0,
        order={"act": "emit", "event": "upload", "bytes": 10, "count": 40},
        reports=("python-engineio#142", "ZnDraw#716", "open-webui#3874"),
    ),
    Fault(
        name="async_client_4mb",
        place=Place.SERVER,
        about=say("a message is larger than aiohttp's client takes"),
        settings={"client_kinds": "python-async"},
        hits=("python-async",),
        settle_s=3.0,
        reports=("python-engineio#293", "python-socketio#486", "python-socketio#1272"),
    ),
    Fault(
        name="gevent_partial_send",
        place=Place.SERVER,
        about=say("under gevent only the first part of a large message is sent"),
        # A forecast would hold the hub by itself: seconds for the first one, on a busy machine.
        settings={"async_mode": "gevent", "forecast_every": 0},
        hits=("python", "node"),
        settle_s=7.0,
        reports=("simple-websocket#45", "simple-websocket#34"),
    ),
    Fault(
        name="pyclient_utf8_stall",
        place=Place.SERVER,
        about=say("a Python client checks a large text for longer than ping_timeout"),
        # A JavaScript client's PING would wait behind the text while it is compressed.
        settings={"client_kinds": "python"},
        hits=("python",),
        settle_s=9.0,
        reports=("websocket-client#590", "websocket-client#921"),
    ),
    Fault(
        name="slow_consumer_backlog",
        place=Place.WIRE,
        about=say("more is sent than the line carries, and the PING waits behind it"),
        seconds=6.0,
        settings={"point_interval_s": 0.1, "forecast_every": 40},
        hits=("python", "node"),
        order={"bytes_per_s": 200_000},
        reports=("Flask-SocketIO#754", "Flask-SocketIO#663", "socket.io#2666"),
    ),
)
