"""The timeout that outlasts what was measured: values worked out by hand."""

from __future__ import annotations

import pytest

from granite_ws.events import Kind, Witness
from tests.advice.case_builder import REMEDY, blaming, finding, opened
from tests.log_builder import connected, event, forecast, log, lost, ping, stall

NODE = {"client_kind": "node"}
# 25/20: a round at 26 s, and from 50 s on the server stands still for 30 s; both clients drop.
STALLED = [
    opened(0.9, "A"),
    opened(0.9, "B"),
    connected(1, "A", 1),
    connected(1, "B", 2, **NODE),
    ping(26, "A"),
    ping(26, "B"),
    lost(56, "A"),
    lost(71, "B"),
    stall(50, 30),
]


def test_a_stall_needs_what_the_kind_that_bears_least_needs() -> None:
    """30 s and 20 % more at 25: Python needs 25 + 36 - 5 = 56 s, JavaScript 36."""
    (advice,) = blaming(log(*STALLED), "gil_held_native")
    assert ("ping_timeout", 56.0, 2) == (advice.setting, advice.value, advice.out_of)
    assert "30.00 s" in advice.sentence
    assert "node 36 s, python 56 s" in advice.sentence
    assert "0 of 2 drops would remain" in advice.sentence


def test_without_python_clients_less_is_needed() -> None:
    """Where only JavaScript watched, its own rule alone counts."""
    only_node = [opened(0.9), connected(1, **NODE), ping(26), lost(71), stall(50, 30)]
    (advice,) = blaming(log(*only_node), "gil_held_native")
    assert 36.0 == advice.value


def test_the_curve_goes_from_today_to_the_advice() -> None:
    """At 24 s into the interval JavaScript needs 29 s of timeout, Python 49: both fall in turn."""
    (advice,) = blaming(log(*STALLED), "gil_held_native")
    assert ((20.0, 2), (29.0, 1), (38.0, 1), (47.0, 1), (56.0, 0)) == advice.curve


def test_the_price_of_a_longer_timeout_is_told() -> None:
    """25 + 2 x 56 = 137 s until a dead client is noticed."""
    (advice,) = blaming(log(*STALLED), "gil_held_native")
    assert "bandage" in advice.caution
    assert "25 + 2 x 56 = 137 s" in advice.caution


def test_two_monitors_see_one_stall() -> None:
    """The loop's and the thread's heartbeat miss the same time: it counts once."""
    both = log(*STALLED, stall(50.02, 29.9, "loop"))
    assert 56.0 == blaming(both, "gil_held_native")[0].value


@pytest.mark.parametrize(
    ("extra", "what"),
    [
        ([], "move what blocks into another process."),
        (forecast(49.9, took_s=30.0), "move the prediction, which ran meanwhile, into another"),
        (forecast(45, took_s=1.0), "move what blocks into another process."),
    ],
)
def test_the_prediction_is_named_only_where_one_ran(extra: list, what: str) -> None:
    """The real cure names what stood in the way, from the log."""
    (advice,) = blaming(log(*STALLED, extra), "gil_held_native")
    assert what in advice.sentence


def test_the_line_that_blocked_is_named() -> None:
    """Where the stacks told it, the cure says which line is to move."""
    blamed = finding("gil_held_native", blocked_at="app.py:7 predict")
    (advice,) = blaming(log(*STALLED), blamed)
    assert "(app.py:7 predict)" in advice.sentence


def test_another_process_does_not_cure_a_suspended_one() -> None:
    """There the finding's own remedy is the cure."""
    (advice,) = blaming(log(*STALLED), "server_suspended")
    assert advice.sentence.endswith(REMEDY)
    assert "process" not in advice.sentence


def test_an_unmeasured_stall_gives_no_number() -> None:
    """Without a recorded stall nothing is computed, and the sentence says what is missing."""
    bare = [part for part in STALLED if getattr(part, "kind", None) is not Kind.STALL]
    (advice,) = blaming(log(*bare), "gil_held_native")
    assert (None, None, ()) == (advice.setting, advice.value, advice.curve)
    assert "does not hold a stall" in advice.sentence
    assert REMEDY in advice.sentence


def test_unknown_heartbeat_numbers_give_no_number() -> None:
    """Without the OPEN packet's numbers there is no law to apply."""
    (advice,) = blaming(log(connected(1), lost(56), stall(50, 30)), "gil_held_native")
    assert None is advice.setting
    assert "OPEN packet" in advice.sentence


def test_a_stall_that_the_timeout_outlasts_needs_no_more_of_it() -> None:
    """2 s at 25/120 drops nobody: raising the timeout is not the answer."""
    calm = [opened(0.9, timeout=120), connected(1), lost(56), stall(50, 2)]
    (advice,) = blaming(log(*calm), "gil_held_native")
    assert None is advice.setting
    assert "already outlasts" in advice.sentence


