"""A desk with a real executor of this process, and what it told."""

from __future__ import annotations

from pathlib import Path
from queue import Queue
from typing import Any

import pandas as pd

from granite_ws.edges.executors.choice import create_executor
from granite_ws.edges.forecast_cache import open_cache
from granite_ws.edges.job_desk import EVENT, JobDesk
from granite_ws.edges.job_store import open_store
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.series_source import load_shipped
from granite_ws.edges.store import read_events
from granite_ws.edges.tickets import new_id
from granite_ws.events import EventLog, Witness
from granite_ws.jobs import Job
from granite_ws.settings import Settings

WAIT_S = 30


def history(points: int = 100) -> pd.DataFrame:
    series = load_shipped("elnino")
    return pd.DataFrame({"timestamp": series.timestamps[:points], "value": series.values[:points]})


class Desk:
    """Started; ``told`` has every event that it emitted: (event, payload, room)."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        made = Settings(**{"engine": "smoothing", **settings})
        self.path = folder / "events.jsonl"
        recorder = Recorder(Witness.SERVER, self.path)
        executor = create_executor(made, recorder, period=1)
        self.desk = JobDesk(made, recorder, executor, open_cache(made), open_store(made))
        self.told: Queue[tuple[str, Any, str]] = Queue()
        self.history = history()
        self.desk.attach(history=lambda: self.history, emit=self.emit)
        self.desk.start()

    def emit(self, event: str, data: Any, *, to: str) -> None:
        self.told.put((event, data, to))

    def ask(self, **asked: Any) -> Job:
        return self.desk.ask(asked, via=EVENT, job_id=new_id())

    def end_of(self, job: Job) -> Job:
        ended = self.desk.wait(job.job_id, WAIT_S)
        assert ended is not None
        assert ended.state.final
        return ended

    @property
    def events(self) -> EventLog:
        return read_events(self.path)
