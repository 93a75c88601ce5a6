"""The words of a proof: made from its parts, and again from what was written."""

from __future__ import annotations

from typing import Any

import pytest

from granite_ws.phrase import Phrase
from granite_ws.proof_words import (
    NO_CAUSE,
    NO_SWITCH,
    NOTHING_BROKEN,
    ONLY,
    WITHOUT,
    Counts,
    count_reruns,
    proof_sentence,
    recorded_sentence,
)

GOOD = Counts(without=2, held=2, only=2, failed=2, void=0)


def written(**changes: Any) -> dict[str, Any]:
    """A ``proof.json`` whose two parts went as the verdict expects."""
    reruns = [
        {"part": part, "failed": part == ONLY, "void": "", "folder": f"{part}-1"}
        for part in (WITHOUT, ONLY)
    ]
    sentence = (
        "Proven: without log_pipe_full it held in 1 of 1 re-runs; "
        "with log_pipe_full alone it failed in 1 of 1."
    )
    proof = {"cause": "log_pipe_full", "decision": "proven", "sentence": sentence}
    return {**proof, "impossible": "", "reruns": reruns, **changes}


def test_reruns_are_counted_by_part_and_the_void_ones_apart() -> None:
    """A void re-run speaks for neither part."""
    told = [(WITHOUT, False, ""), (WITHOUT, True, ""), (ONLY, True, ""), (ONLY, True, "no effect")]
    assert Counts(without=2, held=1, only=1, failed=1, void=1) == count_reruns(told)


@pytest.mark.parametrize(
    ("decision", "counts", "words"),
    [
        (
            "proven",
            GOOD,
            "Proven: without x it held in 2 of 2 re-runs; with x alone it failed in 2 of 2.",
        ),
        (
            "contradicted",
            Counts(without=2, held=0, only=0, failed=0, void=0),
            "Contradicted: without x it held in 0 of 2 re-runs.",
        ),
        (
            "not proven",
            Counts(without=1, held=1, only=0, failed=0, void=1),
            "Not proven: without x it held in 1 of 1 re-runs; 1 re-run did not count.",
        ),
        (
            "not proven",
            Counts(without=1, held=1, only=0, failed=0, void=2),
            "Not proven: without x it held in 1 of 1 re-runs; 2 re-runs did not count.",
        ),
    ],
)
def test_a_decision_is_said_with_its_counts(decision: str, counts: Counts, words: str) -> None:
    """What did not happen is not mentioned: no second part, no void re-runs."""
    assert words == proof_sentence(decision, "x", counts)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (NO_CAUSE, "no named cause"),
        (NOTHING_BROKEN, "whether x was it"),
        (NO_SWITCH, "Nobody can switch x"),
    ],
)
def test_what_cannot_be_tried_says_why(reason: str, words: str) -> None:
    """Each reason has a sentence of its own."""
    nothing = Counts(without=0, held=0, only=0, failed=0, void=0)
    assert words in proof_sentence("impossible", "x", nothing, impossible=reason)


def test_a_written_proof_is_said_anew_from_its_parts() -> None:
    """The page can say it in its own language: it has the template, not only the text."""
    said = recorded_sentence(written())
    assert written()["sentence"] == said
    assert isinstance(said, Phrase)


@pytest.mark.parametrize(
    "changes",
    [
        {"sentence": "Proven: by hand."},
        {"decision": "odd"},
        {"reruns": None},
        {"reruns": [{"part": "without"}]},
        {"impossible": "odd"},
        {"impossible": ["odd"]},
    ],
)
def test_words_that_its_parts_do_not_give_stay_as_they_were_written(
    changes: dict[str, Any],
) -> None:
    """Another version's proof, or an edited one, is shown as it is."""
    proof = written(**changes)
    said = recorded_sentence(proof)
    assert proof["sentence"] == said
    assert not isinstance(said, Phrase)


def test_a_proof_without_a_sentence_has_none() -> None:
    """An empty file shows nothing."""
    assert recorded_sentence({}) == ""
