"""The shipped sweeps: read, expanded, allowed for their notebooks, and in accord with the law."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from granite_ws.heartbeat import Heartbeat, limits, outcome
from granite_ws.matrix.sweepfile import read_sweep
from granite_ws.matrix.thresholds import Threshold
from granite_ws.settings import DEFAULTS, Settings
from granite_ws.sweep import Plan, notebook_of, plan_sweep

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "sweeps").glob("*.yaml"))
NAMES = {
    "ping-timeout",
    "horizon-context",
    "async-modes",
    "smoke",
    "real-defaults",
    "alternatives",
    "held-30s",
}
# What the sessions of a shipped sweep may take on two cores, in seconds; the long ones have the
# library's own timeouts, or 35 cells.
SHORT_S, LONG_S, LONG = 120, 300, {"real-defaults", "alternatives", "held-30s"}


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def plan(request: pytest.FixtureRequest) -> Plan:
    """The plan of each file: read, checked against its notebook, expanded."""
    return plan_sweep(request.param)


def told_by_the_law(parameters: dict[str, Any]) -> int | None:
    """How many clients drop; None where the phase of the feed decides.

    JavaScript counts from the PING; a Python client from whatever it heard last, which is at
    most a point old.
    """
    settings = Settings(**parameters)
    heartbeat = Heartbeat.configured(settings.ping_interval, settings.ping_timeout)
    since_ping, since_point = settings.fault_at_s, settings.point_interval_s
    drops = 0
    for kind in settings.client_kinds.split(","):
        phases = (since_ping,) if kind == "node" else (0.0, min(since_point, since_ping))
        ends = {
            outcome(kind, heartbeat, settings.fault_seconds, phase, sent_phase_s=since_ping)
            for phase in phases
        }
        if len(ends) > 1:
            return None
        drops += ends != {None}
    return drops


def test_the_promised_sweeps_are_there() -> None:
    """By name, and no other."""
    assert {path.stem for path in FILES} == NAMES


def test_a_shipped_sweep_asks_a_question_and_says_what_to_expect(plan: Plan) -> None:
    """A title that is a question, a comment before it, thresholds that can fail, limits."""
    assert plan.sweep.title.endswith("?")
    assert plan.source.startswith("# ")
    assert "xpect" in plan.source
    assert plan.sweep.thresholds
    assert 0 < plan.sweep.limits.cell_s < plan.sweep.limits.notebook_s


def test_its_cells_are_allowed_for_its_notebook(plan: Plan) -> None:
    """Each makes settings, has a key of its own, and asks no hub."""
    assert notebook_of(plan.sweep, ROOT / "sweeps/x.yaml").is_relative_to(ROOT / "notebooks")
    assert len(plan.cells) == len({cell.key for cell in plan.cells}) >= 2
    for cell in plan.cells:
        assert Settings.from_mapping(cell.parameters, where="test").hub_timeout_s == 0


def test_its_thresholds_are_for_a_cell_and_each_cell_has_one(plan: Plan) -> None:
    """No cell may do whatever it likes."""
    for cell in plan.cells:
        assert any(threshold.is_for(cell.parameters) for threshold in plan.sweep.thresholds)


def test_it_is_short_and_its_limits_leave_room(plan: Plan) -> None:
    """A few minutes on two cores."""
    seconds = sum(cell.duration_s or DEFAULTS["duration_s"] for cell in plan.cells)
    assert seconds / 2 < (LONG_S if plan.name in LONG else SHORT_S)
    longest = max(cell.duration_s or 0 for cell in plan.cells)
    assert plan.sweep.limits.cell_s > 2 * longest


@pytest.mark.parametrize("name", ["ping-timeout", "real-defaults"])
def test_what_it_expects_of_drops_is_what_the_law_says(name: str) -> None:
    """Every threshold on drops for cells with a held interpreter lock, against the heartbeat's
    machine; no cell lies where the phase decides.
    """
    sweep = read_sweep((ROOT / f"sweeps/{name}.yaml").read_text(), where=name)
    judged = 0
    for one in sweep.combinations:
        if one["fault"] != "gil_held_native":
            continue
        drops = told_by_the_law(one)
        assert drops is not None, one
        for threshold in sweep.thresholds:
            if threshold.metric == "drops" and threshold.is_for(one):
                assert threshold.holds(drops), (str(threshold), one)
                judged += 1
    assert judged >= 2


def test_the_map_of_ping_timeout_has_both_sides_of_the_law() -> None:
    """Half of its cells hold, half drop; its thresholds name at least ten of the twelve."""
    sweep = read_sweep((ROOT / "sweeps/ping-timeout.yaml").read_text(), where="f")
    told = [told_by_the_law(one) for one in sweep.combinations]
    assert (6, 6) == (told.count(0), told.count(2))

    def on_drops(threshold: Threshold) -> bool:
        return threshold.metric == "drops" and bool(threshold.where)

    named = [
        any(on_drops(t) and t.is_for(one) for t in sweep.thresholds) for one in sweep.combinations
    ]
    assert sum(named) >= 10


def test_real_defaults_meet_the_limit_that_a_lab_never_shows() -> None:
    """At 25/20 the stall is between a Python client's second limit and every other one."""
    library, application = Heartbeat(25, 20), Heartbeat(25, 120)
    sweep = read_sweep((ROOT / "sweeps/real-defaults.yaml").read_text(), where="f")
    reached = sweep.parameters["fault_at_s"] + sweep.parameters["fault_seconds"]
    python, node = limits("python", library), limits("node", library)
    assert min(python.values()) < reached < min(node.values())
    for kind in ("python", "node"):
        assert reached < min(limits(kind, application).values())
