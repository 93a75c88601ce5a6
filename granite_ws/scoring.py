"""The exam's marks: how often the blind diagnosis named what was broken, and what it costs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

UNKNOWN = "unknown"
HEALTHY = "healthy"


@dataclass(frozen=True)
class Row:
    """One session of the exam.

    fault:     what was broken; empty for a healthy session.
    group:     the healthy session's kind, where nothing was broken.
    accepted:  causes that count as right.
    void:      why the session is not scored; empty where it is.
    answer:    the cause that explains most drops, else the first trouble; ``unknown`` where a
               drop has none, ``healthy`` where there was nothing to explain.
    ranked:    all causes named, the answer first.
    grounded:  the answer's path holds: ordered, of this log, through the time of the fault.
    strength:  ``direct`` or ``inferred``, as the diagnosis itself said; empty without an answer.
    unseen:    the answer when the rules for this fault are left out.
    dropped:   somebody lost a connection; where nobody did, ``healthy`` is the honest answer to
               an unseen trouble, and ``unknown`` cannot be asked for.
    symptoms:  what each simple reader saw (reader -> one word).
    """

    fault: str
    repeat: int
    accepted: tuple[str, ...]
    void: str
    answer: str
    ranked: tuple[str, ...]
    grounded: bool
    strength: str
    unseen: str
    symptoms: Mapping[str, str]
    dropped: bool = True
    group: str = ""
    seconds: float = 0.0
    folder: str = ""

    @property
    def right(self) -> bool:
        """The first answer is what was broken."""
        return self.answer in self.accepted

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Marks:
    """All marks of one exam. Shares are from 0 to 1; None where nothing was there to count."""

    scored: int
    void: int
    classes: int
    top1: float | None
    top3: float | None
    grounded: float | None
    per_class: Mapping[str, float]
    healthy: int
    false_alarms: int
    unseen_unknown: float | None
    unseen_wrong: Mapping[str, int]
    calibration: Mapping[str, tuple[int, float]]
    baselines: Mapping[str, float]
    confusion: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    voids: Mapping[str, int] = field(default_factory=dict)

    @property
    def never_scored(self) -> tuple[str, ...]:
        """Faults of which every session was void: nothing is known of them."""
        return tuple(sorted(set(self.voids) - set(self.per_class) - {HEALTHY}))

    @property
    def worst(self) -> tuple[str, float] | None:
        """The class with the lowest share of right first answers."""
        return min(self.per_class.items(), key=lambda pair: (pair[1], pair[0]), default=None)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"worst": self.worst, "never_scored": list(self.never_scored)}


def mark(rows: Iterable[Row]) -> Marks:
    """The marks of an exam's rows; void ones are counted, and scored nowhere."""
    rows = tuple(rows)
    faulty = [row for row in rows if row.fault and not row.void]
    healthy = [row for row in rows if not row.fault and not row.void]
    by_class: dict[str, list[Row]] = defaultdict(list)
    for row in faulty:
        by_class[row.fault].append(row)
    unseen = [row for row in faulty if row.dropped]
    wrong_unseen = Counter(
        f"{row.fault} -> {row.unseen}" for row in unseen if row.unseen != UNKNOWN
    )
    return Marks(
        scored=len(faulty),
        void=sum(bool(row.void) for row in rows),
        classes=len(by_class),
        top1=_share(row.right for row in faulty),
        top3=_share(bool(set(row.ranked[:3]) & set(row.accepted)) for row in faulty),
        grounded=_share(row.right and row.grounded for row in faulty),
        per_class={name: _share(r.right for r in rs) or 0.0 for name, rs in by_class.items()},
        healthy=len(healthy),
        false_alarms=sum(row.answer != HEALTHY for row in healthy),
        unseen_unknown=_share(row.unseen == UNKNOWN for row in unseen),
        unseen_wrong=dict(wrong_unseen.most_common()),
        calibration=_calibration(faulty),
        baselines=_baselines(faulty),
        confusion=_confusion(rows),
        voids=dict(Counter(row.fault or HEALTHY for row in rows if row.void)),
    )


def _share(answers: Iterable[bool]) -> float | None:
    known = list(answers)
    return sum(known) / len(known) if known else None


def _calibration(faulty: list[Row]) -> dict[str, tuple[int, float]]:
    """For each strength that the diagnosis claimed: how many such answers, and how many right."""
    by_strength: dict[str, list[bool]] = defaultdict(list)
    for row in faulty:
        if row.strength:
            by_strength[row.strength].append(row.right)
    return {name: (len(rs), sum(rs) / len(rs)) for name, rs in sorted(by_strength.items())}


def _baselines(faulty: list[Row]) -> dict[str, float]:
    """What each simple reader could reach at best.

    A reader maps the one symptom that it sees to a cause. It is given the best table that there
    is: for each symptom the fault that showed it most often in this very exam. So this is an upper
    bound of every reader of that kind, not a straw man.
    """
    reached = {}
    for reader in sorted({name for row in faulty for name in row.symptoms}):
        shown: dict[str, Counter[str]] = defaultdict(Counter)
        for row in faulty:
            shown[row.symptoms.get(reader, "")][row.fault] += 1
        best = sum(counts.most_common(1)[0][1] for counts in shown.values())
        reached[reader] = best / len(faulty)
    return reached


def _confusion(rows: tuple[Row, ...]) -> dict[str, dict[str, int]]:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if not row.void:
            table[row.fault or HEALTHY][row.answer] += 1
    return {truth: dict(answers) for truth, answers in table.items()}
