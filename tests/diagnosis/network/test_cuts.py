"""What counts as ended between the sides, and what does not."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.network import cuts
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import client_end, client_stall, cut, message, opened
from tests.log_builder import event, log, process, server_lost, stall

# Each of these explains the same end by one of the two sides.
INNOCENT_NETWORK: dict[str, list[Event]] = {
    "the server process ended": [process(4.2, Kind.PROCESS_ENDED, exit_code=-9, asked=False)],
    "the application asked for it": [event(3.9, Kind.DISCONNECT_CALLED, sid="A")],
    "the server sent a Close frame": [event(4, Kind.WEBSOCKET_ENDED, sid="A", sent_code=1011)],
    "the server stood still": [stall(2.5, 1.4)],
    "the client stood still": [client_stall(2.5, 1.4)],
}
ENDS: dict[str, list[Event]] = {
    "the client closed with a frame": [client_end(4, code=1000), server_lost(4)],
    "the client gave up": [client_end(4, reason="ping timeout"), server_lost(4)],
    "the server gave up": [client_end(4), server_lost(4, reason="ping timeout")],
    "one side knew a second later": [client_end(4), server_lost(5)],
}


def test_both_sides_surprised_is_a_cut() -> None:
    """No Close frame, both at once, nobody stood still: something between them did it."""
    timeline = read_timeline(log(opened(1), cut(4)))
    assert ["A"] == [drop.sid for drop in cuts.cuts(timeline)]


@pytest.mark.parametrize("line", ["WebSocket connection was closed", "Connection reset by peer"])
def test_pythons_clients_tell_it_in_their_own_words(line: str) -> None:
    """They know no reason but "transport error"; the line before it tells."""
    end = client_end(4, reason="transport error", line=line)
    timeline = read_timeline(log(opened(1, kind="python"), end, server_lost(4)))
    assert len(cuts.cuts(timeline)) == 1


@pytest.mark.parametrize("why", INNOCENT_NETWORK)
def test_an_end_that_a_side_explains_is_none(why: str) -> None:
    """Whatever else explains the end takes the network out of it."""
    assert cuts.cuts(read_timeline(log(opened(1), cut(4), INNOCENT_NETWORK[why]))) == ()


@pytest.mark.parametrize("why", ENDS)
def test_other_ends_are_none(why: str) -> None:
    """A side that closed, or gave up, was not cut."""
    assert cuts.cuts(read_timeline(log(opened(1), ENDS[why]))) == ()


def test_another_clients_stall_does_not_count() -> None:
    """Only this kind of client, and the server, can have lost it by standing still."""
    timeline = read_timeline(log(opened(1), cut(4), client_stall(2.5, 1.4, "python-async")))
    assert len(cuts.cuts(timeline)) == 1


def test_ages_and_pauses_are_measured() -> None:
    """Age from the handshake, idleness from the last packet, pauses between packets."""
    timeline = read_timeline(log(opened(1), message(1.5), message(3), cut(4)))
    [drop] = timeline.drops
    assert pytest.approx(3.0) == cuts.connection_age_s(timeline, drop)
    assert pytest.approx(1.0) == cuts.idle_age_s(timeline, drop)
    assert pytest.approx(1.5) == cuts.longest_pause_s(timeline, drop)


def test_a_stall_before_the_handshake_is_an_uncertainty_of_the_age() -> None:
    """As much of it as lay within the second before; none where the server ran."""
    timeline = read_timeline(log(opened(3), cut(6), stall(2.5, 0.4), stall(1, 0.3)))
    assert pytest.approx(0.4) == cuts.opening_delay_s(timeline, timeline.drops[0])
    timeline = read_timeline(log(opened(3), cut(6)))
    assert cuts.opening_delay_s(timeline, timeline.drops[0]) == 0


def test_what_is_lost_together_is_one_moment() -> None:
    """Two clients within a second are one event; a third one later is another."""
    parts = [
        opened(1, "A"),
        opened(1, "B"),
        opened(1, "C"),
        cut(4, "A"),
        cut(4.5, "B"),
        cut(8, "C"),
    ]
    assert cuts.moments(cuts.cuts(read_timeline(log(*parts)))) == 2


def test_a_drop_with_one_witness_is_unknown() -> None:
    """Without the server's word nobody can tell who ended it."""
    assert cuts.without(read_timeline(log(opened(1), client_end(4))))[0] is Truth.UNKNOWN
    assert cuts.without(read_timeline(log(opened(1))))[0] is Truth.REFUTED


def test_the_path_begins_with_the_last_packet() -> None:
    """And ends with both sides' words."""
    timeline = read_timeline(log(opened(1), message(3), cut(4)))
    steps = cuts.cut_steps(timeline, timeline.drops[0])
    kinds = [step.event.kind for step in steps]
    assert [Kind.MESSAGE_RECEIVED, Kind.DISCONNECTED, Kind.CLIENT_DISCONNECTED] == kinds
