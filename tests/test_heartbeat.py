"""The heartbeat: the drop law against the machines, and against the tables as measured."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.heartbeat import (
    ClientHeartbeat,
    ClientKind,
    Exposure,
    Heartbeat,
    Limit,
    ServerHeartbeat,
    dead_client_noticed_s,
    drop_probability,
    first_limit,
    limits,
    outcome,
    remaining,
    smallest_ping_timeout,
    still_bears,
    tolerance,
)

KINDS = st.sampled_from([kind.value for kind in ClientKind])
PYTHONS = ("python", "python-async")
DEFAULTS = Heartbeat(25, 20)
SEED = Heartbeat(25, 120)
LAB = Heartbeat(1, 2)

# Whole milliseconds: the grain of the OPEN packet.
heartbeats = st.builds(
    Heartbeat, st.integers(1, 60), st.integers(100, 200_000).map(lambda ms: ms / 1000)
)
stalls = st.integers(0, 300_000).map(lambda ms: ms / 1000)
shares = st.floats(0, 1)


def met(kind: str, heartbeat: Heartbeat, stall_s: float, phase_s: float) -> Limit | None:
    """A stall played out between the two machines: a round at 0, then the server stands still."""
    server = ServerHeartbeat(heartbeat)
    client = ClientHeartbeat(kind, heartbeat)
    server.pinged(0.0)
    client.received(0.0, is_ping=True)
    client.sent(0.0)
    server.ponged(0.0)
    due = server.ping_due()
    assert due is not None
    arrives = due if due < phase_s else max(due, phase_s + stall_s)
    return client.gives_up(arrives)


@pytest.mark.parametrize(
    ("heartbeat", "kind", "safe", "sure"),
    [
        (DEFAULTS, "node", 20, 45),
        (DEFAULTS, "python", 5, 30),
        (SEED, "node", 120, 145),
        (SEED, "python", 100, 125),
        (LAB, "node", 2, 3),
        (LAB, "python", 2, 3),
        (Heartbeat(7, 7), "node", 7, 14),
        (Heartbeat(7, 7), "python-async", 5, 12),
    ],
)
def test_tolerances_are_those_that_were_measured(
    heartbeat: Heartbeat, kind: str, safe: float, sure: float
) -> None:
    """The table of stalls that surely pass and surely drop, at the settings people use."""
    assert (safe, sure) == tolerance(kind, heartbeat)


@pytest.mark.parametrize(
    ("heartbeat", "begins", "lasts", "python", "node"),
    [
        (DEFAULTS, 24.4, 7.0, Limit.WRITE_IDLE, None),
        (DEFAULTS, 24.0, 15.0, Limit.WRITE_IDLE, None),
        (DEFAULTS, 3.0, 30.0, Limit.WRITE_IDLE, None),
        (DEFAULTS, 24.0, 30.0, Limit.WRITE_IDLE, Limit.PING_TIMEOUT),
        (DEFAULTS, 3.0, 50.0, Limit.WRITE_IDLE, Limit.PING_TIMEOUT),
        (SEED, 24.0, 50.0, None, None),
    ],
)
def test_real_trials_end_as_they_were_seen_to(
    heartbeat: Heartbeat, begins: float, lasts: float, python: Limit | None, node: Limit | None
) -> None:
    """A held GIL at 25/20 and 25/120 dropped and spared exactly these clients."""
    expected = (python, node)
    assert expected == (
        outcome("python", heartbeat, lasts, begins),
        outcome("node", heartbeat, lasts, begins),
    )


@given(KINDS, heartbeats, stalls, shares)
def test_the_law_is_what_the_machines_do(
    kind: str, heartbeat: Heartbeat, stall_s: float, share: float
) -> None:
    """phi + D > limit says the same as the two machines that play the stall out."""
    phase_s = share * heartbeat.ping_interval_s
    assert met(kind, heartbeat, stall_s, phase_s) == outcome(kind, heartbeat, stall_s, phase_s)


@given(KINDS, heartbeats, shares, st.one_of(st.none(), shares))
def test_what_it_still_bears_is_where_the_outcome_turns(
    kind: str, heartbeat: Heartbeat, heard: float, sent: float | None
) -> None:
    """A stall of that length is survived, one of a millisecond more is not, by the same rule."""
    interval = heartbeat.ping_interval_s
    phase_s, sent_phase_s = heard * interval, None if sent is None else sent * interval
    borne, limit = still_bears(kind, heartbeat, phase_s, sent_phase_s=sent_phase_s)
    assert (None, limit) == tuple(
        outcome(kind, heartbeat, borne + more, phase_s, sent_phase_s=sent_phase_s)
        for more in (0, 0.001)
    )


@given(KINDS, heartbeats, stalls)
def test_the_probability_is_the_share_of_phases_that_drop(
    kind: str, heartbeat: Heartbeat, stall_s: float
) -> None:
    """The closed form equals the machines over a fine grid of phases."""
    grid = 500
    phases = ((n + 0.5) / grid * heartbeat.ping_interval_s for n in range(grid))
    dropped = sum(met(kind, heartbeat, stall_s, phase) is not None for phase in phases)
    assert drop_probability(kind, heartbeat, stall_s) == pytest.approx(
        dropped / grid, abs=1.01 / grid
    )


@given(KINDS, heartbeats, stalls, st.integers(1, 20))
def test_messages_restart_only_what_python_hears(
    kind: str, heartbeat: Heartbeat, stall_s: float, every_s: int
) -> None:
    """With messages in between, the closed form equals the law over a grid of both phases."""
    grid, interval = 40, heartbeat.ping_interval_s
    dropped = 0
    for u in ((n + 0.5) / grid * interval for n in range(grid)):
        for v in ((n + 0.5) / grid * every_s for n in range(grid)):
            heard = u if kind == "node" else min(u, v)
            dropped += outcome(kind, heartbeat, stall_s, heard, sent_phase_s=u) is not None
    assert drop_probability(kind, heartbeat, stall_s, emit_every_s=every_s) == pytest.approx(
        dropped / grid**2, abs=2.1 / grid
    )


@given(KINDS, heartbeats, stalls, stalls)
def test_a_longer_stall_is_never_safer(
    kind: str, heartbeat: Heartbeat, one: float, other: float
) -> None:
    """P(drop) does not fall with the length of the stall, and is a probability."""
    short, long = sorted((one, other))
    chances = [drop_probability(kind, heartbeat, stall_s) for stall_s in (short, long)]
    assert chances == sorted(chances)
    assert 0 <= chances[0] <= chances[1] <= 1


@given(KINDS, st.integers(1, 60), stalls, st.floats(0.1, 200), st.floats(0.1, 200))
def test_a_longer_timeout_is_never_worse(
    kind: str, interval: int, stall_s: float, one: float, other: float
) -> None:
    """P(drop) does not rise with ping_timeout."""
    short, long = sorted((one, other))
    assert drop_probability(kind, Heartbeat(interval, short), stall_s) >= drop_probability(
        kind, Heartbeat(interval, long), stall_s
    )


@given(heartbeats, stalls, st.integers(2, 50))
def test_javascript_scales(heartbeat: Heartbeat, stall_s: float, factor: int) -> None:
    """With all three times longer by one factor, a JavaScript client drops as often."""
    larger = Heartbeat(factor * heartbeat.ping_interval_s, factor * heartbeat.ping_timeout_s)
    assert drop_probability("node", larger, factor * stall_s) == pytest.approx(
        drop_probability("node", heartbeat, stall_s), abs=1e-9
    )


@pytest.mark.parametrize("kind", PYTHONS)
def test_python_does_not_scale(kind: str) -> None:
    """Its + 5 s is absolute: the scaled-down lab hides the limit that the real settings have."""
    lab, real = Heartbeat(1, 0.8), DEFAULTS
    assert 0.0 == drop_probability(kind, lab, 0.4)
    assert 0.2 == pytest.approx(drop_probability(kind, real, 10.0))


@pytest.mark.parametrize("kind", PYTHONS)
@pytest.mark.parametrize("heartbeat", [LAB, DEFAULTS, SEED, Heartbeat(5, 5), Heartbeat(7, 7)])
def test_the_write_idle_limit_comes_first_above_five_seconds(
    kind: str, heartbeat: Heartbeat
) -> None:
    """max(pi, pt) + 5 is below pi + pt iff both numbers are above 5 s."""
    above = min(heartbeat.ping_interval_s, heartbeat.ping_timeout_s) > 5
    expected = Limit.WRITE_IDLE if above else Limit.PING_TIMEOUT
    assert expected is first_limit(kind, heartbeat)[1]


def test_javascript_has_one_limit() -> None:
    """A JavaScript client may be silent for ever."""
    assert {Limit.PING_TIMEOUT: 45} == limits("node", DEFAULTS)


@given(KINDS, st.integers(1, 60), st.integers(1, 300_000))
def test_the_smallest_timeout_is_enough_and_smallest(
    kind: str, interval: int, stall_ms: int
) -> None:
    """At the worst phase nobody drops with it, and somebody does with a millisecond less."""
    stall_s = stall_ms / 1000
    timeout = smallest_ping_timeout(kind, interval, stall_s)
    assert timeout is not None
    assert None is outcome(kind, Heartbeat(interval, timeout), stall_s, interval)
    if timeout > 0.001:
        less = Heartbeat(interval, timeout - 0.001)
        assert outcome(kind, less, stall_s, interval) is not None


@pytest.mark.parametrize(("kind", "expected"), [("node", 30.0), ("python", 50.0)])
def test_python_needs_more_for_the_same_stall(kind: str, expected: float) -> None:
    """30 s at ping_interval 25: JavaScript needs 30, Python 25 + 30 - 5."""
    assert expected == smallest_ping_timeout(kind, 25, 30)


def test_no_timeout_survives_a_stall_without_end() -> None:
    """A server that never comes back drops everybody sooner or later."""
    assert None is smallest_ping_timeout("node", 25, math.inf)


def test_the_counterfactual_counts_who_would_still_drop() -> None:
    """Each pair is judged at its own phase and by its own client's rules."""
    exposures = [
        Exposure("node", 30, 24),
        Exposure("node", 30, 3),
        Exposure("python", 30, 3),
        Exposure("python", 30, 0.5, sent_phase_s=24),
    ]
    assert ((20, 3), (30, 1), (50, 0)) == remaining(exposures, 25, [20, 30, 50])


