"""The session folder on disk: written as it goes, readable whatever ended it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from granite_ws.errors import OutputError, SessionError, SettingsError
from granite_ws.events import EventLog
from granite_ws.session import Session
from granite_ws.settings import Settings

SESSION_FILE, EVENTS_FILE = "session.json", "events.jsonl"
LOG_FILE, PROOF_FILE = "granite_debug.log", "proof.json"
VERDICT_FILE = "verdict.json"


def create_session(folder: Path, settings: Settings, provenance: Mapping[str, Any]) -> Session:
    """A new folder with its ``session.json``. Raises OutputError, also for a used folder."""
    new_or_empty(folder, where="session folder")
    content = {"settings": settings.to_dict(), "provenance": dict(provenance)}
    write_text(folder / SESSION_FILE, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return Session(folder, settings, provenance)


def new_or_empty(folder: Path, *, where: str) -> Path:
    """The folder, made if need be, found empty and writable. Raises OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise OutputError("out", str(folder), allowed="a new or empty folder", where=where)
        _try_to_write(folder)
    except OSError as error:
        raise OutputError.refused("out", folder, error, where=where) from error
    return folder


def writable(folder: Path, *, where: str) -> Path:
    """The folder, made if need be. Raises OutputError now rather than after an hour's work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _try_to_write(folder)
    except OSError as error:
        raise OutputError.refused("out", folder, error, where=where) from error
    return folder


def _try_to_write(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass


def read_session(folder: Path) -> Session:
    """The session that lies in ``folder``. Raises SessionError that names what is broken."""
    try:
        content = json.loads((folder / SESSION_FILE).read_text(encoding="utf-8"))
        given, provenance = content["settings"], content["provenance"]
        if not (isinstance(given, dict) and isinstance(provenance, dict)):
            raise TypeError("settings and provenance must be objects")
        settings = Settings.from_mapping(given, where=str(folder / SESSION_FILE))
    except OSError as error:
        raise SessionError(
            "session",
            str(folder),
            allowed=f"a session folder with {SESSION_FILE} ({error.strerror})",
            where="read session",
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError, SettingsError) as error:
        raise SessionError(
            SESSION_FILE, str(folder), allowed=f"a readable file ({error})", where="read session"
        ) from error
    return Session(
        folder, settings, provenance, read_events(folder / EVENTS_FILE), _read_proof(folder)
    )


def _read_proof(folder: Path) -> Mapping[str, Any]:
    """What ``prove`` wrote; a missing or broken file proves nothing."""
    try:
        proof = json.loads((folder / PROOF_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return proof if isinstance(proof, dict) else {}


def read_events(path: Path) -> EventLog:
    """All events of a file; an absent file is an empty log, since a session may die before one."""
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            return EventLog.from_lines(lines)
    except FileNotFoundError:
        return EventLog(())
    except OSError as error:
        raise SessionError(
            "events",
            str(path),
            allowed=f"a readable file ({error.strerror})",
            where="read session",
        ) from error


def write_text(path: Path, text: str) -> None:
    r"""Writes the whole file or nothing. Raises OutputError.

    What UTF-8 cannot hold (a file name's lone surrogates) is written as ``\udcff``, which is also
    JSON's own escape.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError.refused("out", path, error, where="write") from error
