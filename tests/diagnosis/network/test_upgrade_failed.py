"""GWS509: polling goes on where a WebSocket was wanted."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.network.upgrade_failed import check
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import PROBE, message, opened
from tests.log_builder import event, log


def _line(seconds: float, text: str) -> Event:
    return event(seconds, Kind.CLIENT_LOG, sid="A", witness=PROBE, client=1, line=text)


@pytest.mark.parametrize(
    "text", ["WebSocket upgrade failed: connection error", "upgradeError: probe error"]
)
def test_it_failed_and_polling_went_on(text: str) -> None:
    """No drop: a trouble, with the server's refusal as its second witness."""
    refusal = event(1.02, Kind.REQUEST_REFUSED, sid="A", status=400, transport="websocket")
    finding = check(read_timeline(log(opened(1), refusal, _line(1.03, text), message(3))))
    assert (Truth.SUPPORTED, ()) == (finding.truth, finding.explains)
    assert [Kind.REQUEST_REFUSED, Kind.CLIENT_LOG] == [s.event.kind for s in finding.path]
    assert "proxy_set_header Upgrade $http_upgrade" in finding.remedy


def test_a_later_success_refutes_it() -> None:
    """What failed once and went well then is a WebSocket now."""
    lines = [_line(1.03, "upgradeError: probe error"), _line(2, "upgrade: websocket")]
    assert check(read_timeline(log(opened(1), lines, message(3)))).truth is Truth.REFUTED


def test_a_connection_that_did_not_live_on_is_no_such_case() -> None:
    """Then something else ended both."""
    failed = _line(1.03, "upgradeError: probe error")
    assert check(read_timeline(log(opened(1), failed))).truth is Truth.REFUTED


def test_no_failed_upgrade_refutes_it_and_nobody_leaves_it_unknown() -> None:
    """A client that was not there could not fail."""
    assert check(read_timeline(log(opened(1)))).truth is Truth.REFUTED
    assert check(read_timeline(log([]))).truth is Truth.UNKNOWN
