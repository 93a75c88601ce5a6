"""The verdict: held, dropped or unknown, and every drop accounted for."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.diagnosis.checklist import Limits
from granite_ws.diagnosis.verdict import Outcome, diagnose
from granite_ws.events import EventLog, Kind, Witness
from tests.log_builder import connected, event, log, lost, process, quiet, server_lost

LIMITS = Limits(ping_timeout_s=120, max_http_buffer_bytes=10_000_000)


def test_a_quiet_session_held() -> None:
    """Every connection was seen to end on purpose: held, exit code 0."""
    verdict = diagnose(log(quiet()), LIMITS)
    assert (Outcome.HELD, 0, ()) == (verdict.outcome, verdict.exit_code, verdict.drops)
    assert verdict.summary == "The connection held: 1 client and 9 forecasts, no drop."


def test_a_drop_without_a_rule_is_unknown() -> None:
    """A lost connection that nothing explains reads unknown: exit code 3."""
    verdict = diagnose(
        log(process(0, Kind.PROCESS_STARTED), connected(1), lost(5), server_lost(6)), LIMITS
    )
    assert (Outcome.DROPPED, 3) == (verdict.outcome, verdict.exit_code)
    assert ["unknown"] == [drop.cause for drop in verdict.drops]
    assert "1 of 1 without a known cause" in verdict.summary


def test_a_drop_with_a_cause_is_explained() -> None:
    """The server's own end explains the drop beside it: exit code 1."""
    ended = process(5.1, Kind.PROCESS_ENDED, exit_code=-15, asked=False)
    started = process(0, Kind.PROCESS_STARTED)
    verdict = diagnose(log(started, connected(1), lost(5), ended), LIMITS)
    assert (1, ["server_ended"]) == (verdict.exit_code, [drop.cause for drop in verdict.drops])
    assert "cause: server_ended" in verdict.summary


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (EventLog(()), "no client ever connected"),
        (log(connected(1)), "ends before the connections do"),
        (log(connected(1), connected(2, "B"), lost(3, own=True)), "ends before"),
        (
            log(
                event(1, Kind.CONNECT_FAILED, witness=Witness.PROBE, client=1, error="timeout"),
                event(2, Kind.CONNECT_FAILED, witness=Witness.PROBE, client=1, error="refused"),
            ),
            r"no client ever connected \(refused\)",
        ),
    ],
)
def test_what_was_not_seen_is_unknown(made: EventLog, words: str) -> None:
    """No connection, or one whose end nobody saw, is never called held: exit code 3."""
    verdict = diagnose(made, LIMITS)
    assert (Outcome.UNKNOWN, 3) == (verdict.outcome, verdict.exit_code)
    assert re.search(words, verdict.summary)


@given(
    st.lists(st.tuples(st.integers(2, 50), st.booleans(), st.booleans()), min_size=1, max_size=6),
    st.one_of(st.none(), st.integers(2, 50)),
)
def test_explained_and_unexplained_are_all_drops(
    connections: list[tuple[int, bool, bool]], server_end: int | None
) -> None:
    """Whatever happened: each drop is explained or unexplained, none is lost, none is invented;
    held is said only where every connection was seen to end on purpose.
    """
    events = [process(0, Kind.PROCESS_STARTED)]
    for number, (end, seen, own) in enumerate(connections):
        events.append(connected(1, f"s{number}", client=number))
        if seen:
            events.append(lost(end, f"s{number}", own=own, client=number))
    if server_end is not None:
        events.append(process(server_end, Kind.PROCESS_ENDED, exit_code=1, asked=False))
    verdict = diagnose(log(events), LIMITS)
    expected = {f"s{n}" for n, (_, seen, own) in enumerate(connections) if seen and not own}
    explained = {drop.connection.sid for drop in verdict.drops if drop.causes}
    unexplained = {drop.connection.sid for drop in verdict.unexplained}
    assert expected == explained | unexplained
    assert not explained & unexplained
    all_left = all(seen and own for _, seen, own in connections)
    assert all_left == (verdict.outcome is Outcome.HELD)
    assert verdict.exit_code == (0 if all_left else 1 if expected and not unexplained else 3)


def test_the_same_log_gives_the_same_verdict() -> None:
    """The verdict can be recomputed from the folder at any time, and is strict JSON."""
    made = log(quiet())
    first, second = (json.dumps(diagnose(made, LIMITS).to_dict(), allow_nan=False) for _ in "ab")
    assert first == second
