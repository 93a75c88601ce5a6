"""Windows that are asked for at the same time, computed together."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from granite_ws.edges.host import usable_cores
from granite_ws.settings import Settings

if TYPE_CHECKING:  # which puts this one around the networks that it opens
    from granite_ws.edges.networks.network import Network


@dataclass(eq=False)
class _Asked:
    """Windows of one caller, and what becomes of them.

    runs: whether its caller is to compute the next batch, which it is in.
    """

    values: np.ndarray
    mask: np.ndarray
    runs: bool = False
    woken: threading.Event = field(default_factory=threading.Event)
    forecast: np.ndarray | None = None
    error: Exception | None = None


class BatchedNetwork:
    """A network that computes what many threads ask for in few runs.

    Nobody waits for company: whoever finds a run free begins one. What comes meanwhile is the next
    batch, up to ``batch_windows`` requests, run by the first who waits: so nobody waits for longer
    than the runs of those before him. As many runs go on at once as there are cores for; on a GPU
    one.
    """

    def __init__(self, network: Network, settings: Settings) -> None:
        self.runtime, self.device = network.runtime, network.device
        self._network = network
        self._most = settings.batch_windows
        on_cpu = len(usable_cores()) // settings.torch_threads or 1
        self._free_runs = 1 if network.device == "cuda" else on_cpu
        self._lock = threading.Lock()
        self._waiting: deque[_Asked] = deque()

    def forecast(self, values: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """As ``Network.forecast``; an error of a run is raised for everybody in it."""
        mine = _Asked(values, mask)
        with self._lock:
            self._waiting.append(mine)
            if self._free_runs:  # then nobody else waits
                self._free_runs -= 1
                mine.runs = True
        if not mine.runs:
            mine.woken.wait()
        if mine.runs:
            self._run()
        if mine.error is not None:
            raise mine.error
        if mine.forecast is None:
            raise AssertionError("who was woken has a forecast or an error")
        return mine.forecast

    def _run(self) -> None:
        """Computes the batch at the head of the line; then its next one begins."""
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            self._compute(batch)
        except Exception as error:
            for one in batch:
                one.error = error
        finally:
            # Also where this thread or greenlet is ended on the way: others wait for it.
            self._hand_over()
            for one in batch:
                if one.forecast is None and one.error is None:
                    one.error = RuntimeError("who computed this batch was ended")
                one.woken.set()

    def _hand_over(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting[0].runs = True
                self._waiting[0].woken.set()
            else:
                self._free_runs += 1

    def _compute(self, batch: list[_Asked]) -> None:
        if len(batch) == 1:
            batch[0].forecast = self._network.forecast(batch[0].values, batch[0].mask)
            return
        values, mask = (np.concatenate([getattr(a, n) for a in batch]) for n in ("values", "mask"))
        forecast = self._network.forecast(values, mask)
        ends = np.cumsum([len(one.values) for one in batch])
        for one, part in zip(batch, np.split(forecast, ends[:-1]), strict=True):
            one.forecast = part
