"""Whether an injected fault counts."""

from __future__ import annotations

from granite_ws.effect import fault_span_ns, why_void
from granite_ws.events import Event, Kind, Witness
from granite_ws.faults import Fault, Place
from tests.log_builder import at, connected, event, log, lost

FAULT = Fault(name="x", place=Place.SERVER, about="", hits=("python",))


def injected(seconds: float, kind: Kind, **data: object) -> Event:
    return event(seconds, kind, witness=Witness.INJECTOR, fault="x", **data)


BEGUN = injected(2, Kind.FAULT_BEGUN)
EFFECT = injected(4, Kind.FAULT_EFFECT, what="seconds", amount=2.0)
ENDED = injected(4, Kind.FAULT_ENDED)


def test_a_fault_with_effect_and_its_drop_counts() -> None:
    """It began, did something, and the client that it must hit was lost after it began."""
    assert why_void(FAULT, log(connected(1), BEGUN, EFFECT, ENDED, lost(3))) == ""


def test_a_fault_that_never_began_is_void() -> None:
    """A session that ended before the moment came proves nothing."""
    assert why_void(FAULT, log(connected(1), lost(3))) == "the fault never began"


def test_a_fault_without_an_effect_of_its_own_is_void() -> None:
    """A drop beside a fault that measured no effect is not its doing."""
    nothing = injected(4, Kind.FAULT_EFFECT, what="seconds", amount=0)
    for events in ((BEGUN, ENDED), (BEGUN, nothing, ENDED)):
        told = why_void(FAULT, log(connected(1), *events, lost(3)))
        assert told == "the fault had no effect of its own"


def test_a_drop_before_the_fault_is_not_its_doing() -> None:
    """Only a loss after the beginning counts."""
    told = why_void(FAULT, log(connected(1), lost(1.5), BEGUN, EFFECT))
    assert told == "no python client lost its connection"


def test_the_span_goes_from_beginning_to_end() -> None:
    """Without an end it goes to the last event."""
    assert fault_span_ns(FAULT, log(BEGUN, EFFECT, ENDED)) == (at(2), at(4))
    assert fault_span_ns(FAULT, log(BEGUN, lost(9))) == (at(2), at(9))
