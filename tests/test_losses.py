"""Rows of drops, read from logs that are drawn here."""

from __future__ import annotations

import pytest

from granite_ws.events import Event, EventLog, Kind, Witness
from granite_ws.losses import watch
from granite_ws.timeline import read_timeline
from tests import log_builder as draw


def test_a_drop_carries_what_stood_at_that_moment() -> None:
    """Iteration, predictions since connecting, ages in seconds, hour and last payload."""
    log = draw.log(
        *(draw.forecast(s, s) + draw.emit(s + 0.2, s, size=100 * s) for s in (1, 2, 3)),
        draw.connected(1.5),
        draw.ping(2.6, trip_s=0.4),
        draw.lost(4.25),
    )
    (loss,) = watch(read_timeline(log), "one").losses
    assert ("one", 3, 2, 300) == (
        loss.session,
        loss.iteration,
        loss.predictions,
        loss.payload_bytes,
    )
    assert 2.75 == pytest.approx(loss.connection_age_s)
    assert 1.03 == pytest.approx(loss.idle_age_s)  # the message of 3.2 s arrived at 3.22 s
    assert loss.hour_utc is not None
    assert 0 <= loss.hour_utc < 0.01


def test_the_side_that_noticed_first_dates_the_drop() -> None:
    """A server that notices before the client gives the age."""
    log = draw.log(draw.connected(0), draw.server_lost(3), draw.lost(5))
    (loss,) = watch(read_timeline(log), "s").losses
    assert 3.0 == pytest.approx(loss.connection_age_s)


def test_clients_lost_together_are_one_drop() -> None:
    """Three clients within a second are one row; a fourth two seconds later is another."""
    parts: list[Event] = []
    for number, end in enumerate((5.0, 5.4, 5.9, 8.0), 1):
        parts += [draw.connected(0, sid=str(number), client=number)]
        parts += [draw.lost(end, sid=str(number), client=number)]
    assert 2 == len(watch(read_timeline(draw.log(*parts)), "s").losses)


def test_an_own_closing_is_no_drop() -> None:
    """A healthy session gives no row, and what was watched all the same."""
    seen = watch(read_timeline(draw.log(draw.quiet(6))), "quiet")
    assert () == seen.losses
    assert (5, 5) == (seen.iterations, seen.predictions)
    assert 5 == len(seen.payloads)
    assert 6.5 / 3600 == pytest.approx(seen.hours)


def test_a_log_without_times_gives_counts_and_no_ages() -> None:
    """Where lines had no time, iteration and payload are kept; ages and the hour are None."""
    timed = draw.log(draw.forecast(1, 1), draw.emit(2, 1), draw.connected(0), draw.lost(3))
    log = EventLog(
        tuple(
            Event(e.at_ns, "", e.witness, e.kind, e.sid, {**e.data, "timeless": True})
            for e in timed
        )
    )
    (loss,) = watch(read_timeline(log), "s").losses
    assert (1, 8_000) == (loss.iteration, loss.payload_bytes)
    assert (None, None, None) == (loss.hour_utc, loss.connection_age_s, loss.idle_age_s)


def test_a_last_packet_without_a_time_gives_no_idle_age() -> None:
    """Both ends have a time, the last packet has none: the age is known, the idle age is not."""
    ping = draw.event(2, Kind.PING_QUEUED, sid="A", timeless=True)
    (loss,) = watch(read_timeline(draw.log(draw.connected(0), ping, draw.lost(3))), "s").losses
    assert (3.0, None) == (loss.connection_age_s, loss.idle_age_s)


def test_a_ping_that_was_only_queued_counts_where_nobody_watched_the_writing() -> None:
    """A server log knows PINGs when queued; the tap's PING_WRITTEN is better where it is there."""
    queued = draw.event(2, Kind.PING_QUEUED, sid="A")
    written = draw.event(1, Kind.PING_WRITTEN, sid="A")
    ends = [draw.connected(0), draw.lost(3)]
    (loss,) = watch(read_timeline(draw.log(queued, ends)), "s").losses
    assert 1.0 == pytest.approx(loss.idle_age_s)
    (loss,) = watch(read_timeline(draw.log(queued, written, ends)), "s").losses
    assert 2.0 == pytest.approx(loss.idle_age_s)


def test_another_connections_packets_do_not_count() -> None:
    """The idle age is the connection's own."""
    other = draw.event(2.5, Kind.PONG_RECEIVED, sid="B")
    log = draw.log(draw.connected(0), other, draw.lost(3))
    (loss,) = watch(read_timeline(log), "s").losses
    assert 3.0 == pytest.approx(loss.idle_age_s)


@pytest.mark.parametrize(
    ("utc", "hour"),
    [("2026-01-01T23:30:00+02:00", 21.5), ("2026-01-01T06:45:00", 6.75), ("yesterday", None)],
)
def test_the_hour_is_utc(utc: str, hour: float | None) -> None:
    """An offset is taken off, a time without one is read as UTC, words give no hour."""
    ends = [draw.connected(0), draw.lost(0.5)]
    log = EventLog(tuple(Event(e.at_ns, utc, Witness.PROBE, e.kind, e.sid, e.data) for e in ends))
    (loss,) = watch(read_timeline(log), "s").losses
    assert (None if hour is None else pytest.approx(hour, abs=0.001)) == loss.hour_utc
