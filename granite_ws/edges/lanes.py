"""Cells side by side: on a Dask cluster of this machine, or on one that is already there.

A lane is a Dask worker with one thread. It runs one cell at a time, on cores that no other lane
of its machine uses unless that was asked for: what a session measures must not be its neighbour.
"""

from __future__ import annotations

import logging
import signal
import threading
import uuid
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from importlib import import_module
from types import TracebackType
from typing import Any

from granite_ws.edges import forking, lane
from granite_ws.edges.cell_run import CellTask
from granite_ws.edges.host import own_version, usable_cores
from granite_ws.errors import SessionFailed, SettingsError
from granite_ws.matrix.record import CellRecord

_CONNECT_S = 10
_WORKERS_S = 30


class LostCell:
    """A cell whose worker was lost each time that it was tried; nobody wrote a record."""

    def __init__(self, task: CellTask, why: str) -> None:
        self.task = task
        self.why = why


class Lanes:
    """A context: the lanes are there inside it.

    scheduler:   the address of a running Dask scheduler; '' for lanes of this machine.
    at_once:     how many lanes; 0 for one for each core. Of this machine only.
    share_cores: lanes may share cores.

    Raises SettingsError for more lanes than cores that were not asked to share, for a scheduler
    that cannot be reached, has no worker, or whose workers have another version of this package.
    """

    def __init__(
        self, *, scheduler: str = "", at_once: int = 0, share_cores: bool = False, cells: int
    ) -> None:
        cores = len(usable_cores())
        if not scheduler and at_once > cores and not share_cores:
            raise SettingsError(
                "at_once",
                at_once,
                allowed=f"at most {cores}, one for each core, or ask with --share-cores",
                where="sweep",
            )
        self._scheduler = scheduler
        self._at_once = min(at_once or cores, max(cells, 1))
        self._share_cores = share_cores
        # Importing everything once pays where a lane runs more than one cell.
        self._pays_to_warm = cells > self._at_once
        self._former: Any = None
        self._name = uuid.uuid4().hex
        self._cluster: Any = None
        self._client: Any = None

    def __enter__(self) -> Lanes:
        logging.getLogger("distributed").setLevel(logging.ERROR)
        if threading.current_thread() is threading.main_thread():
            self._former = signal.signal(signal.SIGINT, self._interrupted)
        try:
            if self._pays_to_warm and not self._scheduler:
                # It takes as long as the cluster does, on another core.
                threading.Thread(target=forking.warm, daemon=True).start()
            self._open()
        except BaseException:
            self._close()
            raise
        return self

    def _interrupted(self, *_: object) -> None:
        """Ctrl-C is kept in mind, too: an exception may be lost in somebody's callback."""
        lane.stop(self._name)
        raise KeyboardInterrupt

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._close()

    @property
    def count(self) -> int:
        """How many lanes there are now."""
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    def run(self, tasks: Sequence[CellTask]) -> Generator[CellRecord | LostCell, None, None]:
        """Each cell's record as it is over, in the order in which they end.

        Ctrl-C starts no further cell and ends those that run; they leave their records, too, and
        then KeyboardInterrupt goes on its way. Raises what ``run_cell`` raises.
        """
        waiting: dict[str, CellTask] = {}
        futures: list[Any] = []
        try:
            self._submit(tasks, waiting, futures)
            for found in self._ended(futures, waiting):
                yield found
                self._go_on()
            self._go_on()
        except KeyboardInterrupt:
            self._client.run(lane.stop, self._name, on_error="ignore")
            yield from self._ended(futures, waiting)
            raise
        except GeneratorExit:
            # Whoever listened does no more: what runs is ended, and kept all the same.
            self._client.run(lane.stop, self._name, on_error="ignore")
            for _ in self._ended(futures, waiting):
                pass
            raise

    def _go_on(self) -> None:
        if lane.is_stopped(self._name):
            raise KeyboardInterrupt

    def _submit(
        self, tasks: Sequence[CellTask], waiting: dict[str, CellTask], futures: list[Any]
    ) -> None:
        """One by one into what is given: Ctrl-C may come between two."""
        for task in tasks:
            name = f"cell-{task.cell.number}-{task.cell.key}-{self._name[:6]}"
            waiting[name] = task
            order = (task, self._name, self._pays_to_warm)
            futures.append(self._client.submit(lane.run, *order, key=name, pure=False))
        if self._cluster is not None:
            _import_ahead()

    def _ended(
        self, futures: Sequence[Any], waiting: dict[str, CellTask]
    ) -> Iterator[CellRecord | LostCell]:
        """What those come to that are still waited for; one that never began comes to nothing."""
        from distributed import as_completed

        for future in as_completed([f for f in futures if f.key in waiting]):
            found = self._result(future, waiting[future.key])
            del waiting[future.key]
            if found is not None:
                yield found

    def _result(self, future: Any, task: CellTask) -> Any:
        from concurrent.futures import CancelledError

        from distributed.comm import CommClosedError
        from distributed.scheduler import KilledWorker

        try:
            return future.result()
        except KilledWorker as error:
            return LostCell(task, f"its worker was lost again and again ({error})")
        except (CancelledError, CommClosedError) as error:
            raise SessionFailed(
                f"the Dask scheduler was lost ({type(error).__name__}); what is done is kept, and "
                "the same command goes on from there"
            ) from error

    def _open(self) -> None:
        from distributed import Client, LocalCluster

        if self._scheduler:
            self._client = _connect(self._scheduler)
            _check_workers(self._client, share_cores=self._share_cores)
        else:
            # Threads of this process: each cell's kernel is a process of its own anyway, and all
            # of them are forked from one warm server.
            self._cluster = LocalCluster(
                n_workers=self._at_once,
                threads_per_worker=1,
                processes=False,
                dashboard_address=None,
                # It answers a health check all the same: at any free port, or two sweeps warn.
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            )
            self._client = Client(self._cluster)
        if not self._share_cores:
            self._deal_cores()

    def _deal_cores(self) -> None:
        """Each lane gets cores of its own among those of its machine."""
        lanes = defaultdict(list)
        for address, facts in self._client.scheduler_info(n_workers=-1)["workers"].items():
            lanes[facts["host"]].append(address)
        for addresses in lanes.values():
            for place, address in enumerate(sorted(addresses)):
                self._client.run(
                    lane.take_cores, address, place, len(addresses), workers=[address]
                )

    def _close(self) -> None:
        if self._former is not None:
            signal.signal(signal.SIGINT, self._former)
        for one in (self._client, self._cluster):
            if one is not None:
                one.close()


