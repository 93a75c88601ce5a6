"""How a running session stands."""

from __future__ import annotations

from granite_ws.events import Event, Kind
from granite_ws.report.pulse import Pulse
from tests.log_builder import connected, forecast, log, lost, ping, server_lost, stall
from tests.report.session_builder import EVIL


def pulse(*parts: Event | list[Event]) -> Pulse:
    """One that saw all these."""
    made = Pulse()
    made.progress(0.5, "watching")
    for event in log(*parts):
        made.see(event)
    return made


def facts(made: Pulse) -> dict[str, str]:
    return {str(fact.label): str(fact.value) for fact in made.facts}


def test_it_counts_what_it_saw() -> None:
    """A client, two PINGs, a forecast and a stall, none of them lost."""
    seen = facts(pulse(connected(1), ping(2), ping(3, trip_s=0.02), forecast(2.2), stall(4, 1.5)))
    assert ("1", "2", "20.0 ms", "1", "1", "0") == tuple(
        seen[name]
        for name in (
            "clients connected", "PINGs", "last PING to PONG", "forecasts", "stalls", "drops",
        )
    )  # fmt: skip


def test_a_drop_is_told_once_by_whichever_side_is_first() -> None:
    """The server gives up, then the client notices: one drop."""
    made = pulse(connected(1), server_lost(5, reason="ping timeout"), lost(6))
    assert {"A": "ping timeout"} == made.drops
    assert 1 == sum("DROP" in words for _, words in made.lines)


def test_a_client_that_leaves_on_purpose_is_no_drop() -> None:
    """Its connection is over, and nothing was lost."""
    made = pulse(connected(1), lost(6, own=True))
    assert ({}, {}) == (made.drops, made.connected)


def test_a_stall_that_nobody_felt_is_none() -> None:
    """While a model loads; one that cost a client counts, though it is told after the drop."""
    loading = facts(pulse(stall(0.5, 2), connected(3)))["stalls"]
    costly = facts(pulse(connected(1), server_lost(5, reason="ping timeout"), stall(2, 4)))
    assert ("0", "1") == (loading, costly["stalls"])


def test_foreign_words_are_escaped() -> None:
    """A client's kind and a reason are text."""
    html = pulse(connected(1, client_kind=EVIL), server_lost(5, reason=EVIL)).section().html
    assert EVIL not in html
    assert "&lt;script&gt;" in html


def test_its_plain_words_are_one_line() -> None:
    """What a notebook without HTML shows."""
    words = repr(pulse(connected(1), ping(2)).section())
    assert words.startswith("50 % watching: 1 client connected, 0 drops, PINGs 1")
    assert "\n" not in words


def test_events_that_say_nothing_change_nothing() -> None:
    """A sample is not a line."""
    made = pulse(Event(1, "", connected(1).witness, Kind.SAMPLE))
    assert [] == list(made.lines)
