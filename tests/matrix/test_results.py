"""What is left to run, and the exit code, as tables."""

from __future__ import annotations

import itertools

import pytest

from granite_ws.matrix.cell import Cell
from granite_ws.matrix.record import CellRecord, Status
from granite_ws.matrix.results import RERUNS, exit_code, select
from granite_ws.matrix.thresholds import Judged, Threshold, Truth
from granite_ws.phrase import say

NEW = "new"
# Whether a cell in that state is run, for each choice of --rerun.
SELECTED = """
              ''   failed  drops  all
new           run  .       run    run
done          .    .       .      run
dropped       .    .       run    run
undecided     .    .       .      run
failed        run  run     run    run
died          run  run     run    run
timed out     run  run     run    run
stopped       run  run     run    run
"""
# The ends of two cells, what is known of the thresholds ('-' without any), the exit code.
CODES = """
held      held       -        0
held      dropped    -        1
troubled  held       -        1
held      unknown    -        3
dropped   unknown    -        3
held      plain      -        0
held      dropped    holds    0
held      unknown    holds    0
held      held       broken   99
held      held       unknown  3
held      failed     holds    4
held      timed_out  broken   4
held      stopped    -        4
held      missing    -        4
held      missing    broken   4
held      died       -        138
failed    died       broken   138
died      missing    unknown  138
missing   missing    -        4
"""
VERDICTS = {"held": 0, "dropped": 1, "troubled": 1, "unknown": 3, "plain": None}


def rows(table: str) -> list[list[str]]:
    """The words of each line; two words with one space between are one."""
    lines = table.strip("\n").splitlines()
    return [
        [w.strip() for w in line.replace("  ", "\t").split("\t") if w.strip()] for line in lines
    ]


def record(
    status: Status, key: str = "k", code: int | None = 0, drops: float | None = 0.0
) -> CellRecord:
    """A record of a cell that ended so."""
    metrics = {} if drops is None else {"drops": drops}
    return CellRecord(key, 1, {}, (), 1, status, exit_code=code, metrics=metrics)


def in_state(state: str) -> list[CellRecord]:
    """What is kept of the one cell."""
    if state == NEW:
        return []
    if state in ("dropped", "undecided"):
        return [record(Status.DONE, drops=1.0 if state == "dropped" else None)]
    return [record(Status(state))]


def test_what_is_run_again_is_what_was_asked_for() -> None:
    """Every state with every choice; a state or a choice that is new breaks this table."""
    header, *lines = rows(SELECTED)
    assert ["''", *RERUNS[1:]] == header
    assert {NEW, "dropped", "undecided", *map(str, Status)} == {line[0] for line in lines}
    cell = Cell(1, {}, (), 1, "k")
    for state, *expected in lines:
        found = [bool(select([cell], in_state(state), rerun=choice)) for choice in RERUNS]
        assert (state, [word == "run" for word in expected]) == (state, found)


def test_the_order_of_the_cells_stays() -> None:
    """And only the cells of this sweep are looked at."""
    cells = [Cell(number, {}, (), 1, str(number)) for number in (1, 2, 3)]
    there = [record(Status.DONE, "2"), record(Status.FAILED, "9"), record(Status.DIED, "3")]
    assert ["1", "3"] == [cell.key for cell in select(cells, there)]


@pytest.mark.parametrize("row", rows(CODES), ids=" ".join)
def test_the_gravest_gives_the_exit_code(row: list[str]) -> None:
    """138 before 4 before 99 before 3; without thresholds the verdicts, the worst of them."""
    *ends, truth, code = row
    records = [
        record(Status.DONE, code=VERDICTS[end])
        if end in VERDICTS
        else record(Status(end.replace("_", " ")), code=None)
        for end in ends
        if end != "missing"
    ]
    judged = [] if truth == "-" else [judgement(Truth(truth))]
    assert int(code) == exit_code(records, judged, planned=2)


def test_thresholds_are_judged_by_the_worst_of_them() -> None:
    """In whatever order they stand."""
    for order in itertools.permutations((Truth.HOLDS, Truth.UNKNOWN, Truth.BROKEN)):
        assert 99 == exit_code([record(Status.DONE)], list(map(judgement, order)), planned=1)


def judgement(truth: Truth) -> Judged:
    """A threshold of which this is known."""
    return Judged(Threshold("drops", "==", 0), truth, say("so"))
