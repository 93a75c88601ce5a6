"""How the faults of what is sent are carried out: as an application's own slip would do it."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from granite_ws.edges.injector.stage import Act, Prepare, Scene, SceneAct, ServerStage
from granite_ws.faults import BY_NAME

# One more than a JavaScript client takes (socket.io-parser 4.2.6 and later: ``maxAttachments``).
_PARTS = 11
# More than a Python client takes in one poll (engineio ``Payload.max_decode_packets``: 16), with
# enough to spare that the poll which is open at that moment cannot take them one by one.
_BURST = 200
# Above aiohttp's 4 MiB for a client (``ClientSession.ws_connect``: ``max_msg_size``).
_LARGE_FOR_AIOHTTP = 5_000_000
# Twice what a TCP socket of Linux takes at once (4 MB, ``tcp_wmem``); random bytes do not shrink
# where a client has them deflated, and need no JSON, which would hold the hub for longer.
_LARGE_FOR_A_SOCKET = 8_000_000
# What a Python client's check of the text is to take (seconds): from the emit at 0.5 s after a
# PING it outlasts the next PING, 0.5 s later, by more than twice ping_timeout = 2 s.
_CHECK_S = 4.0
_SAMPLE_BYTES, _SAMPLES = 100_000, 5
_TEXT_THREADS = 3
_BETWEEN_S = 0.002
# A picture so often: two and a half times what the throttled wire lets through.
_PICTURE_BYTES, _PICTURE_EVERY_S = 50_000, 0.1


def incompressible(length: int, seed: int) -> str:
    """Random hexadecimal digits, the same for the same seed."""
    return np.random.default_rng(seed).bytes((length + 1) // 2).hex()[:length]


# ------------------------------------------------------------------------ one wrong message


def _send_nan(stage: ServerStage, _seconds: float) -> None:
    """A mean of nothing is NaN, and ``json`` writes it so."""
    with np.errstate(invalid="ignore"):
        mean = float(np.float64(0.0) / np.float64(0.0))
    stage.emit("prediction", {"step": 1, "value": mean})
    stage.effect("numbers that are not finite", int(not math.isfinite(mean)))


def _send_reserved_name(stage: ServerStage, _seconds: float) -> None:
    """An application that tells its clients that it is about to go."""
    stage.emit("disconnecting", {"why": "maintenance"})
    stage.effect("messages with a reserved name", 1)


def _send_many_parts(stage: ServerStage, _seconds: float) -> None:
    """Eleven images in one message, say."""
    parts = [bytes([number]) * 100 for number in range(_PARTS)]
    stage.emit("images", {"parts": parts})
    stage.effect("binary parts", len(parts))


def _send_bytearray(stage: ServerStage, _seconds: float) -> None:
    """A buffer that was filled step by step and never turned into bytes."""
    buffer = bytearray(stage.settings.seed.to_bytes(4, "big"))
    while not _undecodable(buffer):
        buffer += b"\x00"
    stage.emit("image", buffer)
    stage.effect("bytearrays", 1)


def _undecodable(buffer: bytearray) -> bool:
    """Whether the text that goes out is no base64: a Python client then cannot decode it.

    Every fourth length happens to be base64, and gives wrong bytes instead of a drop.
    """
    letters = sum(sign.isalnum() or sign in "+/" for sign in str(buffer)[1:])
    return letters % 4 != 0


def _send_unserialisable(stage: ServerStage, _seconds: float) -> None:
    """A model's float32, straight into the message."""
    try:
        stage.emit("prediction", {"step": 1, "value": np.float32(1.5)})
    except TypeError:
        stage.effect("messages that could not be written as JSON", 1)


# ----------------------------------------------------------------------- large, or many


def _send_burst(stage: ServerStage, _seconds: float) -> None:
    """One message for each step of a forecast instead of one for all."""
    for step in range(_BURST):
        stage.emit("step", {"step": step, "value": 0.5})
    stage.effect("messages in one burst", _BURST)


def _send_5_mb(stage: ServerStage, _seconds: float) -> None:
    stage.emit("result", {"text": incompressible(_LARGE_FOR_AIOHTTP, stage.settings.seed)})
    stage.effect("bytes emitted", _LARGE_FOR_AIOHTTP)


