"""Events as JSON lines, and logs of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.events import Event, EventLog, Kind, Witness
from tests.log_builder import at, event, log

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
EVENTS = st.builds(
    Event,
    at_ns=st.integers(0, 2**63),
    utc=st.text(),
    witness=st.sampled_from(Witness),
    kind=st.sampled_from(Kind),
    sid=st.none() | st.text(),
    data=st.dictionaries(st.text(), PLAIN, max_size=4),
)


def changed(**fields: Any) -> str:
    """The line of an event with other fields."""
    return json.dumps({**json.loads(event(1, Kind.STALL).to_line()), **fields})


def test_the_line_that_is_changed_here_is_sound() -> None:
    """What the refused lines below are refused for is their change alone."""
    assert event(1, Kind.STALL) == Event.from_line(changed())


@given(EVENTS)
def test_a_line_is_read_back_as_the_same_event(made: Event) -> None:
    """Any event, with any text in it, is one line and comes back equal."""
    line = made.to_line()
    assert "\n" not in line
    assert made == Event.from_line(line)


def test_a_name_that_is_not_utf8_can_be_written() -> None:
    """A lone surrogate, as file names may hold, is escaped."""
    made = event(1, Kind.ENGINE_SKIPPED, reason="é \udce9.csv")
    assert b" \\udce9.csv" in made.to_bytes()
    assert made == Event.from_line(made.to_line())


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_not_finite_is_null(number: float) -> None:
    """``NaN`` never reaches the file: strict readers would stop there."""
    line = event(1, Kind.SAMPLE, cpu=number).to_line()
    assert {"cpu": None} == json.loads(line)["data"] == Event.from_line(line).data


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '"text"',
        "{}",
        "[" * 100_000,
        '"\\ud800"' + "[" * 100_000,
        '{"\\ud800":' * 100_000,
        changed(kind="\ud800"),
        changed(v=99),
        changed(kind="dance"),
        changed(witness="nobody"),
        changed(sid=["A"]),
        changed(data=None),
        changed(data=[1]),
        changed(data={"cpu": float("nan")}),
        changed(at_ns=float("inf")),
        changed(at_ns="soon"),
    ],
    ids=lambda line: line[-40:],
)
def test_what_is_no_event_is_a_value_error(line: str) -> None:
    """Broken JSON, other JSON, another schema and unknown words are refused and counted alike."""
    with pytest.raises(ValueError):  # noqa: PT011
        Event.from_line(line)
    assert EventLog((), skipped=1) == EventLog.from_lines([line])


def test_a_cut_line_is_counted_and_the_rest_is_read() -> None:
    """A log whose last line was cut by a kill loses that line only, and says so."""
    whole = [event(n, Kind.STALL).to_line() for n in (2, 1)]
    log = EventLog.from_lines([*whole, "", whole[0][:20]])
    assert (2, 1) == (len(log), log.skipped)


def test_a_log_is_in_order_of_time() -> None:
    """Lines of several processes may interleave; the log is sorted by the common clock."""
    log = EventLog.from_lines([event(n, Kind.STALL).to_line() for n in (3, 1, 2)])
    assert [1, 2, 3] == [round((e.at_ns - 10**12) / 1e9) for e in log]


def test_a_log_can_be_asked_by_kind_and_witness() -> None:
    """``of`` and ``by`` keep the order."""
    first = event(1, Kind.STALL)
    second = event(2, Kind.SAMPLE, witness=Witness.SAMPLER)
    log = EventLog((first, second))
    assert ((first,), (second,)) == (log.of(Kind.STALL), log.by(Witness.SAMPLER))


def test_between_takes_both_ends() -> None:
    """Of the kinds that were asked for, in order."""
    parts = [event(second, Kind.STALL) for second in (1, 2, 2, 3)]
    made = log(*parts, event(2, Kind.SAMPLE))
    assert 3 == len(made.between(at(2), at(3), Kind.STALL))
    assert 4 == len(made.between(at(2), at(3), Kind.STALL, Kind.SAMPLE))
    assert () == made.between(at(4), at(9), Kind.STALL)
    assert () == made.between(at(0), at(9), Kind.HANDSHAKE)
