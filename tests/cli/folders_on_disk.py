"""Session folders and sweeps on disk for tests of commands that read many, without a server."""

from __future__ import annotations

import json
from pathlib import Path

from granite_ws import Session
from granite_ws.matrix.record import CellRecord
from granite_ws.settings import Settings


def write_session(folder: Path, session: Session, **settings: object) -> Path:
    """The folder of a session, as ``run_session`` leaves one."""
    folder.mkdir(parents=True)
    content = {
        "settings": {**Settings().to_dict(), **settings},
        "provenance": {"created_utc": "2026-01-01T12:00:00+00:00"},
    }
    (folder / "session.json").write_text(json.dumps(content))
    lines = (event.to_line() + "\n" for event in session.log)
    (folder / "events.jsonl").write_text("".join(lines))
    return folder


def write_cell(sweep: Path, record: CellRecord) -> Path:
    """The folder of a cell, with its page."""
    folder = sweep / "cells" / record.key
    folder.mkdir(parents=True)
    (folder / "page.html").write_text("<p>page</p>")
    (folder / "record.json").write_text(record.to_json())
    return folder
