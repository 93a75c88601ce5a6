"""Plain log files read as events: the server's lines and the clients', and what each may claim.

``data["timeless"]`` marks an event whose time is only its place in the file: no duration may be
claimed from it. ``data["inferred"]`` marks a connection that only the server's log tells of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from granite_ws import loglines
from granite_ws.events import Event, EventLog, Kind, Witness
from granite_ws.librarylines import (
    LINE_LIMIT,
    Told,
    read_console_line,
    read_emit_line,
    read_python_client_line,
    read_server_line,
)
from granite_ws.linestamps import NANO, Placed, StampedLine, place, read_stamp, without_echoes

_TAGS = tuple(sorted({line.template.partition("]")[0] + "]" for line in loglines.TABLE}))
_ENDS_TRACE = re.compile(r"^[\w.]*(?:Error|Exception|Closed|Interrupt|Exit)\b(?:: .*)?$")
# What a reader of these kinds may rely on, and no log line tells.
_UNTOLD: Mapping[Kind, Mapping[str, Any]] = {
    Kind.CLIENT_DISCONNECTED: {"reason": None, "thread": None},
    Kind.FORECAST_DONE: {"model": "unknown", "fallback_reason": None},
}


@dataclass(frozen=True)
class LogText:
    """One plain log: its name, for messages, and its lines."""

    name: str
    lines: tuple[str, ...]


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
    for draft in (draft for file in files for draft in file.drafts):
        draft.sid = pairs.get(draft.sid or "", draft.sid)
    told = [draft for file in files for draft in file.drafts if file.of_server]
    clients = [file for file in files if any(d.witness is Witness.PROBE for d in file.drafts)]
    only = _only_sid(told) if len(clients) == 1 else None
    for number, file in enumerate(clients, 1):
        file.drafts = _named(file.drafts, _Open(number, only or f"client-{number}"))
    reference = [draft for file in files if file.trusted for draft in file.drafts]
    for file in files:
        if not file.trusted:
            _anchor(file.drafts, reference)
    drafts = [draft for file in files for draft in file.drafts]
    # In front, since the sorting keeps the order of events of one moment.
    events = [draft.event() for draft in [*_inferred(drafts), *drafts]]
    skipped = sum(file.skipped for file in files)
    return EventLog(tuple(sorted(events, key=lambda event: event.at_ns)), skipped)


@dataclass
class _Draft:
    """An event in the making: ids are found later than the line that needs them."""

    placed: Placed
    witness: Witness
    kind: Kind
    sid: str | None
    data: dict[str, Any] = field(default_factory=dict)

    def event(self) -> Event:
        mark = {"timeless": True} if self.placed.timeless else {}
        facts = {**_UNTOLD.get(self.kind, {}), **self.data, **mark}
        return Event(self.placed.at_ns, self.placed.utc, self.witness, self.kind, self.sid, facts)


class _File:
    """One file on its way to drafts of events."""

    def __init__(self, text: LogText) -> None:
        self.lines = without_echoes([read_stamp(line) for line in text.lines])
        self.dated = any(line.dated for line in self.lines)
        self.of_server = any(_server_told(line) for line in self.lines)
        self.drafts: list[_Draft] = []
        self.pairs: dict[str, str] = {}
        self.skipped = 0
        self.trusted = True  # whether this file's clock may be compared with the others'
        self._in_trace = False
        self._sid: str | None = None

    def read(self) -> None:
        """Fills ``drafts``."""
        readers = self._readers()
        for line, placed in zip(self.lines, place(self.lines, trusted=self.trusted), strict=True):
            if line.message.strip() and not self._trace(line):
                self.skipped += not self._line(line, placed, readers)

    def _readers(self) -> list[Callable[..., Told | None]]:
        if not self.of_server:
            return [read_python_client_line, _console]
        packets = any(re.search(r": Sending packet ", line.message) for line in self.lines)
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
                self._told(told, placed)
                return True
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
        self.drafts.append(_Draft(placed, Witness.SERVER, kind, sid, fields))

    def _told(self, told: Told, placed: Placed) -> None:
        if told.kind is Kind.CONNECTED or (told.witness is Witness.SERVER and told.sid):
            self._sid = told.sid
        if told.client_id and self._sid:
            # The server's own line names both and comes first.
            self.pairs.setdefault(told.client_id, self._sid)
        if told.kind is None and told.witness is Witness.SERVER:
            return
        kind = told.kind or Kind.CLIENT_LOG
        data = dict(told.data) | ({"client_id": told.client_id} if told.client_id else {})
        if told.kind is None:
            if "reason" not in data:
                return
            data["line"] = ""
        self.drafts.append(_Draft(placed, told.witness, kind, told.sid or told.client_id, data))

    def _trace(self, line: StampedLine) -> bool:
        """A traceback belongs to the line above it; its last line is what was raised."""
        if line.message.startswith("Traceback (most recent call last)"):
            self._in_trace = True
        elif not self._in_trace:
            return False
        elif not line.bare:
            self._in_trace = False
            return False
        elif _ENDS_TRACE.match(line.message):
            self._in_trace = False
            last = self.drafts[-1] if self.drafts else None
            if last is not None and last.kind is Kind.SERVER_LOG:
                last.data["exception"] = last.data["exception"] or line.message[:LINE_LIMIT]
        return True


def _row_of(message: str) -> tuple[Kind, dict[str, Any]] | None:
    """The contract's row; a line without one of its tags is not tried against every row."""
    return loglines.parse(message) if any(tag in message for tag in _TAGS) else None


