"""GWS302: an event had a name that the JavaScript client keeps for itself."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.payloads.messages import Refusal, judge_refusal, name_of
from granite_ws.events import Event
from granite_ws.phrase import say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS302", "reserved_event_name"

# RESERVED_EVENTS of socket.io-parser 4.2.7 ``index.js``, which calls them "invalid payload".
RESERVED = (
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
)


def _is_reserved(message: Event) -> bool:
    # A message that also holds NaN would be refused for that.
    return message.data.get("event") in RESERVED and not message.data.get("non_finite")


WANTED = Refusal(
    CODE,
    CAUSE,
    saying=("invalid payload",),
    guilty=_is_reserved,
    blame=lambda message: say("an event with the reserved name {name}", name=name_of(message)),
    remedy=say("Give the event another name; reserved are {names}.", names=", ".join(RESERVED)),
    references=(),
)


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a JavaScript client refused an event for its name."""
    return judge_refusal(timeline, WANTED)
