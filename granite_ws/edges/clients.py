"""The command line of each kind of client."""

from __future__ import annotations

import sys
from pathlib import Path

from granite_ws.settings import Settings

NODE = Path(__file__).parents[1] / "web/probe.mjs"


def probe_commands(settings: Settings, url: str, events: Path) -> list[tuple[str, list[str]]]:
    """(kind, command) for every kind of client that the settings ask for."""
    return [
        (
            "python",
            [
                sys.executable,
                "-m",
                "granite_ws.edges.probe",
                url,
                str(events),
                "--clients",
                str(settings.clients),
                "--transport",
                settings.transport,
            ],
        )
    ]
