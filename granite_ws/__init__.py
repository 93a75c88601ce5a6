"""Why does a WebSocket drop while a Granite model predicts? Record, judge, prove, show.

Settings describe a session; a session leaves a log; the log yields findings; findings support a
verdict; the verdict becomes a page.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from granite_ws.diagnosis.finding import Finding
    from granite_ws.diagnosis.verdict import Verdict, diagnose
    from granite_ws.edges.forecast_service import ForecastService
    from granite_ws.edges.reader import read_logs
    from granite_ws.edges.store import read_session
    from granite_ws.events import EventLog
    from granite_ws.faults import Fault
    from granite_ws.proof import Proof, prove
    from granite_ws.report.page import render_report
    from granite_ws.run import judge, run_session
    from granite_ws.session import Session
    from granite_ws.settings import Settings

_HOMES = {
    "EventLog": "granite_ws.events",
    "Fault": "granite_ws.faults",
    "Finding": "granite_ws.diagnosis.finding",
    "ForecastService": "granite_ws.edges.forecast_service",
    "Proof": "granite_ws.proof",
    "Session": "granite_ws.session",
    "Settings": "granite_ws.settings",
    "Verdict": "granite_ws.diagnosis.verdict",
    "diagnose": "granite_ws.diagnosis.verdict",
    "judge": "granite_ws.run",
    "prove": "granite_ws.proof",
    "read_logs": "granite_ws.edges.reader",
    "read_session": "granite_ws.edges.store",
    "render_report": "granite_ws.report.page",
    "run_session": "granite_ws.run",
}

__all__ = [
    "EventLog",
    "Fault",
    "Finding",
    "ForecastService",
    "Proof",
    "Session",
    "Settings",
    "Verdict",
    "diagnose",
    "judge",
    "prove",
    "read_logs",
    "read_session",
    "render_report",
    "run_session",
]


def __getattr__(name: str) -> Any:
    """Loads a name of the front door when it is first asked for: the import itself is cheap.

    Where that happens in a notebook, our types are shown there as ``granite_ws.displays`` draws.
    """
    if name not in _HOMES:
        raise AttributeError(f"module 'granite_ws' has no attribute {name!r}")
    import_module("granite_ws.displays").register_if_running()
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
