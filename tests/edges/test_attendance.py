"""Coming and leaving, as the log tells it."""

from __future__ import annotations

from pathlib import Path

from granite_ws import ForecastService, Settings
from granite_ws.edges.attendance import Attendance
from granite_ws.edges.processing import Processing
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.series_source import load_shipped
from granite_ws.edges.store import read_events
from granite_ws.events import Event, Kind, Witness


def attended(tmp_path: Path) -> tuple[Attendance, Path]:
    events = tmp_path / "events.jsonl"
    settings, recorder = Settings(engine="smoothing"), Recorder(Witness.SERVER, events)
    service = ForecastService(settings, recorder)
    processing = Processing(settings, load_shipped("elnino"), service, recorder)
    return Attendance(processing, recorder), events


def of(events: Path, kind: Kind) -> Event:
    return read_events(events).of(kind)[0]


def test_who_comes_is_recorded_and_greeted(tmp_path: Path) -> None:
    """The greeting names the client; both ids stand in the events."""
    attendance, events = attended(tmp_path)
    greeting = attendance.came("client", "engine")
    attendance.greeted("client", "engine")
    assert {"message", "status", "client_id"} == set(greeting)
    for kind in (Kind.CLIENT_CONNECTED, Kind.GREETING_SENT):
        assert ("engine", "client") == (of(events, kind).sid, of(events, kind).data["client_id"])


def test_a_greeting_that_failed_says_why(tmp_path: Path) -> None:
    """GREETING_FAILED carries the error's words."""
    attendance, events = attended(tmp_path)
    attendance.not_greeted("client", "engine", ValueError("no way"))
    assert "no way" == of(events, Kind.GREETING_FAILED).data["error"]


def test_who_leaves_is_counted_off(tmp_path: Path) -> None:
    """The reason, who is still there, the feed's figures and the noticing thread are recorded."""
    attendance, events = attended(tmp_path)
    attendance.came("first", "a")
    attendance.came("second", "b")
    attendance.left("first", "a", "ping timeout")
    left = of(events, Kind.CLIENT_DISCONNECTED)
    assert ("a", "ping timeout", 1, "MainThread") == (
        left.sid,
        left.data["reason"],
        left.data["clients"],
        left.data["thread"],
    )
    assert left.data["connected_s"] >= 0
    assert "total_points" in left.data
