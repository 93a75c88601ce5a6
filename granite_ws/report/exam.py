"""The exam's marks as a page of Markdown, each beside the bar that it has to meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from granite_ws.scoring import Marks

LEAD_POINTS = 0.15


@dataclass(frozen=True)
class Bar:
    """One mark, its bar, and whether it is met; a mark that nothing was counted for is not."""

    what: str
    reached: float | None
    bar: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether the mark meets its bar."""
        if self.reached is None:
            return False
        return self.reached <= self.bar if self.at_most else self.reached >= self.bar


def bars(marks: Marks) -> tuple[Bar, ...]:
    """Every mark with a bar."""
    best = max(marks.baselines.values(), default=None)
    lead = None if best is None or marks.top1 is None else marks.top1 - best
    return (
        Bar("right cause named first (top-1)", marks.top1, 0.95),
        Bar("right cause with a path that holds", marks.grounded, 0.90),
        Bar("worst class", marks.worst[1] if marks.worst else None, 0.80),
        Bar(
            "false alarms on healthy sessions",
            float(marks.false_alarms) if marks.healthy else None,
            0,
            at_most=True,
        ),
        Bar("faults that were never scored", float(len(marks.never_scored)), 0, at_most=True),
        Bar("drops of unseen causes answered unknown", marks.unseen_unknown, 0.80),
        Bar("lead over the best simple reader", lead, LEAD_POINTS),
    )


def passed(marks: Marks) -> bool:
    """Whether every bar is met."""
    return all(bar.met for bar in bars(marks))


def marks_as_markdown(marks: Marks, record: Mapping[str, Any]) -> str:
    """The page: marks against bars, readers, calibration, classes below full marks."""
    machine = ", ".join(f"{name} {value}" for name, value in record["machine"].items())
    lines = [
        "# Exam",
        "",
        f"`{record['command']}`, {record['made_utc'][:19]} UTC, on {machine}.",
        "",
        f"{marks.classes} faults, {marks.scored} scored sessions, {marks.void} void "
        f"(the fault had no effect, or the session did not come up), {marks.healthy} healthy "
        "sessions.",
        "",
        "| mark | reached | bar | |",
        "|---|---|---|---|",
    ]
    for bar in bars(marks):
        sign = "at most" if bar.at_most else "at least"
        lines.append(
            f"| {bar.what} | {_number(bar.reached)} | {sign} {bar.bar:g} | "
            f"{'met' if bar.met else '**not met**'} |"
        )
    lines += [f"| right cause among the first three | {_number(marks.top3)} | | |", ""]
    lines += ["| simple reader, with the best table it can have | top-1 |", "|---|---|"]
    lines += [f"| {name} | {share:.3f} |" for name, share in marks.baselines.items()]
    lines += ["", "| the diagnosis called it | answers | right |", "|---|---|---|"]
    lines += [
        f"| {n} | {count} | {share:.3f} |" for n, (count, share) in marks.calibration.items()
    ]
    below = {name: share for name, share in marks.per_class.items() if share < 1}
    lines += ["", "## Classes below full marks", ""]
    lines += [f"* `{n}`: {share:.2f}" for n, share in sorted(below.items())] or ["None."]
    lines += ["", "## Void sessions", ""]
    lines += [f"* `{name}`: {count}" for name, count in marks.voids.items()] or ["None."]
    lines += ["", "## What was said for a fault whose rule was left out, where not `unknown`", ""]
    lines += [f"* {pair}: {count}" for pair, count in marks.unseen_wrong.items()] or ["Nothing."]
    return "\n".join([*lines, ""])


def _number(value: float | None) -> str:
    return "nothing counted" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")
