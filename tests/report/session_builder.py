"""Sessions for report tests, without a server."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pandas as pd

from granite_ws import Session, Settings, Verdict, judge
from granite_ws.edges.notebook import render
from granite_ws.events import Event, Kind
from granite_ws.report import sections
from tests.log_builder import (
    at,
    connected,
    emit,
    event,
    forecast,
    log,
    lost,
    ping,
    process,
    quiet,
    server_lost,
    stall,
)

NOTEBOOK = Path(__file__).parents[2] / "notebooks/01-reproduce.ipynb"
EVIL = "<script>alert(1)</script>"


def session(*parts: Event | list[Event], **provenance: object) -> tuple[Session, Verdict]:
    """A session of these events and its verdict."""
    made = Session(Path("a-session"), Settings(), provenance, log(*parts))
    return made, judge(made)


def held() -> tuple[Session, Verdict]:
    """Nothing went wrong."""
    return session(quiet(), command="granite-ws run", data={"name": "co2", "unit": "ppm"})


def dropped(words: str = "Server has stopped communicating, aborting") -> tuple[Session, Verdict]:
    """One connection lost after a stall that no rule names; its words are foreign."""
    gone = server_lost(8.5, reason=words)
    return session(
        process(0, Kind.PROCESS_STARTED),
        event(0.5, Kind.ENGINE_SKIPPED, engine="granite-hub", reason=words),
        connected(1),
        ping(2),
        stall(3, 4.0),
        forecast(2.2),
        emit(2.4),
        lost(8, last_log=words),
        gone,
        command=f"granite-ws run --data {words}",
        data={"name": words, "repairs": [words]},
        versions={words: words},
    )


def weekly(points: int = 60, horizon: int = 24) -> tuple[Session, Verdict]:
    """A weekly series and one forecast at its end: an axis of more than a year."""
    stamps = pd.date_range("1958-03-29", periods=points, freq="W", unit="us")
    made: list[Event] = [connected(0.5)]
    for second, stamp in enumerate(stamps, start=1):
        point = {"timestamp": stamp.isoformat(), "value": float(second)}
        made.append(event(second, Kind.EMIT_BEGUN, iteration=second, bytes=100, point=point))
    begun, done = forecast(points + 0.1, points)
    facts = {"origin": stamps[-1].isoformat(), "values": [float(n) for n in range(horizon)]}
    made += [begun, event(points + 0.2, Kind.FORECAST_DONE, **{**done.data, **facts})]
    return session(made)


def half_an_hour() -> tuple[Session, Verdict]:
    """1,800 forecasts of 96 values, a PING every 25 s, a small stall each minute."""
    made: list[Event] = [process(0, Kind.PROCESS_STARTED), connected(1)]
    for second in range(2, 1802):
        begun, done = forecast(second + 0.1, second)
        values = [float(n) for n in range(96)]
        made += [begun, event(second + 0.2, Kind.FORECAST_DONE, **{**done.data, "values": values})]
        made += emit(second + 0.3, second)
        if second % 25 == 0:
            made += ping(second + 0.5)
        if second % 60 == 0:
            made.append(stall(second + 0.6, 0.2))
    return session(made, lost(1803, own=True))


def executed_notebook(session: Session, verdict: Verdict, folder: Path) -> Path:
    """The page of notebook 01 over this session, as if a kernel had run it."""
    book = nbformat.read(str(NOTEBOOK), as_version=4)
    for number, cell in enumerate(book.cells):
        asked = re.fullmatch(r"sections\.(\w+)\(session, verdict\)", cell.source)
        if asked:
            made = getattr(sections, asked[1])(session, verdict)
            data = {"text/html": made._repr_html_(), "text/plain": made.words, **made.data}
            cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=number)]
    nbformat.write(book, str(folder / "executed.ipynb"))
    render(folder / "executed.ipynb", folder / "notebook.html")
    return folder / "notebook.html"


def killed() -> tuple[Session, Verdict]:
    """The server was ended by a signal: a cause with evidence and a path."""
    return session(
        quiet_until(4.5),
        process(5, Kind.PROCESS_ENDED, exit_code=-15, asked=False),
        lost(5.1),
        command="granite-ws run",
    )


def quiet_until(seconds: float) -> list[Event]:
    """A session as it was before anything went wrong."""
    return [made for made in quiet(seconds + 1) if made.at_ns <= at(seconds)]
