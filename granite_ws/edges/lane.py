"""What happens inside of a lane: a worker of a Dask cluster that runs one cell at a time."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextvars import Context

from granite_ws.edges import forking
from granite_ws.edges.cell_run import CellTask, run_cell
from granite_ws.edges.host import usable_cores
from granite_ws.matrix.record import CellRecord

# Of this process, which is a worker or holds several.
_cores: dict[str, Collection[int]] = {}
_stopped: set[str] = set()


def run(task: CellTask, sweep: str, warm: bool) -> CellRecord | None:
    """Runs a cell of this sweep; nothing where the sweep was stopped before it began.

    warm: it is forked from a server that has imported everything, which is started where there
    is none.
    """
    from distributed import get_worker

    if sweep in _stopped:
        return None
    if warm:
        forking.warm()
    worker = get_worker()
    # Jupyter keeps its event loop in the context, and Dask hands every thread a copy of one: two
    # lanes would meet in one loop. Each cell has a context of its own.
    return Context().run(
        run_cell,
        task,
        cpus=_cores.get(worker.address),
        where=str(worker.name),
        is_stopped=lambda: sweep in _stopped,
    )


def stop(sweep: str) -> None:
    """Has this worker's cells of this sweep end, and begin no more."""
    _stopped.add(sweep)


def is_stopped(sweep: str) -> bool:
    """Whether that was asked for in this process."""
    return sweep in _stopped


def take_cores(address: str, place: int, lanes: int) -> None:
    """Gives this worker its share of the machine's cores: its place among so many lanes."""
    mine = share_of_cores(usable_cores(), place, lanes)
    if mine is not None:
        _cores[address] = mine


def share_of_cores(cores: Sequence[int], place: int, lanes: int) -> list[int] | None:
    """The cores of one lane among several; None, for all of them, where there are too few."""
    if lanes > len(cores) or not hasattr(os, "sched_setaffinity"):
        return None
    return list(cores[place * len(cores) // lanes : (place + 1) * len(cores) // lanes])
