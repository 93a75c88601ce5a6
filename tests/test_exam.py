"""The exam: its plan, its rows, and a small real one."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Kind, Witness
from granite_ws.exam import grounded, questions, ranking, read_row, sit
from granite_ws.faults import BY_NAME
from granite_ws.session import Session
from granite_ws.trial import trial_of
from tests.log_builder import connected, event, log, lost
from tests.report.session_builder import dropped
from tests.report.session_builder import held as held_session

FAULT = BY_NAME["gil_held_native"]


def test_every_fault_is_asked_as_often_as_said() -> None:
    """Faults and controls by repeats, and the healthy ones spread among them."""
    planned = questions(("a", "b"), repeats=3, healthy=4, controls=("c",))
    names = [question.name for question in planned]
    assert {name: names.count(name) for name in set(names)} == {"a": 3, "b": 3, "c": 3, "": 4}
    assert len({(q.name, q.repeat) for q in planned}) == len(planned)


def test_a_session_that_held_answers_healthy() -> None:
    """Nothing dropped and seen to the end."""
    assert ranking(held_session()[1]) == ("healthy",)


def test_a_drop_without_a_cause_answers_unknown() -> None:
    """Unknown is an answer, and never healthy."""
    assert ranking(dropped()[1]) == ("unknown",)


def test_a_held_session_makes_a_row_without_an_alarm(held: Session) -> None:
    """The row of a real healthy session."""
    row = read_row(trial_of(held), 0)
    assert (row.fault, row.answer, row.group) == ("", "healthy", "plain")


def fault_log():
    facts = {"fault": FAULT.name}
    return log(
        connected(1),
        event(2, Kind.FAULT_BEGUN, witness=Witness.INJECTOR, **facts),
        event(6, Kind.FAULT_ENDED, witness=Witness.INJECTOR, **facts),
        lost(5),
    )


def path_of(*events) -> Finding:
    steps = tuple(Step("x", e) for e in events)
    return Finding("c", FAULT.name, Truth.SUPPORTED, "x", path=steps)


def test_a_path_of_the_logs_own_events_in_order_is_grounded() -> None:
    """From the log, in order of time, through the time of the fault."""
    made = fault_log()
    events = [e for e in made if e.witness is not Witness.INJECTOR]
    assert grounded(path_of(*events), made, FAULT)


def test_a_path_backwards_or_from_elsewhere_is_not_grounded() -> None:
    """Events out of order, of another log, or only one of them."""
    made = fault_log()
    first, last = [e for e in made if e.witness is not Witness.INJECTOR]
    assert not grounded(path_of(last, first), made, FAULT)
    assert not grounded(path_of(first), made, FAULT)
    assert not grounded(path_of(first, replace(last, at_ns=last.at_ns + 1)), made, FAULT)


def test_a_small_real_exam(tmp_path: Path) -> None:
    """One fault and one healthy session, run for real: one named, one silent, no folder kept."""
    planned = questions((FAULT.name,), repeats=1, healthy=1)
    rows = sit(planned, folder=tmp_path, at_once=2)
    assert {row.fault: row.answer for row in rows} == {FAULT.name: FAULT.name, "": "healthy"}
    assert list(tmp_path.iterdir()) == []
