"""What one check says: a claim, how sure it is, and the events that carry it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from granite_ws.events import Event


class Truth(StrEnum):
    """Three truths. Missing data is UNKNOWN, never "fine"."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One cause, judged.

    code:     stable, for example ``GWS201``.
    cause:    the state's name, the same word everywhere.
    claim:    one sentence that a tired person understands.
    evidence: the very events that the claim rests on.
    explains: sids of the drops that this cause explains.
    remedy:   a concrete change.
    """

    code: str
    cause: str
    truth: Truth
    claim: str
    evidence: tuple[Event, ...] = ()
    explains: tuple[str, ...] = ()
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, without the events themselves."""
        return {
            "code": self.code,
            "cause": self.cause,
            "truth": self.truth.value,
            "claim": self.claim,
            "explains": list(self.explains),
            "remedy": self.remedy,
        }
