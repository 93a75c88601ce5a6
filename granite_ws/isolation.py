"""The seed's two experiments against both together: is it the prediction, or the WebSocket?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from granite_ws.diagnosis.verdict import Verdict
from granite_ws.phrase import say
from granite_ws.run import judge, run_session
from granite_ws.session import Session
from granite_ws.settings import Settings

# What each experiment changes: nobody connects; nothing is forecast; nothing.
EXPERIMENTS: dict[str, dict[str, Any]] = {
    say("prediction alone"): {"clients": 0},
    say("WebSocket alone"): {"forecast_every": 0},
    say("both together"): {},
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
                say("experiment"): one.name,
                say("predictions"): one.predictions,
                say("failed"): one.failed_predictions,
                say("median prediction, s"): one.median_s,
                say("longest stall, s"): one.longest_stall_s,
                say("connections"): one.connections,
                say("drops"): one.drops,
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
    progress(1.0, "recorded")
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
        return say("Unknown: no client connected, so nothing can be compared.")
    if not both.drops and not websocket.drops:
        if prediction.failed_predictions or both.failed_predictions:
            return say(
                "Nothing dropped, but predictions fail: {alone} without clients, {both} with "
                "them.",
                alone=prediction.failed_predictions,
                both=both.failed_predictions,
            )
        return say("Nothing dropped in any of the three: these settings do not reproduce it.")
    if websocket.drops:
        return say(
            "The WebSocket drops without any prediction ({drops} times): the prediction is not "
            "needed for it. Look at the network, the heartbeat, the client.",
            drops=websocket.drops,
        )
    return say(
        "It drops only with both ({drops} times): the prediction is needed for it. The longest "
        "time that the server stood still was {with_s:.2f} s with predictions and "
        "{without_s:.2f} s without.",
        drops=both.drops,
        with_s=max(prediction.longest_stall_s, both.longest_stall_s),
        without_s=websocket.longest_stall_s,
    )
