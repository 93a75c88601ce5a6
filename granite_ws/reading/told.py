"""What one line of a library says, whichever reader found it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from granite_ws.events import Kind, Witness

LINE_LIMIT = 500  # characters of a line that are kept
SID = r"[\w-]{20}"


class Told(Struct, frozen=True, gc=False):
    """What one line says.

    kind: None where no event follows from it but perhaps the two sides' ids, or a reason.
    data: the event's own; whoever makes the event takes it over.
    client_id: Socket.IO's id of the connection whose Engine.IO id is ``sid``.
    """

    witness: Witness
    kind: Kind | None = None
    sid: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    client_id: str | None = None


def server_log(message: str, logger: str, level: str, sid: str | None) -> Told:
    """A line of the server that is kept as it is, without a traceback so far."""
    facts = {"logger": logger, "level": level, "line": message[:LINE_LIMIT], "exception": ""}
    return Told(Witness.SERVER, Kind.SERVER_LOG, sid, facts)