def _import_ahead() -> None:
    """What the first cells would wait for, while the lanes wait for their warm server."""
    for name in ("nbclient", "nbconvert", "nbformat", "papermill"):
        import_module(name)


def _connect(scheduler: str) -> Any:
    from distributed import Client

    try:
        return Client(scheduler, timeout=_CONNECT_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise SettingsError(
            "scheduler",
            scheduler,
            allowed="the address of a running Dask scheduler, as in tcp://127.0.0.1:8786 "
            f"({type(error).__name__}: {error})",
            where="sweep",
        ) from error


def _check_workers(client: Any, *, share_cores: bool) -> None:
    try:
        client.wait_for_workers(1, timeout=_WORKERS_S)
    except TimeoutError as error:
        raise _refused(
            client, f"a scheduler with a worker (none came within {_WORKERS_S} s)"
        ) from error
    try:
        found = set(client.run(own_version).values())
    except (ImportError, ModuleNotFoundError) as error:
        found = {f"none ({error})"}
    if found != {own_version()}:
        raise _refused(
            client, f"workers with granite-ws {own_version()}; found {', '.join(sorted(found))}"
        )
    if not share_cores:
        _check_cores(client)


def _check_cores(client: Any) -> None:
    """Raises SettingsError where sessions would share cores that nobody asked them to share."""
    hosts = defaultdict(list)
    for address, facts in client.scheduler_info(n_workers=-1)["workers"].items():
        hosts[facts["host"]].append(address)
        if facts["nthreads"] != 1:
            raise _refused(client, f"workers with --nthreads 1; one has {facts['nthreads']}")
    for host, addresses in hosts.items():
        cores = len(client.run(usable_cores, workers=addresses[:1])[addresses[0]])
        if len(addresses) > cores:
            raise _refused(
                client,
                f"one worker for each core, or ask with --share-cores; {host} has "
                f"{len(addresses)} on {cores} cores",
            )


def _refused(client: Any, allowed: str) -> SettingsError:
    return SettingsError("scheduler", client.scheduler.address, allowed=allowed, where="sweep")
