"""GWS306: a TypeError while a message is encoded; a trouble without a drop."""

from __future__ import annotations

from typing import Any

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.payloads.unserialisable_result import check
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import emitted, python
from tests.log_builder import event, log, lost, quiet


def refused(seconds: float, exception: str = "TypeError") -> Event:
    facts: dict[str, Any] = {"event": "prediction", "exception": exception, "thread": "worker"}
    error = "Object of type float32 is not JSON serializable"
    return event(seconds, Kind.MESSAGE_REFUSED, error=error, **facts)


def test_a_refused_message_is_a_trouble_and_explains_no_drop() -> None:
    """The connection holds; the claim names message, error and thread."""
    session = log(python(), emitted(1.8), refused(2), refused(3), lost(5, own=True))
    finding = check(read_timeline(session))
    assert (Truth.SUPPORTED, ()) == (finding.truth, finding.explains)
    for words in ('"prediction"', "float32", "2 such", "thread worker"):
        assert words in finding.claim
    assert ".tolist()" in finding.remedy


def test_a_number_that_strict_json_refused_is_something_else() -> None:
    """ValueError is a NaN that was stopped on purpose, no type that JSON does not know."""
    session = log(python(), emitted(1.8), refused(2, "ValueError"), lost(5, own=True))
    assert Truth.REFUTED is check(read_timeline(session)).truth


def test_messages_that_all_went_out_refute_it() -> None:
    """Messages were recorded, and none was refused."""
    session = log(python(), emitted(2), lost(5, own=True))
    assert Truth.REFUTED is check(read_timeline(session)).truth


def test_a_log_without_messages_is_unknown() -> None:
    """Where nobody recorded messages, a refused one would not be there either."""
    assert Truth.UNKNOWN is check(read_timeline(log(quiet()))).truth
