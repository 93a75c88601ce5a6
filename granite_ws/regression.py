"""Whether something has become slower than it was: ratios and slopes against a kept record.

Seconds of another machine, or of another day, say nothing. The ratio of two ways that were
measured in turn hardly moves with the machine, and neither does the slope of a growth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from granite_ws.benchmark import Duel, Growth, Report
from granite_ws.errors import BadInput

# A duel is lost when even the best end of its interval has less than this share of the old ratio.
LEAST_SHARE = 0.6
# A slope may be so much steeper than it was.
STEEPER = 0.4


@dataclass(frozen=True)
class Regression:
    """One claim that no longer holds, with what was kept and what was measured now."""

    name: str
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.name}: was {self.was}, now {self.now}"


def regressions(report: Report, kept: Mapping[str, Any], *, where: str) -> list[Regression]:
    """What ``report`` measured and ``kept`` (a bench.json) knows, and has become worse.

    Raises BadInput when ``kept`` is no such record, or knows nothing of what was measured.
    """
    try:
        ratios = {_key(duel): duel["ratio"]["p50"]["value"] for duel in kept["duels"]}
        slopes = {_grown(growth): growth["slope"] for growth in kept["growths"]}
    except (KeyError, TypeError) as error:
        raise _no_record(where, f"{type(error).__name__}: {error}") from error
    duels = [duel for duel in report.duels if _name(duel) in ratios]
    growths = [growth for growth in report.growths if _grown(vars(growth)) in slopes]
    if not duels and not growths:
        raise _no_record(where, "it has nothing of what was measured now")
    return [*_slower(duels, ratios), *_steeper(growths, slopes)]


def _slower(duels: Sequence[Duel], ratios: Mapping[Any, float]) -> Iterator[Regression]:
    for duel in duels:
        was, now = ratios[_name(duel)], duel.ratio()
        if now.high < LEAST_SHARE * was:
            yield Regression(
                f"{duel.name} ({duel.our_way})",
                f"{was:.1f} times the naive way",
                str(now),
            )


def _steeper(growths: Sequence[Growth], slopes: Mapping[str, float]) -> Iterator[Regression]:
    for growth in growths:
        name = _grown(vars(growth))
        was = slopes[name]
        if growth.slope > was + STEEPER:
            yield Regression(name, f"slope {was:.2f}", f"{growth.slope:.2f}")


def _grown(growth: Mapping[str, Any]) -> str:
    return f"{growth['name']} over {growth['over']}"


def _key(duel: Mapping[str, Any]) -> tuple[str, str]:
    return duel["name"], duel["our_way"]


def _name(duel: Duel) -> tuple[str, str]:
    return duel.name, duel.our_way


def _no_record(where: str, reason: str) -> BadInput:
    return BadInput(
        "guard", where, allowed=f"a bench.json of granite-ws bench ({reason})", where="bench"
    )
