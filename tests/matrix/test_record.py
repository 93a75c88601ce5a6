"""What is kept of a cell."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.matrix.record import CellRecord, Status

DONE = CellRecord(
    key="0123456789ab",
    number=3,
    parameters={"ping_timeout": 20, "fault": "gil_held_native", "logger": True},
    varied=("ping_timeout",),
    repeat=2,
    status=Status.DONE,
    outcome="dropped",
    summary="1 drop",
    causes=("gil_held_native", "unknown"),
    exit_code=3,
    metrics={"drops": 1.0, "stall_p99_ms": None},
    began_utc="2026-01-01T00:00:00+00:00",
    wall_s=4.5,
    session_s=3.0,
    waited=0.02,
    where="lane 1",
    files={"notebook": "notebook.ipynb"},
)
words = st.text(max_size=20)
scalars = st.one_of(st.integers(-(2**40), 2**40), st.booleans(), words)
numbers = st.floats(allow_nan=False, allow_infinity=False)
records = st.builds(
    CellRecord,
    key=words,
    number=st.integers(1, 9999),
    parameters=st.dictionaries(words, scalars, max_size=4),
    varied=st.lists(words, max_size=3).map(tuple),
    repeat=st.integers(1, 9),
    status=st.sampled_from(Status),
    why=words,
    outcome=words,
    summary=words,
    causes=st.lists(words, max_size=3).map(tuple),
    exit_code=st.sampled_from([None, 0, 1, 3]),
    metrics=st.dictionaries(words, st.none() | numbers, max_size=4),
    wall_s=numbers,
    session_s=numbers,
    waited=st.none() | numbers,
    files=st.dictionaries(words, words, max_size=3),
)


@given(records)
def test_a_record_comes_back_as_it_was(record: CellRecord) -> None:
    """With its types; the text is one JSON object."""
    assert record == CellRecord.from_json(record.to_json())
    assert isinstance(json.loads(record.to_json()), dict)


def test_drops_overhead_and_label_are_derived() -> None:
    """Drops are unknown where no session was judged; overhead is never negative."""
    assert (1, 1.5, "ping_timeout=20") == (DONE.drops, DONE.overhead_s, DONE.label)
    empty = CellRecord("k", 1, {}, (), 2, Status.DIED, wall_s=1, session_s=2)
    assert (None, 0.0, "repeat 2") == (empty.drops, empty.overhead_s, empty.label)


def test_what_is_no_number_is_refused_on_both_ways() -> None:
    """A record is strict JSON."""
    with pytest.raises(ValueError, match="JSON compliant"):
        CellRecord("k", 1, {}, (), 1, Status.DONE, wall_s=math.nan).to_json()
    with pytest.raises(ValueError, match="Infinity"):
        CellRecord.from_json(DONE.to_json().replace("4.5", "Infinity"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("v", 2),
        ("status", "weird"),
        ("status", []),
        ("number", "3"),
        ("varied", "ping_timeout"),
        ("varied", [1]),
        ("causes", None),
        ("causes", [["a"]]),
        ("metrics", [1]),
        ("metrics", {"drops": "1"}),
        ("metrics", {"drops": True}),
        ("parameters", 5),
        ("wall_s", None),
        ("exit_code", "0"),
        ("files", {"page": 1}),
        ("stranger", 1),
    ],
)
def test_a_record_that_was_changed_is_refused(name: str, value: object) -> None:
    """A ValueError, so that a reader can leave it out and run the cell again."""
    content = json.loads(DONE.to_json()) | {name: value}
    with pytest.raises(ValueError, match="not a cell record"):
        CellRecord.from_json(json.dumps(content))


@pytest.mark.parametrize("missing", ["v", "key", "status", "metrics"])
def test_a_record_without_its_essentials_is_refused(missing: str) -> None:
    """A file that was cut and mended by hand."""
    content = json.loads(DONE.to_json())
    del content[missing]
    with pytest.raises(ValueError, match="not a cell record"):
        CellRecord.from_json(json.dumps(content))


@pytest.mark.parametrize("text", ["", "null", "[]", "3", '"v"', "{}", '{"v": 1}', "[" * 100_000])
def test_what_is_no_record_is_refused(text: str) -> None:
    """Whatever JSON it is, or is not."""
    with pytest.raises(ValueError, match="not a cell record"):
        CellRecord.from_json(text)


@given(st.integers(0, len(DONE.to_json()) - 2))
def test_a_record_that_was_cut_is_refused(length: int) -> None:
    """At every place: the last line is the closing brace."""
    with pytest.raises(ValueError, match="not a cell record"):
        CellRecord.from_json(DONE.to_json()[:length])
