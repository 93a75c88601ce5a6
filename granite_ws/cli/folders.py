"""Where the sessions and sweeps of a folder lie, and what of it cannot be read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from granite_ws.edges import store
from granite_ws.edges.shelf import CELLS, RECORD
from granite_ws.errors import SessionError
from granite_ws.matrix.record import CellRecord

# What only a session leaves: where one of these lies without a session.json, something is missing.
_REMAINS = (store.EVENTS_FILE, store.VERDICT_FILE, store.PROOF_FILE)


@dataclass
class Found:
    """Folders of sessions, records of sweeps with the folder of each, and unreadable folders with
    the reason.
    """

    sessions: list[Path] = field(default_factory=list)
    records: list[tuple[Path, CellRecord]] = field(default_factory=list)
    unreadable: list[tuple[Path, str]] = field(default_factory=list)


def look_through(folder: Path, *, where: str) -> Found:
    """Everything below this folder; sweeps' cells are read as records, sessions only listed.

    Raises SessionError for a folder that is not there.
    """
    if not folder.is_dir():
        raise SessionError("folder", str(folder), allowed="a folder that exists", where=where)
    found = Found()
    for place, below, files in os.walk(folder, onerror=lambda error: _refused(found, error)):
        here = Path(place)
        if CELLS in below and any((here / CELLS).glob(f"[!.]*/{RECORD}")):
            below.remove(CELLS)
            for one in _records(here, found):
                found.records.append((here, one))
        if store.SESSION_FILE in files:
            below.clear()
            found.sessions.append(here)
        elif any(name in files for name in _REMAINS):
            found.unreadable.append((here, f"no {store.SESSION_FILE}"))
        below[:] = sorted(name for name in below if not name.startswith("."))
    found.sessions.sort()
    return found


def settings_in(session: Path) -> dict[str, Any]:
    """The settings in a session's folder as they stand there; nothing where none can be read."""
    try:
        given = json.loads((session / store.SESSION_FILE).read_text(encoding="utf-8"))["settings"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return given if isinstance(given, dict) else {}


def _records(sweep: Path, found: Found) -> Iterator[CellRecord]:
    records = []
    for path in (sweep / CELLS).glob(f"[!.]*/{RECORD}"):
        try:
            records.append(CellRecord.from_json(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            found.unreadable.append((path.parent, " ".join(str(error).split())))
    yield from sorted(records, key=lambda record: (record.number, record.key))


def _refused(found: Found, error: OSError) -> None:
    found.unreadable.append((Path(error.filename), error.strerror or "cannot be read"))
