"""What people bring to be judged: session folders, event files, plain logs of any app."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from granite_ws.diagnosis.checklist import Limits
from granite_ws.diagnosis.verdict import Verdict, diagnose
from granite_ws.edges import store
from granite_ws.edges.reader import read_logs
from granite_ws.errors import SessionError
from granite_ws.events import EventLog, Kind
from granite_ws.reading.missing import what_is_missing
from granite_ws.run import limits_of

# python-engineio's own defaults (seconds, bytes), where no log tells what was configured.
_PING_TIMEOUT_S = 20.0
_BUFFER_BYTES = 1_000_000


@dataclass(frozen=True)
class Case:
    """One thing that was judged, and the evidence that it lacks."""

    name: str
    verdict: Verdict
    missing: tuple[str, ...]


def judge_paths(paths: Iterable[Path]) -> tuple[Case, ...]:
    """A case for each session folder and each event file; all plain logs together are one case,
    since a server's log and a client's belong together.

    Raises SessionError for a path that is none of these.
    """
    cases: list[Case] = []
    plain: list[Path] = []
    for path in paths:
        if path.is_dir():
            session = store.read_session(path)
            cases.append(_case(str(path), session.log, limits_of(session.settings)))
        elif path.suffix == ".jsonl":
            cases.append(_case(str(path), _events(path)))
        else:
            plain.append(path)
    if plain:
        cases.append(_case(", ".join(map(str, plain)), read_logs(plain)))
    return tuple(cases)


def _events(path: Path) -> EventLog:
    log = store.read_events(path)
    if not log.events:
        raise SessionError("events", str(path), allowed="a file with events", where="diagnose")
    return log


def _case(name: str, log: EventLog, configured: Limits | None = None) -> Case:
    try:
        return Case(name, diagnose(log, configured or limits_in(log)), what_is_missing(log))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # The rules are guarded one by one; this is an event without what its kind must have.
        raise SessionError(
            "events",
            name,
            allowed=f"events as docs/events.md has them ({type(error).__name__}: {error})",
            where="diagnose",
        ) from error


def limits_in(log: EventLog) -> Limits:
    """What the OPEN packet advertised, else the library's defaults."""
    told = [e.data for e in log.of(Kind.HANDSHAKE, Kind.CONNECTED) if "ping_timeout_s" in e.data]
    return Limits(
        ping_timeout_s=next((data["ping_timeout_s"] for data in told), _PING_TIMEOUT_S),
        max_http_buffer_bytes=next(
            (data["max_payload_bytes"] for data in told if "max_payload_bytes" in data),
            _BUFFER_BYTES,
        ),
    )


def exit_code(cases: Iterable[Case]) -> int:
    """The gravest: 3 something is unknown, 1 drops that are explained, 0 all held."""
    return max((case.verdict.exit_code for case in cases), default=0)
