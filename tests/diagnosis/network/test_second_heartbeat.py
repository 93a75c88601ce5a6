"""GWS507: the Close frame of the web server's own keepalive."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.network.second_heartbeat import check
from granite_ws.events import Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import client_end, cut, opened
from tests.log_builder import event, log, server_lost

FRAME = event(
    4,
    Kind.WEBSOCKET_ENDED,
    sid="A",
    close_code=1005,
    sent_code=1011,
    sent_message="keepalive ping timeout",
)


def test_the_server_side_saw_the_frame() -> None:
    """Its own 1011, long before Socket.IO's 45 s."""
    parts = [*opened(1, pi=25, pt=20), FRAME, server_lost(4), client_end(7, code=1011)]
    finding = check(read_timeline(log(parts)))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "would have waited 45 s" in finding.claim
    assert "--ws-ping-interval" in finding.remedy


def test_the_client_side_saw_the_frame() -> None:
    """A JavaScript client tells the reason of the Close frame."""
    end = client_end(7, code=1011, close_reason="keepalive ping timeout")
    finding = check(read_timeline(log(opened(1), server_lost(4), end)))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)


def test_another_1011_is_none() -> None:
    """An internal error of the server closes with the same code, for another reason."""
    other = event(4, Kind.WEBSOCKET_ENDED, sid="A", sent_code=1011, sent_message="")
    parts = [*opened(1), other, server_lost(4), client_end(4, code=1011)]
    assert check(read_timeline(log(parts))).truth is Truth.REFUTED


def test_other_ends_refute_it() -> None:
    """A cut has no Close frame at all."""
    assert check(read_timeline(log(opened(1), cut(4)))).truth is Truth.REFUTED


def test_nobody_saw_the_frame() -> None:
    """Without a record of how it was closed nobody can tell."""
    assert check(
        read_timeline(log(opened(1), server_lost(4), client_end(7, code=None)))
    ).truth is (Truth.UNKNOWN)