@given(
    st.lists(st.builds(Exposure, KINDS, stalls, st.floats(0, 25)), max_size=8),
    st.lists(st.floats(0.1, 300), min_size=2, max_size=5).map(sorted),
)
def test_the_counterfactual_never_rises(met: list[Exposure], timeouts: list[float]) -> None:
    """With a longer timeout no more of them drop."""
    counts = [count for _, count in remaining(met, 25, timeouts)]
    assert counts == sorted(counts, reverse=True)


def test_a_dead_client_is_noticed_late_with_the_seeds_settings() -> None:
    """25/120 notices a client that vanished only after 145 to 265 s."""
    assert (145, 265) == dead_client_noticed_s(SEED)


def test_any_packet_restarts_python_and_only_a_ping_javascript() -> None:
    """A message at 2.5 s moves Python to 5.5 s; JavaScript is gone at 3 s whatever it hears."""
    python, node = ClientHeartbeat("python", LAB), ClientHeartbeat("node", LAB)
    for client in (python, node):
        client.received(2.5, is_ping=False)
    assert (5.5, Limit.PING_TIMEOUT) == python.deadline()
    assert (3.0, Limit.PING_TIMEOUT) == node.deadline()
    node.received(2.9, is_ping=True)
    assert pytest.approx(5.9) == node.deadline()[0]


