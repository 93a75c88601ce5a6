"""What one check says: a claim, how sure it is, and the events that carry it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from granite_ws.events import Event
from granite_ws.timeline import Timeline


class Truth(StrEnum):
    """Three truths. Missing data is UNKNOWN, never "fine"."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


class Strength(StrEnum):
    """How a supported claim was reached."""

    DIRECT = "direct"  # the very thing that did it was seen
    INFERRED = "inferred"  # it is what remains when every other reading is excluded


@dataclass(frozen=True)
class Step:
    """One step of the way from the cause to the drop, and the event that shows it."""

    text: str
    event: Event


@dataclass(frozen=True)
class Finding:
    """One cause, judged.

    code:     stable, for example ``GWS201``.
    cause:    the state's name, the same word everywhere.
    claim:    one sentence that a tired person understands.
    evidence: the very events that the claim rests on.
    explains: sids of the drops that this cause explains.
    remedy:   a concrete change: a setting with its value, or what to change in the code.
    path:     the steps from the cause to the drop, in order of time.
    limit:    what turned the trouble into a drop, where that is a limit of its own
              (``write_idle``: the Python client's max(pi, pt) + 5 s).
    blocked_at: ``file:line function`` that stood still, where the stacks tell.
    references: issues in which people report it.
    strength: how the claim was reached.

    Claim, remedy and the steps' texts are phrases (``granite_ws/phrase.py``): plain text to
    whoever does not ask, and a page says them in its own language.
    """

    code: str
    cause: str
    truth: Truth
    claim: str
    evidence: tuple[Event, ...] = ()
    explains: tuple[str, ...] = ()
    remedy: str = ""
    path: tuple[Step, ...] = ()
    limit: str = ""
    blocked_at: str = ""
    references: tuple[str, ...] = ()
    strength: Strength = Strength.DIRECT

    def to_dict(self) -> dict[str, Any]:
        """Plain values, without the events themselves."""
        return {
            "code": self.code,
            "cause": self.cause,
            "truth": self.truth.value,
            "claim": self.claim,
            "explains": list(self.explains),
            "remedy": self.remedy,
            "path": [{"text": step.text, "at_ns": step.event.at_ns} for step in self.path],
            "limit": self.limit,
            "blocked_at": self.blocked_at,
            "references": list(self.references),
            "strength": self.strength.value,
        }


# One cause, judged on its own: it must not rely on another check having come before.
Check = Callable[[Timeline], Finding]
