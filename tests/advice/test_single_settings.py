"""One setting, one value, from the log."""

from __future__ import annotations

import pytest

from granite_ws.advice.single_settings import next_size
from granite_ws.events import Kind
from tests.advice.case_builder import REMEDY, blaming, finding, opened
from tests.log_builder import connected, event, log, lost, ping

DROPPED = [opened(0.9), connected(1), lost(9)]


@pytest.mark.parametrize(
    ("cause", "setting", "value"),
    [
        ("nonfinite_json", "finite_json", True),
        ("sync_handlers_block_receive", "async_handlers", True),
        ("second_heartbeat", "ws_ping_interval", 0),
        ("gevent_partial_send", "async_mode", "threading"),
        ("too_many_packets_down", "transport", "websocket"),
        ("no_sticky_session", "transport", "websocket"),
    ],
)
def test_a_cause_with_one_answer_gets_it(cause: str, setting: str, value: object) -> None:
    """These settings remove the cause whatever was measured."""
    (advice,) = blaming(log(*DROPPED), cause)
    assert (setting, value, cause) == (advice.setting, advice.value, advice.cause)
    assert setting in advice.sentence or setting == "transport"


def test_a_refused_request_tells_its_size() -> None:
    """30,000 bytes where 10,000 were allowed: the next size is 50,000."""
    refused = event(8.9, Kind.REQUEST_REFUSED, sid="A", status=400, method="POST", bytes=30_000)
    (advice,) = blaming(log(*DROPPED, refused), "inbound_too_big_polling")
    assert ("max_http_buffer_size", 50_000) == (advice.setting, advice.value)
    assert "30,000 bytes where 10,000" in advice.sentence


def test_the_findings_evidence_may_hold_the_size() -> None:
    """A size that the check found counts; what went to the client does not."""
    sent = event(8.9, Kind.CLIENT_LOG, sid="A", bytes=12_000)
    outbound = event(8.8, Kind.MESSAGE_EMITTED, sid="A", bytes=900_000)
    blamed = finding("inbound_too_big_ws", evidence=(outbound, sent))
    (advice,) = blaming(log(*DROPPED), blamed)
    assert 20_000 == advice.value


def test_a_size_that_nobody_recorded_is_not_invented() -> None:
    """Without it, no number."""
    (advice,) = blaming(log(*DROPPED), "inbound_too_big_ws")
    assert (None, None) == (advice.setting, advice.value)
    assert "does not hold the size" in advice.sentence


def test_a_request_that_was_refused_for_something_else_is_no_size() -> None:
    """500 bytes were within the limit: their refusal says nothing about it."""
    refused = event(8.9, Kind.REQUEST_REFUSED, sid="A", status=400, method="POST", bytes=500)
    (advice,) = blaming(log(*DROPPED, refused), "inbound_too_big_polling")
    assert None is advice.setting


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, 1_000), (999, 1_000), (1_000, 2_000), (2_001, 5_000), (5_000, 10_000), (10_500, 20_000)],
)
def test_sizes_climb_a_ladder_of_one_two_five(size: int, expected: int) -> None:
    """The next step is strictly above the size."""
    assert expected == next_size(size)


def test_the_proxys_idle_time_is_measured_at_the_drop() -> None:
    """Last traffic at 3.01 s, cut at 9 s: 20 % below 5.99 s lies 4. What another connection or a
    later moment saw is no traffic.
    """
    (advice,) = blaming(log(*DROPPED, ping(3), ping(8, "B"), ping(9.1)), "proxy_idle_timeout")
    assert ("ping_interval", 4) == (advice.setting, advice.value)
    assert "5.99 s without traffic" in advice.sentence


def test_the_shortest_idle_time_of_all_drops_counts() -> None:
    """Two connections, 8 s and 3 s of silence."""
    other = [opened(5.9, "B"), connected(6, "B", 2), lost(9, "B")]
    (advice,) = blaming(log(*DROPPED, *other), "proxy_idle_timeout")
    assert 2 == advice.value


def test_no_whole_interval_below_a_second() -> None:
    """A proxy that cuts after 1.1 s cannot be outrun by whole seconds."""
    parts = [opened(0.9), connected(1), lost(2.1)]
    (advice,) = blaming(log(*parts), "proxy_idle_timeout")
    assert None is advice.setting
    assert REMEDY in advice.sentence


def test_a_lost_fraction_is_rounded_up() -> None:
    """The client was told 1 s, so the server pings after more than 1 and less than 2 s."""
    parts = [opened(0.9, interval=1.0, timeout=0.5), connected(1), lost(2.5)]
    (advice,) = blaming(log(*parts), "fractional_ping_interval")
    assert ("ping_interval", 2) == (advice.setting, advice.value)
