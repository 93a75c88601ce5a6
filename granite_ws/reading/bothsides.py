"""Both sides' lines joined: which connection a client's line belongs to, and when.

A client's log names no connection in most of its lines, and its clock may be of no use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from granite_ws.events import Event, Kind, Witness
from granite_ws.reading.linestamps import Placed

# What a reader of these kinds may rely on, and no log line tells.
_UNTOLD: Mapping[Kind, Mapping[str, Any]] = {
    Kind.CLIENT_DISCONNECTED: {"reason": None, "thread": None},
    Kind.FORECAST_DONE: {"model": "unknown", "fallback_reason": None},
}
# The server's word on a connection that begins.
_OPENS = frozenset({Kind.HANDSHAKE, Kind.CLIENT_CONNECTED})
_BEGINS = _OPENS | {Kind.CONNECTED}


class Draft(Struct, gc=False):
    """An event in the making: ids are found later than the line that needs them."""

    placed: Placed
    witness: Witness
    kind: Kind
    sid: str | None
    data: dict[str, Any] = field(default_factory=dict)

    def event(self) -> Event:
        """The finished event; ``timeless`` is marked in its data."""
        placed, facts = self.placed, self.data
        if self.kind in _UNTOLD:
            facts = {**_UNTOLD[self.kind], **facts}
        if placed.timeless:
            facts = {**facts, "timeless": True}
        return Event(placed.at_ns, placed.utc, self.witness, self.kind, self.sid, facts)


def name_connections(drafts: Sequence[Draft], name: ClientLife) -> list[Draft]:
    """A client's lines carry no id: each gets the connection that was open at that line."""
    kept = [d for d in drafts if d.witness is not Witness.PROBE or name.takes(d)]
    if kept and name.unopened:
        facts = {
            "client": name.number,
            "transport": None,
            "client_kind": kept[0].data.get("client_kind", "python"),
            "inferred": True,
        }
        kept.insert(0, Draft(kept[0].placed, Witness.PROBE, Kind.CONNECTED, name.first, facts))
    return kept


def only_sid(told: Iterable[Draft]) -> str | None:
    """Where the client's log does not say: the only connection that the server knew of."""
    known = {draft.sid for draft in told if draft.kind in _OPENS and draft.sid}
    return known.pop() if len(known) == 1 else None


_COUNTERPARTS = {
    Kind.CONNECTED: Kind.CLIENT_CONNECTED,
    Kind.DISCONNECTED: Kind.CLIENT_DISCONNECTED,
}


def anchor(drafts: Sequence[Draft], reference: Sequence[Draft]) -> None:
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


class ClientLife:
    """The connection that one client's log is in, line by line."""

    def __init__(self, number: int, first: str) -> None:
        self.first = first
        self.unopened = False
        self.number = number
        self._sid: str | None = None
        self._reason: str | None = None
        self._last_log: str | None = None
        self._ended = False

    def takes(self, draft: Draft) -> bool:
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

    def _hears(self, draft: Draft) -> bool:
        if "reason" in draft.data:
            self._reason = self._reason or draft.data["reason"]
            return False
        self._last_log = draft.data["line"]
        return True

    def _ends(self, draft: Draft) -> bool:
        if self._ended:
            return False
        self._ended = True
        reason = self._reason or draft.data["reason"]
        own = reason in {"client disconnect", "io client disconnect"}
        draft.data |= {"reason": reason, "own": own, "last_log": self._last_log}
        return True


def inferred(drafts: Sequence[Draft], clients: int) -> list[Draft]:
    """A connection for each one that only the server tells of: it opened, and nobody else saw.

    clients: how many there are that have a log of their own; they have the first numbers.
    """
    begun = [draft for draft in drafts if draft.kind in _BEGINS and draft.sid]
    seen = {draft.sid for draft in begun if draft.kind is Kind.CONNECTED}
    opens = [draft for draft in begun if draft.kind in _OPENS]
    number = clients
    made = []
    for draft in sorted(opens, key=lambda d: d.placed.at_ns):
        if draft.sid not in seen:
            seen.add(draft.sid)
            number += 1
            facts = {"client": number, "transport": None, "client_kind": "", "inferred": True}
            made.append(Draft(draft.placed, Witness.SERVER, Kind.CONNECTED, draft.sid, facts))
    return made
