"""The seed's two experiments against both together: is it the prediction, or the WebSocket?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from granite_ws.diagnosis.verdict import Verdict
from granite_ws.run import judge, run_session
from granite_ws.session import Session
from granite_ws.settings import Settings

# What each experiment changes: nobody connects; nothing is forecast; nothing.
EXPERIMENTS: dict[str, dict[str, Any]] = {
    "prediction alone": {"clients": 0},
    "WebSocket alone": {"forecast_every": 0},
    "both together": {},
}


@dataclass(frozen=True)
class Experiment:
    """One of the three, as measured. ``longest_stall_s`` is the server's, while it was fed."""

    name: str
    folder: Path
    predictions: int
    failed_predictions: int
    median_s: float | None
    longest_stall_s: float
    connections: int
    drops: int


@dataclass(frozen=True)
class Isolation:
    """The three experiments, and what they allow to say."""

    experiments: tuple[Experiment, ...]
    conclusion: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The three side by side, in words for people."""
        return [
            {
                "experiment": one.name,
                "predictions": one.predictions,
                "failed": one.failed_predictions,
                "median prediction, s": one.median_s,
                "longest stall, s": one.longest_stall_s,
                "connections": one.connections,
                "drops": one.drops,
            }
            for one in self.experiments
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``--json``."""
        rows = [vars(one) | {"folder": str(one.folder)} for one in self.experiments]
        return {"conclusion": self.conclusion, "experiments": rows}


def isolate(
    settings: Settings,
    *,
    out: Path,
    progress: Callable[[float, str], None] = lambda *_: None,
) -> Isolation:
    """Runs the three experiments one after the other, in folders of their own under ``out``.

    One after the other, because each must have the machine for itself. Raises as ``run_session``.
    """
    done: list[Experiment] = []
    for name in EXPERIMENTS:
        progress(len(done) / len(EXPERIMENTS), name)
        done.append(_run(settings, name, out / name.replace(" ", "-")))
    return Isolation(tuple(done), conclude(*done))


def _run(settings: Settings, name: str, folder: Path) -> Experiment:
    changed = Settings(**{**settings.to_dict(), **EXPERIMENTS[name]})
    session = run_session(changed, out=folder)
    return read_experiment(name, session, judge(session))


def read_experiment(name: str, session: Session, verdict: Verdict) -> Experiment:
    """The figures of one session."""
    timeline = verdict.timeline
    times = [p.seconds for p in timeline.predictions if p.seconds is not None and not p.error]
    fed_ns = min((p.begun_ns for p in timeline.predictions), default=timeline.begun_ns)
    fed_ns = min([fed_ns, *(c.connected_ns for c in timeline.connections)])
    return Experiment(
        name=name,
        folder=session.folder,
        predictions=len(times),
        failed_predictions=sum(bool(p.error) for p in timeline.predictions),
        median_s=median(times) if times else None,
        longest_stall_s=max(
            (s.seconds for s in timeline.stalls if s.ended_ns > fed_ns), default=0
        ),
        connections=len(timeline.connections),
        drops=len(timeline.drops),
    )


def conclude(prediction: Experiment, websocket: Experiment, both: Experiment) -> str:
    """What the three allow to say, and no more."""
    if not both.connections or not websocket.connections:
        return "Unknown: no client connected, so nothing can be compared."
    if not both.drops and not websocket.drops:
        if prediction.failed_predictions or both.failed_predictions:
            return (
                f"Nothing dropped, but predictions fail: {prediction.failed_predictions} without "
                f"clients, {both.failed_predictions} with them."
            )
        return "Nothing dropped in any of the three: these settings do not reproduce it."
    if websocket.drops:
        return (
            f"The WebSocket drops without any prediction ({websocket.drops} times): the "
            "prediction is not needed for it. Look at the network, the heartbeat, the client."
        )
    stall = max(prediction.longest_stall_s, both.longest_stall_s)
    return (
        f"It drops only with both ({both.drops} times): the prediction is needed for it. "
        f"The longest time that the server stood still was {stall:.2f} s with predictions and "
        f"{websocket.longest_stall_s:.2f} s without."
    )
