"""When the server stood still, and whom that ended."""

from __future__ import annotations

from granite_ws.diagnosis.stalls.episodes import blows, episodes
from granite_ws.events import Event, Kind, Witness
from granite_ws.heartbeat import Limit
from granite_ws.timeline import read_timeline
from tests.diagnosis.stalls.still_logs import (
    NUMBERS,
    client,
    everything,
    gave_up,
    look,
    monitors,
    stall,
    still,
    timeline_of,
)
from tests.log_builder import connected, emit, event, log, ping, server_lost


def test_stalls_that_follow_one_another_are_one_episode() -> None:
    """A beat between two stalls makes them no two standstills; half a second does."""
    stalls = [stall("loop", 1, 0.5), stall("thread", 1.6, 0.5), stall("loop", 3, 0.2)]
    first, second = episodes(read_timeline(log(stalls)))
    assert (2, 1) == (len(first.stalls), len(second.stalls))
    assert 1.1 == round(first.seconds, 6)


def test_a_short_stall_of_the_thread_beside_a_long_one_of_the_loop() -> None:
    """The loop alone was blocked: a thread that was late for a moment changes nothing."""
    stalls = [stall("thread", 3.4, 0.2), stall("loop", 3.5, 4)]
    [episode] = episodes(read_timeline(log(stalls)))
    assert (False, "loop") == (episode.everything, episode.longest.monitor)


def test_shares_are_of_the_heartbeat_that_tells() -> None:
    """Processor, waiting and collecting, per second of standing still."""
    [episode] = episodes(read_timeline(log(everything(cpu_s=2, waited_s=1, collected_s=3))))
    shares = (episode.cpu_share, episode.waited_share, episode.collected_share)
    assert (0.5, 0.25, 0.75) == shares


def test_a_share_that_nobody_measured_is_none() -> None:
    """An older recording has no processor time: not zero."""
    bare = event(7.5, Kind.STALL, monitor="thread", seconds=4.0, began_ns=stall().data["began_ns"])
    [episode] = episodes(read_timeline(log(bare)))
    assert episode.cpu_share is None


def test_a_look_at_a_shorter_stall_beside_it_tells_nothing() -> None:
    """Only the looks that the longest stall caused are telling."""
    early = look(["a.py:1 early"], seconds=3.3)
    late = look(["a.py:2 late"])
    stalls = [stall("thread", 2.6, 0.6), stall("thread", 3.4, 4.1)]
    [episode] = episodes(read_timeline(log(stalls, early, late)))
    assert ((early, late), (late,)) == (episode.looks, episode.telling_looks)


def test_a_javascript_client_counts_from_its_last_ping() -> None:
    """The blow names the rule and the event from which it counts."""
    [blow] = blows(timeline_of("gil_held_native"))
    assert (Limit.PING_TIMEOUT, Kind.PING_RECEIVED) == (blow.limit, blow.since.kind)


def test_a_python_client_counts_from_any_packet() -> None:
    """Data that arrived after the last PING restarts its clock."""
    line = "Server has stopped communicating, aborting"
    told = gave_up(6.42, "transport error", last_log=line)
    arrived = emit(3.4)
    [blow] = blows(read_timeline(log(monitors(), client("python"), arrived, everything(), told)))
    assert (Limit.PING_TIMEOUT, arrived[-1]) == (blow.limit, blow.since)


def test_the_write_idle_limit_counts_from_what_was_sent() -> None:
    """It is named by the client's own line, and counted from its last PONG."""
    [blow] = blows(timeline_of("pyclient_write_idle"))
    assert (Limit.WRITE_IDLE, Kind.PONG_SENT) == (blow.limit, blow.since.kind)


def test_a_ping_that_was_written_in_time_acquits_the_stall() -> None:
    """A server that ran when it wrote the next PING did not lose it by standing still."""
    written = event(3.7, Kind.PING_WRITTEN, sid="A")
    late = [stall("thread", 4.25, 3.2), stall("loop", 4.25, 3.2)]
    assert blows(read_timeline(still(late)))
    assert not blows(read_timeline(still(late, written)))


def test_a_timer_that_fits_no_deadline_is_no_blow() -> None:
    """A ping timeout 3 s after the deadline had another clock."""
    events = [e for e in still(everything()) if e.kind is not Kind.DISCONNECTED]
    assert not blows(read_timeline(log(events, gave_up(9.0))))


def test_a_short_stall_is_no_blow() -> None:
    """One second of 2 that a client bears beyond the interval was not what it died of."""
    assert not blows(read_timeline(still(stall("thread", 3.5, 1.0), stall("loop", 3.5, 1.0))))


def test_a_timeout_of_half_a_second_is_its_own_trouble() -> None:
    """A stall of 0.8 s beside a client that waits 1.5 s is not blamed."""
    half = client("node", ping_timeout_s=0.5)
    stalls = [stall("thread", 3.6, 0.8), stall("loop", 3.6, 0.8)]
    assert not blows(read_timeline(log(monitors(), half, stalls, gave_up(4.5))))


def served(pong_sent_s: float | None, ended_s: float) -> list[Event]:
    """A PING at 4 s, answered at that second, and a server that gives up later."""
    queued = event(4.0, Kind.PING_QUEUED, sid="A", waiting=0)
    written = event(4.01, Kind.PING_WRITTEN, sid="A")
    sent = event(pong_sent_s or 0.0, Kind.PONG_SENT, sid="A", witness=Witness.PROBE)
    opened = event(0.9, Kind.HANDSHAKE, sid="A", **NUMBERS)
    start = [opened, connected(0.95, client_kind="node"), *ping(1), *ping(2), *ping(3)]
    lost = [server_lost(ended_s, reason="ping timeout"), gave_up(ended_s + 0.1, "transport close")]
    return [*start, queued, written, *([sent] if pong_sent_s else []), *lost]


def test_a_pong_that_the_server_could_not_read() -> None:
    """The client answered in time; the server stood still, and gave it up when it ran again."""
    stalls = [stall("thread", 4.1, 2.5), stall("loop", 4.1, 2.5)]
    [blow] = blows(read_timeline(log(monitors(), stalls, served(4.02, 6.65))))
    assert (None, Kind.PING_QUEUED) == (blow.limit, blow.since.kind)


def test_a_pong_that_arrived_and_was_not_yet_processed() -> None:
    """Among many threads the judge may come between a PONG's arrival and its processing."""
    stalls = [stall("thread", 4.1, 2.5), stall("loop", 4.1, 2.5)]
    arrived = event(6.5, Kind.PONG_RECEIVED, sid="A")
    assert blows(read_timeline(log(monitors(), stalls, served(4.02, 6.65), arrived)))
    early = event(4.05, Kind.PONG_RECEIVED, sid="A")
    assert not blows(read_timeline(log(monitors(), stalls, served(4.02, 6.65), early)))


def test_a_pong_that_never_came_is_not_the_servers() -> None:
    """A client that did not answer is no victim of a stall beside it."""
    stalls = [stall("thread", 4.1, 2.5), stall("loop", 4.1, 2.5)]
    assert not blows(read_timeline(log(monitors(), stalls, served(None, 6.65))))