def _send_through_hub(stage: ServerStage, _seconds: float) -> None:
    """Sends from a greenlet of the server's own hub, as an application's handler would."""
    image = np.random.default_rng(stage.settings.seed).bytes(_LARGE_FOR_A_SOCKET)
    gevent: Any = import_module("gevent")
    hub = next(iter(stage.engineio.sockets.values())).queue.hub
    hub.loop.run_callback_threadsafe(gevent.spawn, stage.emit, "image", image)
    stage.effect("bytes emitted", len(image))


def _send_long_text(stage: ServerStage, _seconds: float) -> None:
    """Text whose check takes the client library on this very machine long enough."""
    length = int(_SAMPLE_BYTES / _sample_check_s(stage) * _CHECK_S)
    stage.emit("result", {"text": incompressible(length, stage.settings.seed)})
    stage.effect("bytes emitted", length)


def _sample_check_s(stage: ServerStage) -> float:
    """How long the client library's check of the sample takes at best: others share the core."""
    validate: Any = import_module("websocket._utils").validate_utf8
    took = []
    for _ in range(_SAMPLES):
        begun = stage.recorder.clock.now_ns()
        validate(b"a" * _SAMPLE_BYTES)
        took.append((stage.recorder.clock.now_ns() - begun) / 1e9)
    return min(took)


# ----------------------------------------------------------------------- several at once


def _interleave(stage: ServerStage, seconds: float) -> None:
    """Several threads tell of their progress while one sends images: nothing orders them."""
    over = threading.Event()
    counts = {"overlaps": 0, "sending": 0}

    def tell(number: int) -> None:
        while not over.wait(_BETWEEN_S):
            before = counts["sending"]
            stage.emit("progress", {"worker": number, "share": 0.5})
            counts["overlaps"] += bool(before or counts["sending"])

    def send_images() -> None:
        while not over.wait(_BETWEEN_S):
            counts["sending"] = 1
            stage.emit("image", {"a": b"\x01" * 100, "b": b"\x02" * 100})
            counts["sending"] = 0

    switching = sys.getswitchinterval()
    # Threads change over as often as they do on a machine with many busy cores.
    sys.setswitchinterval(1e-6)
    work: list[Callable[[], None]] = [send_images]
    work += [lambda number=number: tell(number) for number in range(_TEXT_THREADS)]  # type: ignore[misc]
    threads = [threading.Thread(target=target, daemon=True) for target in work]
    try:
        for thread in threads:
            thread.start()
        over.wait(seconds)
    finally:
        over.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(switching)
    stage.effect("texts emitted while a binary message was", counts["overlaps"])


# ------------------------------------------------------------------ more than a line carries


def _send_pictures(stage: ServerStage, seconds: float) -> None:
    """Pictures at a steady pace, whatever becomes of them: ``emit`` tells nobody of a queue."""
    pictures = np.random.default_rng(stage.settings.seed)
    over = threading.Event()
    sent = 0
    for _ in range(round(seconds / _PICTURE_EVERY_S)):
        stage.emit("picture", pictures.bytes(_PICTURE_BYTES))
        sent += _PICTURE_BYTES
        over.wait(_PICTURE_EVERY_S)
    stage.effect("bytes emitted", sent)


def _narrow_the_wire(scene: Scene, seconds: float) -> None:
    """The relay lets through less than the server sends."""
    fault = BY_NAME["slow_consumer_backlog"]
    if scene.relay is None:
        raise AssertionError("a fault of the wire has its relay")
    scene.relay.order(fault=fault.name, seconds=seconds, **fault.order)
    try:
        scene.server.order(fault=fault.name, seconds=seconds)
        scene.over.wait(seconds)
    finally:
        scene.relay.order(heal=True)


PREPARE: dict[str, Prepare] = {}  # in the server, before it listens
ACTS: dict[str, Act] = {  # in the server, on the runner's order
    "nonfinite_json": _send_nan,
    "reserved_event_name": _send_reserved_name,
    "too_many_attachments": _send_many_parts,
    "binary_interleave": _interleave,
    "bytearray_payload": _send_bytearray,
    "unserialisable_result": _send_unserialisable,
    "too_many_packets_down": _send_burst,
    "async_client_4mb": _send_5_mb,
    "gevent_partial_send": _send_through_hub,
    "pyclient_utf8_stall": _send_long_text,
    "slow_consumer_backlog": _send_pictures,
}
SCENES: dict[str, SceneAct] = {"slow_consumer_backlog": _narrow_the_wire}  # in the runner
