"""Faults that lie in how the server is started: another command, environment, or output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from granite_ws.settings import Settings

Launch = Callable[[Path, Settings], list[str]]

# The command that runs the server of a session folder, instead of ``granite-ws serve``.
LAUNCHES: dict[str, Launch] = {}
# Variables that the server gets beyond our own.
ENVIRONMENTS: Mapping[str, dict[str, str]] = {}
# Faults whose server writes into a pipe that nobody reads.
UNREAD: frozenset[str] = frozenset({"log_pipe_full"})
