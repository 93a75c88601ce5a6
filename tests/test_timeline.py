"""A log read as what happened."""

from __future__ import annotations

from granite_ws.events import EventLog, Kind, Witness
from granite_ws.timeline import read_timeline
from tests.log_builder import (
    at,
    connected,
    emit,
    event,
    forecast,
    log,
    lost,
    ping,
    quiet,
    server_lost,
    stall,
)


def test_an_empty_log_is_an_empty_timeline() -> None:
    """Nothing recorded is nothing claimed."""
    timeline = read_timeline(EventLog(()))
    assert ((), (), (), ()) == (
        timeline.connections,
        timeline.pings,
        timeline.predictions,
        timeline.drops,
    )


def test_a_closing_on_purpose_is_no_drop() -> None:
    """The client's own disconnect ends a connection without dropping it."""
    timeline = read_timeline(log(connected(1), lost(5, own=True)))
    assert ([True], ()) == ([c.own for c in timeline.connections], timeline.drops)


def test_a_drop_has_both_sides() -> None:
    """A lost connection has the client's reason and log, the server's reason and thread."""
    told = "packet queue is empty, aborting"
    timeline = read_timeline(
        log(connected(1), lost(5, last_log=told), server_lost(6, reason="ping timeout"))
    )
    drop = timeline.drops[0]
    assert ("transport error", told, "ping timeout", "Thread-7") == (
        drop.client_reason,
        drop.client_log,
        drop.server_reason,
        drop.server_thread,
    )
    assert (at(5), at(6)) == (drop.ended_ns, drop.server_ended_ns)


def test_two_connections_are_told_apart_by_their_sid() -> None:
    """A reconnect is a connection of its own; only the first was dropped."""
    timeline = read_timeline(
        log(connected(1, "A"), lost(5, "A"), connected(6, "B"), lost(9, "B", own=True))
    )
    assert ["A"] == [drop.sid for drop in timeline.drops]
    assert ["A", "B"] == [connection.sid for connection in timeline.connections]


def test_ping_stages_meet_in_their_round() -> None:
    """Interleaved rounds of two clients are paired by sid and order."""
    timeline = read_timeline(log(ping(1, "A", 0.4), ping(1.1, "B", 0.4), ping(3, "A", 0.2)))
    trips = sorted((p.sid, round(p.round_trip_s or 0, 3)) for p in timeline.pings)
    assert [("A", 0.2), ("A", 0.4), ("B", 0.4)] == trips


def test_an_unanswered_ping_has_no_round_trip() -> None:
    """A PING without its PONG keeps None for what nobody saw."""
    timeline = read_timeline(log(ping(1)[:2]))
    only = timeline.pings[0]
    assert (at(1), None, None, None) == (
        only.queued_ns,
        only.received_ns,
        only.pong_received_ns,
        only.round_trip_s,
    )


def test_a_prediction_that_never_ended_has_no_time() -> None:
    """Begun twice and ended once: the first is unfinished, the second is timed."""
    timeline = read_timeline(
        log(event(1, Kind.FORECAST_BEGUN, iteration=1), forecast(2, 2, took_s=0.5))
    )
    assert [None, 0.5] == [prediction.seconds for prediction in timeline.predictions]


def test_a_failed_prediction_keeps_its_error() -> None:
    """FORECAST_FAILED ends a prediction and says why."""
    begun = event(1, Kind.FORECAST_BEGUN, iteration=1)
    failed = event(2, Kind.FORECAST_FAILED, iteration=1, error="no engine")
    prediction = read_timeline(log(begun, failed)).predictions[0]
    assert ("no engine", 1.0, None) == (prediction.error, prediction.seconds, prediction.engine)


def test_receptions_find_their_emit_after_a_restart() -> None:
    """Iteration 1 comes again after a restart; each reception belongs to the emit before it."""
    timeline = read_timeline(log(emit(1, 1, arrives_s=0.1), emit(5, 1, arrives_s=0.3)))
    assert [(0.1,), (0.3,)] == [
        tuple(round(latency, 3) for latency in made.latencies_s) for made in timeline.emits
    ]


def test_a_failure_belongs_to_its_emit_after_a_restart() -> None:
    """Iteration 1 failed in the second start only; the first start's emit stays sound."""
    failed = event(6, Kind.EMIT_FAILED, iteration=1, error="closed")
    timeline = read_timeline(log(emit(1, 1), emit(5, 1), failed))
    assert [None, "closed"] == [made.error for made in timeline.emits]


def test_a_second_reception_does_not_replace_the_first() -> None:
    """Each client's latency is that of its first reception; each client has its own."""
    other = event(1.5, Kind.MESSAGE_RECEIVED, witness=Witness.PROBE, client=2, iteration=1)
    again = event(3, Kind.MESSAGE_RECEIVED, witness=Witness.PROBE, client=1, iteration=1)
    only = read_timeline(log(emit(1, 1, arrives_s=0.1), other, again)).emits[0]
    assert {1: at(1.1), 2: at(1.5)} == only.received_ns


def test_only_stalls_that_a_client_could_feel_count() -> None:
    """A stall before anybody connected is recorded, but is not one while connected."""
    timeline = read_timeline(log(stall(0.1, 0.5), connected(1), stall(2, 0.3), lost(5, own=True)))
    assert ([0.5, 0.3], [0.3]) == (
        [s.seconds for s in timeline.stalls],
        [s.seconds for s in timeline.stalls_while_connected],
    )


def test_stalls_after_the_end_are_nobodys() -> None:
    """What came after the server saw the last client go could be felt by nobody."""
    ended = [lost(5, own=True), server_lost(5.1, reason="client disconnect")]
    timeline = read_timeline(log(connected(1), ended, stall(6, 0.3), stall(5, 0.3)))
    assert [at(5)] == [s.began_ns for s in timeline.stalls_while_connected]


def test_seconds_count_from_the_first_event() -> None:
    """The session's own zero is its first event."""
    timeline = read_timeline(log(quiet(5)))
    assert 5.5 == timeline.seconds(timeline.ended_ns)


def test_a_client_whose_process_was_ended_was_dropped() -> None:
    """It has no last word; the runner's is enough, unless the runner had asked for the end."""
    for asked in (False, True):
        facts = {"role": "probe", "pid": 77, "exit_code": -9, "asked": asked}
        ended = event(5, Kind.PROCESS_ENDED, witness=Witness.RUNNER, **facts)
        drops = read_timeline(log(connected(1, pid=77), ended, server_lost(4.9))).drops
        assert [drop.lost_ns for drop in drops] == ([] if asked else [at(4.9)])
