"""GWS508: refused as unknown right after the session began."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.network.no_sticky_session import check
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import client_end, opened
from tests.log_builder import event, log, process, server_lost


def _refused(begun: float, after_s: float, sid: str, line: str = "Invalid session") -> list[Event]:
    """A session that is opened, and refused after so many seconds."""
    told = {"ping_interval_s": 1, "ping_timeout_s": 2}
    at = begun + after_s
    return [
        event(begun, Kind.HANDSHAKE, sid=sid, **told),
        event(at, Kind.SERVER_LOG, sid=sid, logger="engineio.server", line=f"{line} {sid}"),
        event(at, Kind.REQUEST_REFUSED, sid=sid, status=400, method="POST", transport="polling"),
    ]


def _truth(*parts: Event | list[Event]) -> Truth:
    return check(read_timeline(log(*parts))).truth


def test_sessions_refused_at_once() -> None:
    """Two of three: they explain no drop, since nobody ever was connected."""
    parts = [_refused(1, 0.04, "A"), _refused(2, 0.02, "B"), opened(3, "C")]
    finding = check(read_timeline(log(*parts)))
    assert (Truth.SUPPORTED, ()) == (finding.truth, finding.explains)
    assert finding.claim.startswith("2 of 3 sessions were refused")
    assert "the first after 40 ms" in finding.claim
    assert "ip_hash" in finding.remedy


def test_a_connection_that_was_refused_later_is_explained() -> None:
    """Some requests go well by chance before one goes to the other server."""
    dropped = [*opened(3, "C"), *_refused(3, 2.5, "C")[1:], client_end(5.6, "C", code=None)]
    finding = check(read_timeline(log(_refused(1, 0.04, "A"), _refused(2, 0.02, "B"), dropped)))
    assert ("C",) == finding.explains


def test_one_refusal_is_no_rule() -> None:
    """It may be a client that came back to a session that had ended."""
    assert _truth(_refused(1, 0.04, "A")) is Truth.REFUTED


def test_a_restart_in_between_explains_it() -> None:
    """The new process knows no session of the old one."""
    ends = [
        process(1.01, Kind.PROCESS_ENDED, exit_code=-9, asked=False),
        event(2.01, Kind.LISTENING, host="127.0.0.1", port=1, pid=2),
    ]
    assert _truth(_refused(1, 0.04, "A"), _refused(2, 0.02, "B"), ends) is Truth.REFUTED


def test_a_session_that_its_server_ended_is_none() -> None:
    """It is invalid by right."""
    ends = [server_lost(1.01, "A"), server_lost(2.01, "B")]
    assert _truth(_refused(1, 0.04, "A"), _refused(2, 0.02, "B"), ends) is Truth.REFUTED


def test_refused_for_another_reason_is_none() -> None:
    """A failed upgrade is answered with 400, too."""
    parts = [_refused(n, 0.04, sid, "Invalid transport for session") for n, sid in enumerate("AB")]
    assert _truth(*parts) is Truth.REFUTED


def test_without_handshakes_nobody_can_tell() -> None:
    """Which sessions were opened must be known."""
    assert _truth([]) is Truth.UNKNOWN
