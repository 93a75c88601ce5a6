"""The seed's checklist: every box can say yes, no and unknown."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.checklist import Answer, Limits, answer_checklist
from granite_ws.events import Event, EventLog, Kind, Witness
from granite_ws.timeline import read_timeline
from tests.log_builder import connected, emit, event, forecast, log, lost, ping, quiet, server_lost

LIMITS = Limits(ping_timeout_s=2, max_http_buffer_bytes=10_000)
BOXES = ("time", "payload", "memory", "oom", "timeout", "closing", "network", "websocket")


def answers(*parts: Event | list[Event]) -> dict[str, Answer]:
    made = answer_checklist(read_timeline(log(*parts)), LIMITS)
    return dict(zip(BOXES, made, strict=True))


def sample(free: int, role: str = "server") -> Event:
    facts = {"role": role, "rss_bytes": 500_000_000, "host_free_bytes": free}
    return event(2, Kind.SAMPLE, witness=Witness.SAMPLER, **facts)


def test_the_steps_are_the_seeds_in_its_order() -> None:
    """Prediction time, emitted data, memory, client, network: 1 to 5."""
    made = answer_checklist(read_timeline(EventLog(())), LIMITS)
    assert [1, 2, 3, 3, 4, 4, 5, 5] == [answer.step for answer in made]


def test_nothing_recorded_is_unknown_everywhere() -> None:
    """Missing data is never fine."""
    made = answer_checklist(read_timeline(EventLog(())), LIMITS)
    assert {"unknown"} == {answer.answer for answer in made}


def test_a_quiet_session_is_yes_everywhere() -> None:
    """All eight boxes of a session in which nothing went wrong."""
    made = answers(quiet(), sample(8_000_000_000))
    assert {name: "yes" for name in BOXES} == {name: a.answer for name, a in made.items()}


@pytest.mark.parametrize(
    ("box", "parts", "figure"),
    [
        ("time", forecast(1, took_s=3.0), "3.000 s"),
        ("time", forecast(1, took_s=2.0), "2.000 s"),  # the limit itself is not below it
        ("payload", emit(1, size=20_000), "20,000 bytes"),
        ("payload", emit(1, size=10_000), "10,000 bytes"),
        ("memory", [sample(100_000_000)], "0.1 GB free"),
        ("closing", [connected(1), lost(5)], "1 dropped"),
        ("network", ping(1, trip_s=1.5), "longest 1500.0 ms"),
    ],
)
def test_a_box_says_no_with_its_figure(box: str, parts: list[Event], figure: str) -> None:
    """What is over its limit is no, and the number stands beside it."""
    answer = answers(parts)[box]
    assert "no" == answer.answer
    assert figure in answer.figures


def test_a_client_that_gave_up_or_was_given_up_is_a_timeout() -> None:
    """The client library's words, or the server's reason, make the box no."""
    for told in ("Server has stopped communicating, aborting", "packet queue is empty, aborting"):
        assert "no" == answers(connected(1), lost(5, last_log=told))["timeout"].answer
    assert (
        "no"
        == answers(connected(1), lost(5), server_lost(6, reason="ping timeout"))["timeout"].answer
    )
    assert "yes" == answers(connected(1), lost(5), server_lost(6))["timeout"].answer


def test_a_connection_that_was_not_seen_to_end_is_unknown() -> None:
    """One client left on purpose, of the other nobody knows: not yes."""
    made = answers(connected(1), connected(1, "B", client=2), lost(5, own=True))
    assert ("unknown", "unknown") == (made["timeout"].answer, made["closing"].answer)


def test_a_refused_connect_is_no_stable_network() -> None:
    """Short round trips do not outweigh a connect that failed."""
    refused = event(3, Kind.CONNECT_FAILED, witness=Witness.PROBE, client=2, error="refused")
    assert "no" == answers(ping(1), refused)["network"].answer


def test_out_of_memory_is_found_among_failures() -> None:
    """Out of memory, in Granite or in the fallback, makes the box no; another error does not."""
    fallback = event(1, Kind.FALLBACK_FAILED, error="Out of memory", seconds=1.0)
    assert "no" == answers(forecast(1), fallback)["oom"].answer
    oom = event(1, Kind.ENGINE_FAILED, error="CUDA out of memory", seconds=1.0)
    other = event(1, Kind.ENGINE_FAILED, error="bad shape", seconds=1.0)
    assert "no" == answers(forecast(1), oom)["oom"].answer
    assert "yes" == answers(forecast(1), other)["oom"].answer


def test_polling_leaves_the_websocket_box_open() -> None:
    """A connection over polling does not show that WebSocket gets through, not even beside one."""
    polling = connected(1, transport="polling")
    assert "unknown" == answers(polling)["websocket"].answer
    assert "unknown" == answers(polling, connected(1, "B", client=2))["websocket"].answer


def test_the_lowest_free_memory_counts() -> None:
    """One moment of need makes the box no; another process's samples say nothing here."""
    assert "no" == answers(sample(8_000_000_000), sample(100_000_000))["memory"].answer
    assert "unknown" == answers(sample(8_000_000_000, "probe"))["memory"].answer


def test_the_notes_correct_the_seed() -> None:
    """The time box says that length drops nobody; the payload box, whose limit it is."""
    made = answers(quiet())
    assert "drops nobody" in made["time"].note
    assert "messages from clients only" in made["payload"].note


def test_a_prediction_that_never_ended_is_counted() -> None:
    """The longest finished one is not the whole truth."""
    begun = event(5, Kind.FORECAST_BEGUN, iteration=2)
    assert "1 never ended" in answers(forecast(1), begun)["time"].figures
