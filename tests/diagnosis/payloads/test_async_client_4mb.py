"""GWS311: aiohttp's own limit."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.payloads.async_client_4mb import check
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import emitted, ended, python, said
from tests.log_builder import connected, log, quiet, server_lost

LINE = "Server sent 258 packet data Message size 5000021 exceeds limit 4194304, aborting"
END = [said(2.1, LINE), *ended(2.11, last_log=LINE)]


def test_the_clients_own_words() -> None:
    """Sizes are read from the line; the message that was above the limit begins the way."""
    big = emitted(2, bytes=5_000_020)
    finding = check(read_timeline(log(python(kind="python-async"), emitted(1.9), big, END)))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "5,000,021 bytes reached a client on aiohttp, which takes 4,194,304" in finding.claim
    assert [big, END[0]] == [step.event for step in finding.path][:2]
    assert "'max_msg_size': 0" in finding.remedy


def test_the_line_is_enough_where_nobody_watched_the_server() -> None:
    """The client names both numbers itself."""
    finding = check(read_timeline(log(python(kind="python-async"), END)))
    assert (Truth.SUPPORTED, 1) == (finding.truth, len(finding.evidence))


def test_a_large_message_before_another_end_is_not_it() -> None:
    """The client must have said so: a large message alone drops nobody."""
    session = log(python(kind="python-async"), emitted(2, bytes=5_000_020), ended(2.1))
    assert Truth.REFUTED is check(read_timeline(session)).truth


def test_without_the_clients_side_it_is_unknown() -> None:
    """The server sees a transport close; and a healthy session is refuted."""
    gone = log(connected(1), server_lost(2, reason="ping timeout"))
    assert Truth.UNKNOWN is check(read_timeline(gone)).truth
    assert Truth.REFUTED is check(read_timeline(log(quiet()))).truth