def _server_told(line: StampedLine) -> bool:
    return (
        _row_of(line.message) is not None
        or read_server_line(line.message) is not None
        or bool(read_emit_line(line.message))
    )


def _console(message: str, **_: str) -> Told | None:
    return read_console_line(message)


# ------------------------------------------------------------------------- whose lines they are


def _named(drafts: Sequence[_Draft], name: _Open) -> list[_Draft]:
    """A client's lines carry no id: each gets the connection that was open at that line."""
    kept = [d for d in drafts if d.witness is not Witness.PROBE or name.takes(d)]
    if kept and name.unopened:
        facts = {
            "client": name.number,
            "transport": None,
            "client_kind": kept[0].data.get("client_kind", "python"),
            "inferred": True,
        }
        kept.insert(0, _Draft(kept[0].placed, Witness.PROBE, Kind.CONNECTED, name.first, facts))
    return kept


def _only_sid(told: Iterable[_Draft]) -> str | None:
    """Where the client's log does not say: the only connection that the server knew of."""
    known = {d.sid for d in told if d.kind in {Kind.HANDSHAKE, Kind.CLIENT_CONNECTED} and d.sid}
    return known.pop() if len(known) == 1 else None


_COUNTERPARTS = {
    Kind.CONNECTED: Kind.CLIENT_CONNECTED,
    Kind.DISCONNECTED: Kind.CLIENT_DISCONNECTED,
}


def _anchor(drafts: Sequence[_Draft], reference: Sequence[_Draft]) -> None:
    """Puts a file without a clock of use among the others: in its own order, each connection's
    begin and end where the other side has them. All of it stays ``timeless``.
    """
    moments = {(d.kind, d.sid): d.placed for d in reversed(reference)}
    first = min((d.placed.at_ns for d in reference), default=0)
    current = Placed(first, "", timeless=True)
    for draft in drafts:
        met = moments.get((_COUNTERPARTS.get(draft.kind, draft.kind), draft.sid))
        if met is not None and met.at_ns > current.at_ns:
            current = Placed(met.at_ns, met.utc, timeless=True)
        else:
            current = Placed(current.at_ns + 1, current.utc, timeless=True)
        draft.placed = current


class _Open:
    """The connection that one client's log is in, line by line."""

    def __init__(self, number: int, first: str) -> None:
        self.first = first
        self.unopened = False
        self.number = number
        self._sid: str | None = None
        self._reason: str | None = None
        self._last_log: str | None = None
        self._ended = False

    def takes(self, draft: _Draft) -> bool:
        """Completes the draft; False where it says nothing that is not said already."""
        if draft.kind is Kind.CONNECTED:
            self._sid, self._ended = draft.sid or self.first, False
            self._reason = self._last_log = None
        elif self._sid is None and draft.kind is not Kind.CONNECT_FAILED:
            self._sid, self.unopened = self.first, True
        draft.sid = self._sid
        draft.data["client"] = self.number
        if draft.kind is Kind.DISCONNECTED:
            return self._ends(draft)
        if draft.kind is Kind.CLIENT_LOG:
            return self._hears(draft)
        return True

    def _hears(self, draft: _Draft) -> bool:
        if "reason" in draft.data:
            self._reason = self._reason or draft.data["reason"]
            return False
        self._last_log = draft.data["line"]
        return True

    def _ends(self, draft: _Draft) -> bool:
        if self._ended:
            return False
        self._ended = True
        reason = self._reason or draft.data["reason"]
        own = reason in {"client disconnect", "io client disconnect"}
        draft.data |= {"reason": reason, "own": own, "last_log": self._last_log}
        return True


def _inferred(drafts: Sequence[_Draft]) -> list[_Draft]:
    """A connection for each one that only the server tells of: it opened, and nobody else saw."""
    seen = {draft.sid for draft in drafts if draft.kind is Kind.CONNECTED}
    number = max((draft.data.get("client", 0) for draft in drafts), default=0)
    made = []
    for draft in sorted(drafts, key=lambda d: d.placed.at_ns):
        opens = draft.kind in {Kind.HANDSHAKE, Kind.CLIENT_CONNECTED}
        if opens and draft.sid and draft.sid not in seen:
            seen.add(draft.sid)
            number += 1
            facts = {"client": number, "transport": None, "client_kind": "", "inferred": True}
            made.append(_Draft(draft.placed, Witness.SERVER, Kind.CONNECTED, draft.sid, facts))
    return made
