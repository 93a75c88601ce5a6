"""The controls: heavy work that a healthy server bears, and that no rule blames."""

from __future__ import annotations

from pathlib import Path

import pytest

from granite_ws.edges.injector.controls import ACTS
from granite_ws.edges.injector.stage import ServerStage
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness
from granite_ws.faults import CONTROLS, LAB
from granite_ws.settings import Settings
from granite_ws.trial import run_trial


@pytest.mark.parametrize("name", sorted(ACTS))
def test_each_measures_what_it_did(tmp_path: Path, name: str) -> None:
    """A control without an effect would prove nothing about false alarms."""
    sent: list[str] = []
    stage = ServerStage(
        settings=Settings(**LAB, fault=name),
        recorder=Recorder(Witness.INJECTOR, tmp_path / "events.jsonl"),
        socketio=None,
        engineio=None,
        emit=lambda event, _data: sent.append(event),
    )
    ACTS[name](stage, 0.2)
    [effect] = read_events(tmp_path / "events.jsonl").of(Kind.FAULT_EFFECT)
    assert effect.data["amount"] > 0
    assert bool(sent) is (name == "large_payloads")


def test_every_control_but_the_network_one_is_the_servers() -> None:
    """High latency is the relay's business."""
    assert {control.name for control in CONTROLS} - set(ACTS) == {"high_latency"}


def test_large_payloads_alarm_nobody(tmp_path: Path) -> None:
    """A real session with 500 kB twice a second holds, and no cause is named."""
    trial = run_trial("large_payloads", out=tmp_path / "session", fault_seconds=2, duration_s=5)
    assert trial.void == ""
    assert trial.named == ()
