"""What the clients' clocks read when a stall began, from small logs."""

from __future__ import annotations

import pytest

from granite_ws.events import Event, Kind
from granite_ws.exposure import (
    Standstill,
    advertised,
    deadliest,
    exposure_to,
    exposures,
    kind_of,
    standstills,
)
from granite_ws.heartbeat import ClientKind, Exposure, Heartbeat
from granite_ws.timeline import read_timeline
from tests.log_builder import at, connected, emit, event, log, lost, ping, stall


def met(*parts: Event | list[Event]) -> tuple[Exposure, ...]:
    return exposures(read_timeline(log(*parts)))["A"]


@pytest.mark.parametrize(
    ("kind", "phase_s"), [("python", 0.48), ("python-async", 0.48), ("node", 1.995)]
)
def test_python_counts_from_a_message_and_javascript_from_the_ping(
    kind: str, phase_s: float
) -> None:
    """PING at 2.005 s, a message at 3.52 s, the stall from 4 s on."""
    (one,) = met(connected(1, client_kind=kind), ping(2), emit(3.5), stall(4, 3), lost(7))
    assert (kind, 3.0) == (one.kind, one.stall_s)
    assert phase_s == pytest.approx(one.phase_s)
    assert 1.9925 == pytest.approx(one.sent_phase_s)


def test_before_the_first_ping_all_clocks_count_from_the_connect() -> None:
    """A stall 2 s after the connect finds both clocks at 2 s."""
    (one,) = met(connected(1), stall(3, 5), lost(7))
    assert (2.0, 2.0) == (one.phase_s, one.sent_phase_s)


def test_another_clients_packets_move_nothing() -> None:
    """B's PING just before the stall is not A's."""
    (one,) = met(connected(1), connected(1, "B", 2), ping(2.9, "B"), stall(3, 5), lost(7))
    assert 2.0 == one.phase_s


def test_only_what_a_connection_lived_through_is_its_own() -> None:
    """Stalls before its connect and after its loss are not; one that it was born in is cut."""
    (one,) = met(stall(0.1, 0.5), stall(0.8, 1.2), connected(1), lost(5), stall(6, 2))
    assert (1.0, 0.0) == (one.stall_s, one.phase_s)


def test_a_connection_without_a_stall_met_none() -> None:
    """An empty answer, not a missing one."""
    assert () == met(connected(1), lost(5))


def test_stalls_that_overlap_or_touch_are_one() -> None:
    """One beat between two stalls does not help a client; a second between them may."""
    timeline = read_timeline(
        log(stall(1, 2), stall(1.05, 2.5, "loop"), stall(3.58, 1), stall(6, 1))
    )
    spans = [(one.began_ns, one.ended_ns) for one in standstills(timeline.stalls)]
    assert [(at(1), at(4.58)), (at(6), at(7))] == spans
    assert [3.58, 1.0] == pytest.approx([one.seconds for one in standstills(timeline.stalls)])


def test_a_short_stall_inside_a_long_one_does_not_shorten_it() -> None:
    """The later begin with the earlier end changes nothing."""
    timeline = read_timeline(log(stall(1, 5), stall(2, 1, "loop")))
    assert [5.0] == [one.seconds for one in standstills(timeline.stalls)]


def test_a_stall_that_somebody_else_measured_is_met_alike() -> None:
    """The injector's own times in place of the heartbeat's: the same clocks are read."""
    timeline = read_timeline(log(connected(1), ping(2), stall(4, 3), lost(7)))
    (connection,) = timeline.connections
    (seen,) = exposures(timeline)["A"]
    assert seen == exposure_to(timeline, connection, Standstill(at(4), at(7)))


def test_the_deadliest_stall_is_the_longest_silence() -> None:
    """A shorter stall late in the interval may leave a client alone for longer."""
    early, late = Exposure("node", 5, 1), Exposure("node", 4, 3)
    quiet = Exposure("python", 4, 0.1, sent_phase_s=20)
    assert late == deadliest((early, late))
    assert quiet == deadliest((early, late, quiet))
    assert None is deadliest(())


@pytest.mark.parametrize("kind", ["python", "python-async", "node"])
def test_the_recorded_kind_is_believed(kind: str) -> None:
    """The three libraries that the workbench runs."""
    (connection,) = read_timeline(log(connected(1, client_kind=kind))).connections
    assert ClientKind(kind) is kind_of(connection)


@pytest.mark.parametrize("facts", [{}, {"client_kind": "swift"}])
def test_an_unnamed_client_is_taken_for_the_frailest(facts: dict[str, str]) -> None:
    """Python has JavaScript's limit and one more."""
    (connection,) = read_timeline(log(connected(1, **facts))).connections
    assert ClientKind.PYTHON is kind_of(connection)


def test_the_wire_tells_the_heartbeats_numbers() -> None:
    """The connection's own OPEN packet, or what its client noted at connect; else nothing."""
    numbers = {"ping_interval_s": 25.0, "ping_timeout_s": 20.0}
    other = {"ping_interval_s": 1.0, "ping_timeout_s": 2.0}
    timeline = read_timeline(
        log(
            event(0.9, Kind.HANDSHAKE, sid="A", **numbers),
            connected(1, "A"),
            connected(2, "B", 2, **other),
            connected(3, "C", 3),
        )
    )
    told = [advertised(timeline, connection) for connection in timeline.connections]
    assert [Heartbeat(25, 20), Heartbeat(1, 2), None] == told
