"""GWS308: a POST above the server's limit, refused."""

from __future__ import annotations

from typing import Any

import pytest

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.payloads.inbound_too_big_polling import check
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import ended, python
from tests.log_builder import event, log, quiet


def post(seconds: float, **changes: Any) -> Event:
    facts: dict[str, Any] = {
        "status": 400,
        "method": "POST",
        "bytes": 200_000,
        "transport": "polling",
    }
    return event(seconds, Kind.REQUEST_REFUSED, sid="A", **{**facts, **changes})


def session(*more: Event) -> Any:
    opened = python(transport="polling")
    return read_timeline(log(opened, list(more), ended(2.1, "server disconnect")))


def test_a_refused_post_above_the_limit() -> None:
    """The claim gives both numbers and says that nobody had asked for the disconnect."""
    finding = check(session(post(2)))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "posted 200,000 bytes where max_http_buffer_size allows 100,000" in finding.claim


@pytest.mark.parametrize(
    "changes",
    [{"bytes": 99_999}, {"status": 404}, {"method": "GET"}],
    ids=["below the limit", "another refusal", "a poll"],
)
def test_another_refusal_is_no_evidence(changes: dict[str, Any]) -> None:
    """An invalid session is refused with 400 as well, whatever its size."""
    assert Truth.REFUTED is check(session(post(2, **changes))).truth


def test_an_application_that_asked_for_it_is_another_cause() -> None:
    """The same reason, ``server disconnect``; here the application had called it."""
    called = event(2.05, Kind.DISCONNECT_CALLED, sid="A", thread="worker", frames=[])
    assert Truth.REFUTED is check(session(post(2), called)).truth


def test_without_the_servers_side_it_is_unknown() -> None:
    """Nobody recorded what was refused."""
    assert Truth.UNKNOWN is check(read_timeline(log(quiet()))).truth