def test_what_the_client_sends_restarts_the_write_idle_limit() -> None:
    """A keep-alive of the application lifts Python's second limit, and only that one."""
    client = ClientHeartbeat("python", DEFAULTS)
    assert (30.0, Limit.WRITE_IDLE) == client.deadline()
    client.sent(20.0)
    assert (45.0, Limit.PING_TIMEOUT) == client.deadline()


def test_sending_moves_nothing_for_javascript() -> None:
    """A JavaScript client that talks is as deaf as one that does not."""
    client = ClientHeartbeat("node", LAB)
    client.sent(2.0)
    assert (3.0, Limit.PING_TIMEOUT) == client.deadline()


def test_a_limit_is_passed_after_it_not_at_it() -> None:
    """At the deadline the client still holds; a microsecond later it is gone."""
    client = ClientHeartbeat("node", LAB)
    assert None is client.gives_up(3.0)
    assert Limit.PING_TIMEOUT is client.gives_up(3.000001)


def test_no_ping_revives_a_client_that_gave_up() -> None:
    """The PING that comes after the limit finds nobody."""
    client = ClientHeartbeat("node", LAB)
    client.received(3.5, is_ping=True)
    assert Limit.PING_TIMEOUT is client.gives_up(3.6)


def test_nothing_that_it_sends_revives_a_client_that_gave_up() -> None:
    """The write loop is over: what the application still emits goes nowhere."""
    client = ClientHeartbeat("python", DEFAULTS)
    client.sent(31.0)
    assert Limit.WRITE_IDLE is client.gives_up(32.0)