# 25/20, 7 s from 24 s after the last round: only Python's second limit is passed.
IDLE = [opened(0.9), connected(1), ping(26), lost(56), stall(50, 7)]


def test_a_keep_alive_is_the_other_way_out() -> None:
    """7 s and 20 % more: ping_timeout = 25 + 8.4 - 5 = 28.4 -> 29, or a keep-alive every 5 s."""
    raised, alive = blaming(log(*IDLE), "pyclient_write_idle")
    assert ("ping_timeout", 29.0) == (raised.setting, raised.value)
    assert (None, None) == (alive.setting, alive.value)
    assert "every 5 s (by the rule every 21.6 s would do)" in alive.sentence
    assert "= 30 s" in alive.sentence
    assert "7.00 s" in alive.sentence


def test_trigger_and_limit_name_one_change_once() -> None:
    """The stall and the client's limit ask for the same timeout; it is said once."""
    raised, alive = blaming(log(*IDLE), "gil_held_native", "pyclient_write_idle")
    assert ["gil_held_native", "pyclient_write_idle"] == [raised.cause, alive.cause]
    assert ("ping_timeout", None) == (raised.setting, alive.setting)


def test_a_stall_whose_limit_was_write_idle_gets_both() -> None:
    """The finding may name the limit itself, without a second cause."""
    given = blaming(log(*IDLE), finding("gil_held_native", limit="write_idle"))
    assert ["ping_timeout", None] == [advice.setting for advice in given]


def test_no_keep_alive_helps_beyond_the_timeout() -> None:
    """20 s and 20 % exceed ping_timeout 20: the first limit ends it whatever the client sends."""
    long = [opened(0.9), connected(1), ping(26), lost(56), stall(50, 20)]
    assert ["ping_timeout"] == [a.setting for a in blaming(log(*long), "pyclient_write_idle")]


def client_stall(seconds: float, length_s: float, kind: str) -> object:
    made = stall(seconds, length_s)
    data = {**made.data, "client_kind": kind}
    return event(seconds + length_s, Kind.STALL, witness=Witness.PROBE, **data)


def test_a_client_that_stood_still_asks_for_its_own_length() -> None:
    """4 s in Node and 20 % more; not another client's longer stall, nor one before or after."""
    parts = [
        opened(0.9, interval=1, timeout=2),
        connected(1, **NODE),
        lost(9),
        client_stall(4, 4.0, "node"),
        client_stall(3, 5.5, "python"),
        client_stall(-7, 7.5, "node"),
        client_stall(9.5, 7.5, "node"),
    ]
    (advice,) = blaming(log(*parts), "js_main_thread_blocked")
    assert ("ping_timeout", 4.8) == (advice.setting, advice.value)
    assert REMEDY in advice.sentence
    assert "1 + 2 x 4.8 = 10.6 s" in advice.caution


def test_a_client_that_nobody_watched_gets_the_remedy() -> None:
    """Without its own monitor the length of its stall is unknown."""
    parts = [opened(0.9), connected(1, **NODE), lost(9), stall(4, 4)]
    (advice,) = blaming(log(*parts), "notebook_loop_blocked")
    assert None is advice.setting
    assert "how long the client stood still" in advice.sentence


def test_a_late_pong_asks_for_more_than_its_delay() -> None:
    """The longest of the drop's own round trips, 3 s, and 20 % more."""
    parts = [
        opened(0.9, interval=1, timeout=2),
        connected(1),
        connected(1, "B", 2),
        ping(2, trip_s=1.5),
        ping(4, trip_s=3.0),
        ping(2, "B", trip_s=9.0),
        lost(8),
    ]
    (advice,) = blaming(log(*parts), "ping_timeout_too_short")
    assert ("ping_timeout", 3.6) == (advice.setting, advice.value)
    assert "3.00 s" in advice.sentence


def test_a_pong_that_came_in_time_asks_for_nothing() -> None:
    """0.2 s at 2 s of timeout: the number is told, no setting is named."""
    parts = [opened(0.9, timeout=2), connected(1), ping(2, trip_s=0.2), lost(8)]
    (advice,) = blaming(log(*parts), "ping_timeout_too_short")
    assert None is advice.setting
    assert "0.20 s" in advice.sentence


def test_a_pong_that_never_came_gives_no_number() -> None:
    """No round trip, no timeout above it."""
    (advice,) = blaming(log(opened(0.9), connected(1), lost(8)), "ping_timeout_too_short")
    assert None is advice.setting
    assert "no PONG" in advice.sentence
