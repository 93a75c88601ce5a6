"""Plain log files read as events: the server's lines and the clients', and what each may claim.

``data["timeless"]`` marks an event whose time is only its place in the file: no duration may be
claimed from it. ``data["inferred"]`` marks a connection that only the server's log tells of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from granite_ws import loglines
from granite_ws.events import EventLog, Kind, Witness
from granite_ws.reading.bothsides import (
    ClientLife,
    Draft,
    anchor,
    inferred,
    name_connections,
    only_sid,
)
from granite_ws.reading.foreignlines import (
    read_console_line,
    read_emit_line,
    read_python_client_line,
    read_server_line,
)
from granite_ws.reading.linestamps import (
    NANO,
    Placed,
    StampedLine,
    StampReader,
    place,
    without_echoes,
)
from granite_ws.reading.told import LINE_LIMIT, Told

_SERVER, _PROBE = Witness.SERVER, Witness.PROBE  # looked up once: a log has a million lines
_TAGS = sorted({line.template.partition("]")[0] + "]" for line in loglines.TABLE})
_TAGGED = re.compile("|".join(map(re.escape, _TAGS)))
_ENDS_TRACE = re.compile(r"^[\w.]*(?:Error|Exception|Closed|Interrupt|Exit)\b(?:: .*)?$")


@dataclass(frozen=True)
class LogText:
    """One plain log: its name, for messages, and its lines, which are gone through once."""

    name: str
    lines: Iterable[str]


def read_plain_logs(texts: Sequence[LogText]) -> EventLog:
    """The events of all files in order of time; ``skipped`` counts lines that say nothing here.

    Times without a zone are read as UTC. Several files are compared by their times only where
    each carries dates; else every one but the first is merely ordered, and says ``timeless``.
    """
    files = [_File(text) for text in texts]
    dated = any(file.dated for file in files)
    for number, file in enumerate(files):
        file.trusted = file.dated or (number == 0 and not dated)
        file.read()
    pairs = {client_id: sid for file in files for client_id, sid in file.pairs.items()}
    if pairs:
        for draft in (draft for file in files for draft in file.drafts):
            draft.sid = pairs.get(draft.sid or "", draft.sid)
    clients = [file for file in files if any(draft.witness is _PROBE for draft in file.drafts)]
    told = (draft for file in files for draft in file.drafts if file.of_server)
    only = only_sid(told) if len(clients) == 1 else None
    for number, file in enumerate(clients, 1):
        file.drafts = name_connections(file.drafts, ClientLife(number, only or f"client-{number}"))
    for file in files:
        if not file.trusted:
            anchor(file.drafts, [draft for it in files if it.trusted for draft in it.drafts])
    drafts = [draft for file in files for draft in file.drafts]
    # In front, since the sorting keeps the order of events of one moment.
    events = [draft.event() for draft in [*inferred(drafts, len(clients)), *drafts]]
    skipped = sum(file.skipped for file in files)
    return EventLog(tuple(sorted(events, key=attrgetter("at_ns"))), skipped)


_ECHO = object()


class _File:
    """One file on its way to drafts of events."""

    def __init__(self, text: LogText) -> None:
        stamps = StampReader()
        self.lines = without_echoes([stamps.read(line) for line in text.lines])
        self.dated = any(line.dated for line in self.lines)
        self.of_server = any(_server_told(line) for line in self.lines)
        self.drafts: list[Draft] = []
        self.pairs: dict[str, str] = {}
        self.skipped = 0
        self.trusted = True  # whether this file's clock may be compared with the others'
        self._in_trace = False
        self._above: Draft | object | None = None  # the line that a traceback would belong to
        self._sid: str | None = None

    def read(self) -> None:
        """Fills ``drafts``."""
        readers = self._readers()
        for line, placed in zip(self.lines, place(self.lines, trusted=self.trusted), strict=True):
            if line.told is not None:
                told = self._told(line.told, placed)
            elif self._trace(line, placed) or not (line.echo or line.message.strip()):
                continue
            else:
                told = line.echo or self._line(line, placed, readers)
            self.skipped += not told
            if not self._in_trace:
                self._above = (
                    _ECHO if line.echo else self.drafts[-1] if told and self.drafts else None
                )
        self.lines = []  # a gigabyte of them: the drafts are what goes on

    def _readers(self) -> list[Callable[..., Told | None]]:
        if not self.of_server:
            return [read_python_client_line, _console]
        packets = any(line.told is not None and line.told.sid for line in self.lines)
        return [read_server_line, *([] if packets else [read_emit_line]), read_python_client_line]

    def _line(
        self, line: StampedLine, placed: Placed, readers: Sequence[Callable[..., Told | None]]
    ) -> bool:
        row = _row_of(line.message)
        if row is not None:
            self._row(*row, placed)
            return True
        for reader in readers:
            told = reader(line.message, level=line.level, logger=line.logger)
            if told is not None:
                return self._told(told, placed)
        return False

    def _row(self, kind: Kind, fields: dict[str, Any], placed: Placed) -> None:
        """A row of the contract; the rows of one event are written one after the other."""
        if (
            self.drafts
            and self.drafts[-1].kind is kind
            and not fields.keys() & self.drafts[-1].data
        ):
            self.drafts[-1].data.update(fields)
            return
        if kind is Kind.STALL:
            fields["began_ns"] = placed.at_ns - round(fields["seconds"] * NANO)
        sid = fields.get("client_id")
        self.drafts.append(Draft(placed, Witness.SERVER, kind, sid, fields))

    def _told(self, told: Told, placed: Placed) -> bool:
        """Whether the line said anything."""
        kind, data = told.kind, told.data
        if kind is Kind.CONNECTED or (told.sid and told.witness is _SERVER):
            self._sid = told.sid
        if told.client_id:
            data["client_id"] = told.client_id
            if self._sid:
                # The server's own line names both and comes first.
                self.pairs.setdefault(told.client_id, self._sid)
        if kind is None:
            if "reason" not in data:
                return bool(told.client_id)
            kind, data["line"] = Kind.CLIENT_LOG, ""
        self.drafts.append(Draft(placed, told.witness, kind, told.sid or told.client_id, data))
        return True

    def _trace(self, line: StampedLine, placed: Placed) -> bool:
        """A traceback belongs to the line above it; its last line is what was raised.

        Lines of other threads may stand in between; they are read as ever.
        """
        if line.message.startswith("Traceback (most recent call last)"):
            self._in_trace = True
            return True
        if not self._in_trace or not line.bare or line.echo:
            return False
        if not _ENDS_TRACE.match(line.message):
            return line.message[:1] in {" ", "^"}
        self._in_trace = False
        self._raised(line.message[:LINE_LIMIT], placed)
        return True

    def _raised(self, words: str, placed: Placed) -> None:
        above = self._above
        if isinstance(above, Draft) and above.kind is Kind.SERVER_LOG:
            above.data["exception"] = above.data["exception"] or words
        elif above is not _ECHO and self.of_server:
            facts = {"logger": "python", "level": "", "line": words, "exception": words}
            self.drafts.append(Draft(placed, Witness.SERVER, Kind.SERVER_LOG, None, facts))


def _row_of(message: str) -> tuple[Kind, dict[str, Any]] | None:
    """The contract's row; a line without one of its tags is not tried against every row."""
    return loglines.parse(message) if _TAGGED.search(message) else None


def _server_told(line: StampedLine) -> bool:
    if line.told is not None:
        return bool(line.told.sid) and bool(line.told.kind or line.told.client_id)
    return (
        _row_of(line.message) is not None
        or read_server_line(line.message) is not None
        or bool(read_emit_line(line.message))
    )


def _console(message: str, **_: Any) -> Told | None:
    return read_console_line(message)