def test_the_rule_that_passed_first_is_kept() -> None:
    """Later moments pass the other limit too, and change nothing."""
    client = ClientHeartbeat("python", DEFAULTS)
    assert [Limit.WRITE_IDLE] * 2 == [client.gives_up(31.0), client.gives_up(60.0)]


def test_a_feed_between_the_pings_saves_some_python_clients() -> None:
    """10/2, 11 s, a message every 5 s: safe up to 1 s after the PONG, and between 1 and 4 s where
    a message came within the last second: 1 - (0.1 + 0.3 x 0.2).
    """
    chance = drop_probability("python", Heartbeat(10, 2), 11, emit_every_s=5)
    assert 0.84 == pytest.approx(chance)


def test_an_unknown_client_is_refused() -> None:
    """A client whose rules nobody knows gets no law."""
    with pytest.raises(ValueError, match="swift"):
        ClientHeartbeat("swift", LAB)


@pytest.mark.parametrize("numbers", [(-1, 2), (1, 0), (1, math.nan), (math.inf, 2)])
def test_numbers_that_are_no_heartbeat_are_refused(numbers: tuple[float, float]) -> None:
    """A negative interval, no timeout, and what is no number."""
    with pytest.raises(ValueError, match="no heartbeat"):
        Heartbeat(*numbers)


def test_a_fraction_of_the_interval_is_lost_on_the_wire() -> None:
    """1.9 s reaches the client as 1 s, so that an idle, healthy server drops it at 1.5 s."""
    advertised = Heartbeat.configured(1.9, 0.5)
    assert Heartbeat(1, 0.5) == advertised
    assert Limit.PING_TIMEOUT is outcome("node", advertised, 0.0, 1.9)


def test_an_interval_of_nothing_has_one_phase() -> None:
    """0.5 s reaches the client as 0 s: the stall either drops all or none."""
    advertised = Heartbeat.configured(0.5, 2)
    chances = [drop_probability("node", advertised, stall_s) for stall_s in (1.9, 2.1)]
    assert [0.0, 1.0] == chances


def test_the_server_pings_one_interval_after_the_pong() -> None:
    """No PING is due while one is outstanding, and a PONG that nobody asked for starts none."""
    server = ServerHeartbeat(LAB)
    server.accepted(0.5)
    assert 1.5 == server.ping_due()
    server.ponged(1.0)
    assert 1.5 == server.ping_due()
    server.pinged(1.5)
    assert None is server.ping_due()


def test_the_server_notices_between_one_and_two_timeouts_after_the_ping() -> None:
    """An emit finds it from PING + pt on, the service task by PING + 2 pt."""
    server = ServerHeartbeat(LAB)
    server.accepted(0.0)
    server.pinged(1.0)
    assert (3.0, 5.0) == server.times_out()
    assert (False, True) == (server.gives_up(3.0), server.gives_up(3.1))


def test_the_server_counts_nothing_between_a_pong_and_the_next_ping() -> None:
    """However long it stands still there, it blames no client."""
    server = ServerHeartbeat(LAB)
    server.accepted(0.0)
    assert None is server.times_out()
    assert not server.gives_up(1e6)


def test_a_connect_handler_can_lose_its_own_client() -> None:
    """Until the handler returns, the server counts as if a PING were outstanding."""
    server = ServerHeartbeat(LAB)
    assert server.gives_up(2.5)


def test_a_dead_client_is_the_machines_own_answer() -> None:
    """pi + pt .. pi + 2 pt after the last PONG is what the server's machine says."""
    server = ServerHeartbeat(DEFAULTS)
    server.accepted(0.0)
    due = server.ping_due()
    assert due is not None
    server.pinged(due)
    assert server.times_out() == dead_client_noticed_s(DEFAULTS)
