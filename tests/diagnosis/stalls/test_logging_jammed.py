"""Threads of the connections wait for a log handler that another one holds."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.logging_jammed import Jammed, Jamming, judge_jam
from granite_ws.events import Event, Kind
from tests.diagnosis.stalls.served_logs import (
    RESTING,
    SHIPS,
    WAITS_FOR_LOG,
    WRITES,
    look,
    silent,
    timeline,
    unwatched,
)
from tests.log_builder import event, quiet, stall


def jamming(seen: list[Jammed]) -> Jamming:
    """Takes every jam, and keeps what it was asked about."""
    return Jamming(
        "GWS000",
        "x",
        guilty=lambda one: not seen.append(one),
        claim=lambda one: f"{one.jam.waiting} waited",
        begun=lambda one: ("emitted", one.payload),
        remedy="remedy",
    )


def emitted(seconds: float, size: int, thread: str = "T1") -> Event:
    facts = {"attachments": 0, "bytearrays": 0, "non_finite": 0}
    return event(seconds, Kind.MESSAGE_EMITTED, event="data", bytes=size, thread=thread, **facts)


def test_a_jam_before_a_loss_explains_it() -> None:
    """From the last PONG over the look to the loss."""
    found = judge_jam(timeline(silent(look(5, WRITES, WAITS_FOR_LOG))), jamming([]))
    assert (Truth.SUPPORTED, ("A",), "1 waited") == (found.truth, found.explains, found.claim)
    assert "app/jobs.py:5 step" == found.blocked_at
    kinds = [step.event.kind for step in found.path]
    assert [Kind.PONG_RECEIVED, Kind.STACK, Kind.DISCONNECTED] == kinds


def test_any_clients_look_shows_the_jam_to_all_of_them() -> None:
    """One log serves all: the look need not be about the same client."""
    found = judge_jam(timeline(silent(look(5, WRITES, WAITS_FOR_LOG, sid="B"))), jamming([]))
    assert ("A",) == found.explains


def test_the_large_message_is_the_holders_own() -> None:
    """Emitted by its thread, a moment before the silence at most; no small, no foreign one."""
    seen: list[Jammed] = []
    judge_jam(
        timeline(silent(emitted(2.8, 2_000_000), look(5, SHIPS, WAITS_FOR_LOG))), jamming(seen)
    )
    assert [2_000_000] == [one.payload and one.payload.data["bytes"] for one in seen]
    for other in (emitted(2.8, 20_000), emitted(2.8, 2_000_000, "T9"), emitted(5.5, 2_000_000)):
        seen.clear()
        judge_jam(timeline(silent(other, look(5, SHIPS, WAITS_FOR_LOG))), jamming(seen))
        assert [None] == [one.payload for one in seen]


def test_a_jam_that_is_something_else_is_refuted() -> None:
    """The check's own word decides."""
    wanted = jamming([])
    never = Jamming(**{**vars(wanted), "guilty": lambda _one: False})
    found = judge_jam(timeline(silent(look(5, WRITES, WAITS_FOR_LOG))), never)
    assert Truth.REFUTED is found.truth
    assert "not for this" in found.claim


def test_no_jam_a_jam_too_late_and_a_server_that_stood_still_are_none() -> None:
    """Nor a session without a drop."""
    jam = look(5, WRITES, WAITS_FOR_LOG)
    for parts in (
        [silent(look(5, RESTING))],
        [silent(look(7, WRITES, WAITS_FOR_LOG))],
        [silent(jam), stall(3.5, 2.2)],
        [quiet()],
    ):
        assert Truth.REFUTED is judge_jam(timeline(*parts), jamming([])).truth


def test_a_jam_that_dissolves_at_once_drops_nobody() -> None:
    """Every large line is one for a moment; what is emitted right after it shows its end."""
    jam = look(5, WRITES, WAITS_FOR_LOG)
    goes_on = [emitted(4.5, 300), jam, emitted(5.2, 300)]
    assert Truth.REFUTED is judge_jam(timeline(silent(*goes_on)), jamming([])).truth
    hangs = [emitted(3.3, 300), jam, emitted(5.2, 300)]
    assert Truth.SUPPORTED is judge_jam(timeline(silent(*hangs)), jamming([])).truth


def test_without_looks_it_is_unknown() -> None:
    """A log that ends in the middle may have many reasons."""
    assert Truth.UNKNOWN is judge_jam(unwatched(silent()), jamming([])).truth
