"""What a sweep's records say together: what is left to run, and the exit code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from granite_ws.matrix.cell import Cell
from granite_ws.matrix.record import CellRecord, Status
from granite_ws.matrix.thresholds import Judged, Truth

# '': what is not DONE. failed: only what was tried and is not DONE. drops: also DONE cells whose
# session dropped. all: everything.
RERUNS = ("", "failed", "drops", "all")
DIED, FAILED, BROKEN, UNKNOWN = 138, 4, 99, 3


def select(
    cells: Sequence[Cell], records: Iterable[CellRecord], *, rerun: str = ""
) -> tuple[Cell, ...]:
    """The cells that a run with this choice would run, in their order."""
    known = {record.key: record for record in records}
    return tuple(cell for cell in cells if _is_chosen(known.get(cell.key), rerun))


def _is_chosen(record: CellRecord | None, rerun: str) -> bool:
    if rerun == "all":
        return True
    if record is None:
        return rerun != "failed"
    if record.status is not Status.DONE:
        return True
    return rerun == "drops" and bool(record.drops)


def exit_code(records: Sequence[CellRecord], judged: Sequence[Judged], *, planned: int) -> int:
    """The gravest of what came out.

    138 a kernel died; 4 a cell failed, timed out, was stopped or is missing; 99 a threshold is
    broken; 3 a threshold is unknown. Without thresholds the verdicts speak: 3 something is
    unknown, 1 drops or troubles that are explained; 0 all held.
    """
    ends = {record.status for record in records}
    truths = {one.truth for one in judged}
    if Status.DIED in ends:
        return DIED
    if ends - {Status.DONE} or len(records) < planned:
        return FAILED
    if truths:
        if Truth.BROKEN in truths:
            return BROKEN
        return UNKNOWN if Truth.UNKNOWN in truths else 0
    return max((record.exit_code or 0 for record in records), default=0)
