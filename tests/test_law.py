"""The trial's plan, and one tiny trial with a real server and a real client."""

from __future__ import annotations

from pathlib import Path

import pytest

from granite_ws import Session, Settings
from granite_ws import law as law_module
from granite_ws.errors import SessionFailed, SettingsError
from granite_ws.law import even_phases, plan, planned_heartbeat, try_law

LAB = {"ping_interval": 1, "ping_timeout": 2.0}


def test_phases_divide_the_interval_evenly() -> None:
    """Each stands in the middle of its part, none on a PING."""
    assert (0.25, 0.75) == even_phases(2, 1)
    assert (2.5, 7.5, 12.5, 17.5, 22.5) == even_phases(5, 25)


def test_every_kind_leads_at_every_phase_of_every_stall() -> None:
    """Three stalls, two phases, three kinds: 18 sessions, six led by each kind."""
    planned = plan(
        [2.0, 2.5, 3.0], phases_s=even_phases(2, 1), kinds="python,node,python-async", **LAB
    )
    leaders = [settings.client_kinds.split(",")[0] for settings in planned]
    assert (18, {"python", "node", "python-async"}) == (len(planned), set(leaders))
    assert {6} == {leaders.count(kind) for kind in leaders}
    assert {(2.0, 0.25), (2.0, 0.75), (2.5, 0.25), (2.5, 0.75), (3.0, 0.25), (3.0, 0.75)} == {
        (settings.fault_seconds, settings.fault_at_s) for settings in planned
    }


@pytest.mark.parametrize(("interval", "stall"), [(1, 2.5), (25, 130.0)])
def test_a_session_lasts_until_the_stall_is_over(interval: int, stall: float) -> None:
    """The PING that starts the count may be a whole interval away; then phase, stall, settling."""
    (settings,) = plan(
        [stall], phases_s=[0.9 * interval], ping_interval=interval, ping_timeout=2, kinds="node"
    )
    assert settings.duration_s >= 1.9 * interval + stall + 2


def test_no_message_restarts_a_clock() -> None:
    """The feed says one word at the start, and nothing more."""
    (settings,) = plan([2.5], phases_s=[0.5], kinds="python", **LAB)
    assert settings.point_interval_s > settings.duration_s
    assert 0 == settings.forecast_every


def test_an_unknown_client_is_refused_before_anything_starts() -> None:
    """One line that names the setting."""
    with pytest.raises(SettingsError, match="client_kinds"):
        plan([2.5], phases_s=[0.5], kinds="python,perl", **LAB)


def test_one_heartbeat_is_tried_at_a_time() -> None:
    """Shares of two heartbeats say nothing together."""
    mixed = [
        *plan([2.5], phases_s=[0.5], kinds="node", **LAB),
        *plan([2.5], phases_s=[0.5], kinds="node", ping_interval=2, ping_timeout=2),
    ]
    assert (1, 2.0) == planned_heartbeat(mixed[:1])
    with pytest.raises(ValueError, match="one heartbeat"):
        planned_heartbeat(mixed)


def test_a_session_that_does_not_come_up_is_void(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others count; nothing is lost, and nothing is made up for it."""

    def fails(_settings: Settings, *, out: Path) -> Session:
        raise SessionFailed(f"no server for {out.name}")

    monkeypatch.setattr(law_module, "run_session", fails)
    law = try_law(plan([2.5], phases_s=[0.2, 0.7], kinds="node", **LAB), at_once=2)
    assert (0, 2, (), None) == (law.sessions, law.void, law.points, law.mean_absolute_error)


def test_a_real_stall_drops_late_and_spares_early(tmp_path: Path) -> None:
    """2.5 s from 0.15 s after the PING is borne, from 0.85 s on it is fatal; nothing is kept."""
    told: list[tuple[float, str]] = []
    law = try_law(
        plan([2.5], phases_s=[0.15, 0.85], kinds="python", **LAB),
        at_once=2,
        keep=tmp_path,
        progress=lambda share, words: told.append((share, words)),
    )
    assert [False, True] == [seen.dropped for seen in law.observations]
    assert (2, ()) == (law.sessions, law.wrong)
    (point,) = law.points
    assert (0.5, 2) == (point.observed, point.count)
    assert 0.5 == pytest.approx(point.predicted, abs=0.05)
    assert [(0.5, "1 sessions"), (1.0, "recorded")] == told
    assert [] == list(tmp_path.iterdir())
