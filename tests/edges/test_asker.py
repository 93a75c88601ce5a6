"""Clients that ask: every kind, by event and by REST, against a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from granite_ws import Settings, run_session
from granite_ws.asked import read_asked
from granite_ws.events import Kind, Witness

OWN = {
    "data": "elnino",
    "engine": "smoothing",
    "ping_interval": 1,
    "ping_timeout": 5,
    "point_interval_s": 0.5,
    "client_kinds": "python,python-async,node",
    "duration_s": 4,
}


@pytest.mark.browser
@pytest.mark.parametrize("ask_by", ["event", "rest"])
def test_every_kind_asks_and_is_answered(tmp_path: Path, ask_by: str) -> None:
    """A burst of 50 over three clients: each has its share, named, answered, and timed."""
    session = run_session(Settings(**OWN, load="burst", ask_by=ask_by), out=tmp_path / "session")
    found = read_asked(session.log)
    counts = {
        kind: sum(one.client_kind == kind for one in found)
        for kind in ("python", "python-async", "node")
    }
    assert {"python": 17, "python-async": 17, "node": 16} == counts
    assert {(True, ask_by)} == {(one.ok, one.by) for one in found}
    assert all(0 < (one.seconds or 0) < 30 for one in found)
    assert len(found) == len({one.request_id for one in found})
    asked = session.log.of(Kind.JOB_ASKED)
    assert {("server", ask_by)} == {(e.witness.value, e.data["via"]) for e in asked}
    assert [] == [e for e in session.log.of(Kind.DISCONNECTED) if not e.data["own"]]


def test_a_refusal_is_an_answer(tmp_path: Path) -> None:
    """A queue of one under a slow model: most are told at once that it is full."""
    own = {**OWN, "client_kinds": "python", "cache_s": 0, "forecast_every": 0}
    slow = Settings(**own, load="slow-free", load_s=30, queue_limit=1, clients=3)
    session = run_session(slow, out=tmp_path / "session")
    refused = [one for one in read_asked(session.log) if one.code == "queue_full"]
    assert refused
    assert all((one.seconds or 0) < 5 for one in refused)
    assert Witness.PROBE in {e.witness for e in session.log.of(Kind.FORECAST_ANSWERED)}
