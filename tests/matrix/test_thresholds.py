"""Thresholds: read, and judged without guessing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.errors import SettingsError
from granite_ws.matrix.record import CellRecord, Status
from granite_ws.matrix.thresholds import OPERATORS, Threshold, Truth, judge, parse_threshold
from granite_ws.metrics import BY_NAME

HELD = CellRecord(
    "a", 1, {"ping_timeout": 20}, ("ping_timeout",), 1, Status.DONE, metrics={"drops": 0.0}
)
DROPPED = replace(HELD, key="b", parameters={"ping_timeout": 1}, metrics={"drops": 2.0})
BLIND = replace(HELD, key="c", parameters={"ping_timeout": 5}, metrics={"drops": None})
DIED = replace(HELD, key="d", status=Status.DIED, metrics={})
# What stood there when its kernel died is no end result.
CUT = replace(HELD, key="e", status=Status.TIMED_OUT)


def judged(
    text: str, *records: CellRecord, missing: int = 0, **where: object
) -> tuple[Truth, str]:
    """What is known of one threshold, and the sentence."""
    [one] = judge([parse_threshold(text, where, at="f")], records, missing=missing)
    return one.truth, one.sentence


@pytest.mark.parametrize(
    ("text", "threshold"),
    [
        ("drops == 0", Threshold("drops", "==", 0)),
        ("stall_p99_ms<500", Threshold("stall_p99_ms", "<", 500)),
        ("  connected_s >= 1.5e3 ", Threshold("connected_s", ">=", 1500)),
        ("drops != -1", Threshold("drops", "!=", -1)),
        ("cpu_percent <= .5", Threshold("cpu_percent", "<=", 0.5)),
        ("forecasts > +3.", Threshold("forecasts", ">", 3)),
    ],
)
def test_a_threshold_is_metric_sign_number(text: str, threshold: Threshold) -> None:
    """Spaces are free."""
    assert threshold == parse_threshold(text, at="f")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must be METRIC SIGN NUMBER"),
        ("drops", "must be METRIC SIGN NUMBER"),
        ("drops = 0", "signs: == != <= >= < >"),
        ("drops == zero", "must be METRIC SIGN NUMBER"),
        ("drops == nan", "must be METRIC SIGN NUMBER"),
        ("drops == 0 or True", "must be METRIC SIGN NUMBER"),
        ("0 == drops", "must be METRIC SIGN NUMBER"),
        ("drops < 1e999", "must have a finite number"),
        ("drop == 0", "did you mean drops?"),
        ("stall_p95_ms < 5", "did you mean stall_p99_ms?"),
        ("zebra == 0", "no such metric; choices: drops,"),
    ],
)
def test_what_is_no_threshold_is_told_with_the_choices(text: str, words: str) -> None:
    """One line with the place."""
    with pytest.raises(SettingsError) as told:
        parse_threshold(text, at="f.yaml line 7")
    assert str(told.value).startswith("f.yaml line 7: thresholds = ")
    assert words in str(told.value)


@given(
    st.sampled_from(sorted(BY_NAME)),
    st.sampled_from(sorted(OPERATORS)),
    st.integers(-(10**5), 10**5),
)
def test_a_threshold_reads_what_it_writes(metric: str, sign: str, bound: int) -> None:
    """Its text is a sweep file's."""
    threshold = Threshold(metric, sign, bound)
    assert threshold == parse_threshold(str(threshold), at="f")
    assert f'{threshold} (fault="", seed=1)' == str(
        Threshold(metric, sign, bound, {"fault": "", "seed": 1})
    )


@given(st.text(max_size=30))
def test_arbitrary_text_is_a_threshold_or_bad_input(text: str) -> None:
    """Nothing else is raised."""
    with suppress(SettingsError):
        parse_threshold(text, at="f")


@pytest.mark.parametrize(
    ("text", "records", "truth", "sentence"),
    [
        ("drops == 0", (HELD, HELD), Truth.HOLDS, "drops == 0: holds in 2 cells"),
        (
            "drops == 0",
            (HELD, DROPPED),
            Truth.BROKEN,
            "drops == 0: broken by 1 of 2 cells: ping_timeout=1 has 2",
        ),
        ("drops == 0", (HELD, BLIND), Truth.UNKNOWN, "drops == 0: unknown, 1 of 2 cells tell"),
        ("drops == 0", (HELD, DIED), Truth.UNKNOWN, "drops == 0: unknown, 1 of 2 cells tell"),
        ("drops == 0", (CUT,), Truth.UNKNOWN, "drops == 0: unknown, 0 of 1 cells tell"),
        ("drops == 0", (), Truth.UNKNOWN, "drops == 0: unknown, 0 of 0 cells tell"),
        (
            "drops < 1",
            (DROPPED, BLIND, DIED),
            Truth.BROKEN,
            "drops < 1: broken by 1 of 3 cells: ping_timeout=1 has 2",
        ),
        ("forecasts > 0", (HELD,), Truth.UNKNOWN, "forecasts > 0: unknown, 0 of 1 cells tell"),
    ],
)
def test_a_threshold_holds_breaks_or_is_unknown(
    text: str, records: tuple[CellRecord, ...], truth: Truth, sentence: str
) -> None:
    """One cell breaks it; a cell that is not done, or did not measure, never makes it hold."""
    assert (truth, sentence) == judged(text, *records)


def test_a_cell_that_is_missing_makes_it_unknown_but_mends_nothing() -> None:
    """What broke stays broken."""
    assert Truth.UNKNOWN is judged("drops == 0", HELD, missing=1)[0]
    assert Truth.BROKEN is judged("drops == 0", DROPPED, missing=1)[0]


def test_a_threshold_with_a_place_is_judged_there_only() -> None:
    """The cells whose parameters are as it says; its words name the place."""
    text, told = "drops == 0", "drops == 0 (ping_timeout=20): holds in 1 cell"
    assert (Truth.HOLDS, told) == judged(text, HELD, DROPPED, ping_timeout=20)
    assert Truth.BROKEN is judged(text, HELD, DROPPED, ping_timeout=1)[0]
    assert Truth.UNKNOWN is judged(text, HELD, DROPPED, ping_timeout=3)[0]
    assert Truth.UNKNOWN is judged(text, HELD, clients=1)[0]


def test_of_many_cells_that_break_it_five_are_named() -> None:
    """The sentence stays one that people read."""
    many = [replace(DROPPED, metrics={"drops": float(n)}) for n in range(1, 31)]
    truth, sentence = judged("drops == 0", *many)
    assert (Truth.BROKEN, 5) == (truth, sentence.count("ping_timeout=1 has"))
    assert "30 of 30 cells" in sentence


@pytest.mark.parametrize(
    ("sign", "holds"),
    [("==", [0, 1, 0]), ("!=", [1, 0, 1]), ("<", [1, 0, 0]), ("<=", [1, 1, 0]), (">", [0, 0, 1]),
     (">=", [0, 1, 1])],
)  # fmt: skip
def test_each_sign_means_what_it_says(sign: str, holds: list[int]) -> None:
    """Below, at and above the bound; every sign is in this table."""
    threshold = Threshold("drops", sign, 2)
    assert holds == [threshold.holds(value) for value in (1.9, 2.0, 2.1)]
    assert len(OPERATORS) == 6


def test_words_with_braces_stay_words() -> None:
    """A label is a value of the sentence, not a template."""
    odd = replace(DROPPED, parameters={"data": "{x}"}, varied=("data",))
    assert "data={x} has 2" in judged("drops == 0", odd)[1]
