"""What recording costs a server: 5,000 events a second, as a real session has them."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from granite_ws.bench.long_session import session
from granite_ws.benchmark import Duel, Report
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Event, Witness

_PER_SECOND = 5_000


def measure(repeats: int, tell: Callable[[], None]) -> Report:
    """CPU time of the thread that records, as a share of one core."""
    events = [event for event in session(2).log if event.witness is Witness.SERVER][:_PER_SECOND]
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Witness.SERVER, Path(folder) / "events.jsonl")
        logger = _logger(Path(folder) / "naive.log")
        naive, ours = [], []
        for _ in range(repeats):
            naive.append(_share(events, lambda e: logger.info("%s %s %s", e.kind, e.sid, e.data)))
            ours.append(_share(events, lambda e: recorder.record(e.kind, sid=e.sid, **e.data)))
            tell()
        recorder.close()
        for handler in logger.handlers:
            handler.close()
    duel = Duel(
        f"recording {_PER_SECOND:,} events a second",
        "logging.FileHandler",
        "one write an event",
        "% of a core",
        tuple(naive),
        tuple(ours),
        most=1,
    )
    return Report([duel])


def _share(events: list[Event], write: Callable[[Event], object]) -> float:
    begun = time.thread_time()
    for event in events:
        write(event)
    return (time.thread_time() - begun) / len(events) * _PER_SECOND * 100


def _logger(path: Path) -> logging.Logger:
    logger = logging.Logger("naive")
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    return logger
