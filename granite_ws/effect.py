"""Did an injected fault have its effect? A fault that did nothing is void, and is not scored."""

from __future__ import annotations

from granite_ws.events import Event, EventLog, Kind
from granite_ws.faults import Fault
from granite_ws.phrase import say
from granite_ws.timeline import read_timeline


def why_void(fault: Fault, log: EventLog) -> str:
    """Empty when the fault counts; else one sentence that says what did not happen.

    It counts when it began, measured an effect of its own (FAULT_EFFECT, greater than nothing),
    and every client kind that it must hit lost a connection after it began.
    """
    begun = _events_of(fault, log, Kind.FAULT_BEGUN)
    if not begun:
        return say("the fault never began")
    effects = _events_of(fault, log, Kind.FAULT_EFFECT)
    if not any(event.data["amount"] > 0 for event in effects):
        return say("the fault had no effect of its own")
    lost = {
        drop.client_kind
        for drop in read_timeline(log.blind()).drops
        if drop.lost_ns is not None and drop.lost_ns >= begun[0].at_ns
    }
    spared = [kind for kind in fault.hits if kind not in lost]
    return (
        say("no {kinds} client lost its connection", kinds=_one_by_one(spared)) if spared else ""
    )


def _one_by_one(kinds: list[str]) -> str:
    named = kinds[0]
    for kind in kinds[1:]:
        named = say("{kinds} and no {kind}", kinds=named, kind=kind)
    return named


def fault_span_ns(fault: Fault, log: EventLog) -> tuple[int, int]:
    """From the fault's beginning to its end (or the log's), monotonic ns."""
    begun = [event.at_ns for event in _events_of(fault, log, Kind.FAULT_BEGUN)]
    ended = [event.at_ns for event in _events_of(fault, log, Kind.FAULT_ENDED)]
    last = max((event.at_ns for event in log), default=0)
    return (min(begun, default=last), max(ended, default=last))


def _events_of(fault: Fault, log: EventLog, kind: Kind) -> list[Event]:
    """A relay and a client write the name of the order, where that is another one."""
    name = fault.order.get("fault", fault.name)
    return [event for event in log.of(kind) if event.data["fault"] == name]
