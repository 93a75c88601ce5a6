"""How the faults of what is sent are carried out: against the libraries that send it."""

from __future__ import annotations

import binascii
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import engineio
import pytest
from engineio import packet as engineio_packet
from socketio import packet

from granite_ws.edges.injector import payloads
from granite_ws.edges.injector.payloads import ACTS, SCENES, incompressible
from granite_ws.edges.injector.stage import Scene, ServerStage
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness
from granite_ws.settings import Settings
from granite_ws.trial import run_trial


class Sent:
    """A stage whose emit encodes as python-socketio does, and keeps what would go out."""

    def __init__(self, tmp_path: Path, fault: str) -> None:
        self.path = tmp_path / "events.jsonl"
        self.packets: list[list[Any]] = []
        recorder = Recorder(Witness.INJECTOR, self.path)
        self.stage = ServerStage(Settings(fault=fault), recorder, None, None, emit=self.emit)

    def emit(self, event: str, *data: Any) -> None:
        encoded = packet.Packet(packet.EVENT, data=[event, *data]).encode()
        self.packets.append(encoded if isinstance(encoded, list) else [encoded])

    @property
    def effects(self) -> list[float]:
        return [e.data["amount"] for e in read_events(self.path).of(Kind.FAULT_EFFECT)]


@pytest.fixture
def sent(tmp_path: Path) -> Callable[..., Sent]:
    def act(fault: str, seconds: float = 0) -> Sent:
        kept = Sent(tmp_path, fault)
        ACTS[fault](kept.stage, seconds)
        return kept

    return act


def test_nan_goes_out_as_no_json(sent: Callable[..., Sent]) -> None:
    """What goes out holds a bare NaN, which a strict reader refuses."""
    kept = sent("nonfinite_json")
    [[text]] = kept.packets
    with pytest.raises(ValueError, match="NaN"):
        json.loads(text[1:], parse_constant=_refuse)
    assert [1] == kept.effects


def _refuse(word: str) -> None:
    raise ValueError(word)


def test_a_name_of_the_librarys_own(sent: Callable[..., Sent]) -> None:
    """The message is fine but for its name."""
    [[text]] = sent("reserved_event_name").packets
    assert "disconnecting" == json.loads(text[1:])[0]


def test_eleven_parts(sent: Callable[..., Sent]) -> None:
    """A header and eleven attachments."""
    [[header, *parts]] = sent("too_many_attachments").packets
    assert (header[:4], 11) == ("511-", len(parts))


@pytest.mark.parametrize("seed", range(8))
def test_a_python_client_cannot_decode_the_bytearray(tmp_path: Path, seed: int) -> None:
    """As simple-websocket sends it: ``str()`` of the buffer, as text. No seed happens to pass."""
    kept = Sent(tmp_path, "bytearray_payload")
    kept.stage.settings = Settings(fault="bytearray_payload", seed=seed)
    ACTS["bytearray_payload"](kept.stage, 0)
    [[_, buffer]] = kept.packets
    assert isinstance(buffer, bytearray)
    with pytest.raises(binascii.Error):
        engineio_packet.Packet(encoded_packet=str(buffer))


def test_a_float32_is_never_sent(sent: Callable[..., Sent]) -> None:
    """The emit raised TypeError, and that is the effect."""
    kept = sent("unserialisable_result")
    assert ([], [1]) == (kept.packets, kept.effects)


def test_a_burst_is_more_than_a_poll_may_bring(sent: Callable[..., Sent]) -> None:
    """Many times what python-engineio decodes from one answer."""
    kept = sent("too_many_packets_down")
    assert len(kept.packets) > 10 * engineio.payload.Payload.max_decode_packets
    assert [len(kept.packets)] == kept.effects


def test_the_large_message_is_above_aiohttps_limit(sent: Callable[..., Sent]) -> None:
    """More than 4 MiB, as text that no compression makes small."""
    [[text]] = sent("async_client_4mb").packets
    assert len(text) > 4 * 2**20
    assert incompressible(64, 1) == incompressible(64, 1) != incompressible(64, 2)


def test_the_long_text_is_as_long_as_this_machine_makes_it(
    sent: Callable[..., Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice the time to check is twice the text."""
    monkeypatch.setattr(payloads, "_sample_check_s", lambda _stage: 0.05)
    [[text]] = sent("pyclient_utf8_stall").packets
    monkeypatch.setattr(payloads, "_sample_check_s", lambda _stage: 0.10)
    [[half]] = sent("pyclient_utf8_stall").packets
    assert pytest.approx(len(text), rel=0.01) == 2 * len(half)


def test_the_check_is_measured_on_the_clients_library(tmp_path: Path) -> None:
    """A moment, and not nothing: 100,000 characters in pure Python."""
    took = payloads._sample_check_s(Sent(tmp_path, "").stage)
    assert 0.001 < took < 5


class Slow(Sent):
    """A stage whose binary message goes out slowly: only once a text has, or after 5 s."""

    def __init__(self, tmp_path: Path, fault: str) -> None:
        super().__init__(tmp_path, fault)
        self.told = threading.Event()

    def emit(self, event: str, *data: Any) -> None:
        if event == "image":
            self.told.clear()
            self.told.wait(5)
        super().emit(event, *data)
        if event != "image":
            self.told.set()


def test_threads_emit_while_a_binary_message_goes_out(tmp_path: Path) -> None:
    """Text and binary, from several threads; Python changes threads as before afterwards."""
    before = sys.getswitchinterval()
    kept = Slow(tmp_path, "binary_interleave")
    ACTS["binary_interleave"](kept.stage, 0.5)
    assert {1, 3} == {len(parts) for parts in kept.packets}
    assert kept.effects[0] > 0
    assert before == sys.getswitchinterval()


def test_pictures_come_at_a_steady_pace(sent: Callable[..., Sent]) -> None:
    """Three in three tenths of a second, and their bytes are the effect."""
    kept = sent("slow_consumer_backlog", 0.3)
    assert ([3 * 50_000], 3) == (kept.effects, len(kept.packets))


class Child:
    """A process that keeps its orders."""

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []

    def order(self, **order: Any) -> None:
        self.orders.append(order)


def test_the_narrowed_wire_is_healed_when_the_session_ends_early(tmp_path: Path) -> None:
    """Relay and server are told, and the relay is healed although the time was not over."""
    relay, server, over = Child(), Child(), threading.Event()
    over.set()
    recorder = Recorder(Witness.INJECTOR, tmp_path / "events.jsonl")
    settings = Settings(fault="slow_consumer_backlog")
    parts: list[Any] = [settings, recorder, tmp_path, server, {}, relay, over, None]
    SCENES["slow_consumer_backlog"](Scene(*parts), 60)
    assert [200_000, True] == [relay.orders[0]["bytes_per_s"], relay.orders[-1]["heal"]]
    assert ["slow_consumer_backlog"] == [order["fault"] for order in server.orders]


def test_a_trial_names_what_was_injected(tmp_path: Path) -> None:
    """One whole session: a bytearray drops a Python client, and a blind diagnosis says so."""
    changes = {"client_kinds": "python", "duration_s": 5, "forecast_every": 0}
    trial = run_trial("bytearray_payload", out=tmp_path / "session", **changes)
    assert ("", ("bytearray_payload",)) == (trial.void, trial.named)
