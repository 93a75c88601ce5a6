"""A session: what was run, on what, and what was written down while it ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from granite_ws.events import EventLog
from granite_ws.settings import Settings


@dataclass(frozen=True)
class Session:
    """One recorded session.

    folder:     where it lies on disk (``session.json``, ``events.jsonl``, ``granite_debug.log``).
    settings:   what it was asked to do.
    provenance: versions, host, data hash and command, as recorded when it started.
    log:        every event of every witness, on one clock.
    proof:      what re-runs said about its verdict, where ``prove`` was asked.
    """

    folder: Path
    settings: Settings
    provenance: Mapping[str, Any] = field(default_factory=dict)
    log: EventLog = field(default_factory=lambda: EventLog(()))
    proof: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.folder.name
