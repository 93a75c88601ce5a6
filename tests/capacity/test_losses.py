"""Who drops when: as the heartbeat says of each client alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.capacity.losses import noticed_s
from granite_ws.heartbeat import ClientKind, Heartbeat, drop_probability, outcome
from tests.capacity.costs import SEED_HEARTBEAT

KINDS = st.sampled_from([kind.value for kind in ClientKind])
HEARTBEATS = st.builds(Heartbeat, st.integers(1, 60), st.integers(1, 120))


@given(kind=KINDS, heartbeat=HEARTBEATS, stall_s=st.floats(0, 300), share=st.floats(0, 1))
def test_a_stall_drops_whom_the_heartbeat_says(
    kind: str, heartbeat: Heartbeat, stall_s: float, share: float
) -> None:
    """The same verdict as the machine's own, at every phase; and it is noticed by pi + pt."""
    phase = share * heartbeat.ping_interval_s
    (noticed,) = noticed_s(kind, heartbeat, "stall", stall_s, np.array([phase]))
    ended = outcome(kind, heartbeat, stall_s, phase) is not None
    near = abs(stall_s + phase - min(_borne(kind, heartbeat))) < 1e-6
    assert near or math.isfinite(noticed) == ended
    if math.isfinite(noticed):
        longest = heartbeat.ping_interval_s + heartbeat.ping_timeout_s
        assert noticed <= min(max(stall_s, longest), longest)


def _borne(kind: str, heartbeat: Heartbeat) -> tuple[float, ...]:
    pi, pt = heartbeat.ping_interval_s, heartbeat.ping_timeout_s
    return (pi + pt,) if kind == ClientKind.NODE else (pi + pt, max(pi, pt) + 5)


@pytest.mark.parametrize("kind", list(ClientKind))
@pytest.mark.parametrize("stall_s", [10.0, 25.0, 40.0, 50.0])
def test_the_share_that_drops_is_the_drop_law(kind: str, stall_s: float) -> None:
    """Over evenly spread phases."""
    phases = np.linspace(0, 25, 10_001)
    lost = np.isfinite(noticed_s(kind, SEED_HEARTBEAT, "stall", stall_s, phases)).mean()
    assert lost == pytest.approx(drop_probability(kind, SEED_HEARTBEAT, stall_s), abs=1e-3)


def test_a_python_client_past_its_write_limit_notices_when_the_server_wakes() -> None:
    """25/20, 5 s after the PONG: it bears 25 s, and is told at the end, or 45 s after the PONG."""
    phase = np.array([5.0])
    assert noticed_s("python", SEED_HEARTBEAT, "stall", 24.0, phase)[0] == np.inf
    assert noticed_s("python", SEED_HEARTBEAT, "stall", 33.0, phase)[0] == 33.0
    assert noticed_s("python", SEED_HEARTBEAT, "stall", 90.0, phase)[0] == 40.0


def test_a_death_is_noticed_at_once_and_a_silence_by_the_heartbeat() -> None:
    """The kernel closes what the process held; of a machine that is gone nobody is told."""
    phases = np.array([0.0, 10.0, 25.0])
    death, silence = (
        noticed_s("node", SEED_HEARTBEAT, kind, 1.0, phases).tolist()
        for kind in ("death", "silence")
    )
    assert (death, silence) == ([0.0, 0.0, 0.0], [45.0, 35.0, 20.0])
