"""What the re-runs said about a cause, in words: for the proof itself, and for a page later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from granite_ws.phrase import Phrase, join, mark, say, say_many

# The parts of a proof, as ``proof.json`` names them: without the blamed factor, only that factor.
WITHOUT, ONLY = "without", "only"
# Why nothing could be run again: no cause is named; nothing was broken on purpose; nobody can
# switch this cause.
NO_CAUSE, NOTHING_BROKEN, NO_SWITCH = "no cause", "nothing broken", "no switch"

_IMPOSSIBLE = {
    NO_CAUSE: mark(
        "There is no named cause to prove: the verdict is unknown, or nothing happened."
    ),
    NOTHING_BROKEN: mark(
        "Nothing was broken on purpose in this session, so nothing can be switched off to see "
        "whether {cause} was it. Try what is advised instead: granite-ws advise --verify."
    ),
    NO_SWITCH: mark("Nobody can switch {cause} on and off here, so a re-run would prove nothing."),
}
_DECISIONS = {
    "proven": say("Proven"),
    "not proven": say("Not proven"),
    "contradicted": say("Contradicted"),
}


@dataclass(frozen=True)
class Counts:
    """Re-runs that count, of each part, and how many of them went as the verdict expects.

    held: of those without the blamed factor.  failed: of those with that factor alone.
    void: re-runs that do not count.
    """

    without: int
    held: int
    only: int
    failed: int
    void: int


def count_reruns(reruns: Iterable[tuple[str, bool, str]]) -> Counts:
    """From (part, whether it failed, why it is void) of each re-run."""
    told = list(reruns)
    counted = [(part, failed) for part, failed, void in told if not void]
    without = [failed for part, failed in counted if part == WITHOUT]
    only = [failed for part, failed in counted if part == ONLY]
    return Counts(
        without=len(without),
        held=without.count(False),
        only=len(only),
        failed=only.count(True),
        void=len(told) - len(counted),
    )


def proof_sentence(decision: str, cause: str, counts: Counts, *, impossible: str = "") -> Phrase:
    """One sentence. Raises KeyError for a decision or a reason that is not known.

    impossible: one of the three reasons above where nothing was run.
    """
    if impossible:
        return say(_IMPOSSIBLE[impossible], cause=cause)
    parts = [
        say(
            "without {cause} it held in {held} of {count} re-runs",
            cause=cause,
            held=counts.held,
            count=counts.without,
        )
    ]
    if counts.only:
        parts += [
            say(
                "with {cause} alone it failed in {failed} of {count}",
                cause=cause,
                failed=counts.failed,
                count=counts.only,
            )
        ]
    if counts.void:
        parts += [
            say_many("{count} re-run did not count", "{count} re-runs did not count", counts.void)
        ]
    return say("{decision}: {counts}.", decision=_DECISIONS[decision], counts=join("; ", parts))


def recorded_sentence(proof: Mapping[str, Any]) -> str:
    """The sentence of a ``proof.json``, sayable in another language where its own parts give the
    same words; else the words that stand there, as they are.
    """
    written = str(proof.get("sentence", ""))
    try:
        counts = count_reruns((r["part"], r["failed"], r["void"]) for r in proof["reruns"])
        impossible = proof.get("impossible", "")
        said = proof_sentence(proof["decision"], proof["cause"], counts, impossible=impossible)
    except (KeyError, TypeError):
        return written
    return said if said == written else written
