"""What a metric is: one number of one session, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from granite_ws.diagnosis.verdict import Verdict


@dataclass(frozen=True)
class Metric:
    """One number: its name with its unit at the end, what it is, and where it comes from.

    values: the single measurements (compared by confidence intervals); None for a plain count.
    lower_is_better: which direction is good; every metric here has one.
    """

    name: str
    about: str
    of: Callable[[Verdict], float | None]
    lower_is_better: bool = True
    values: Callable[[Verdict], Sequence[float]] | None = None


def percentile(
    values: Callable[[Verdict], Sequence[float]], share: float
) -> Callable[[Verdict], float | None]:
    """The share-th percentile of these values; None where there are none."""

    def of(verdict: Verdict) -> float | None:
        found = values(verdict)
        return float(np.percentile(found, share)) if found else None

    return of
