"""Two sides compared: nothing is claimed without evidence, and swapping mirrors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from granite_ws.comparison import BETTER, NOT_ENOUGH, SAME, UNKNOWN, WORSE, Compared, compare
from granite_ws.measured import Measured

MIRROR = {BETTER: WORSE, WORSE: BETTER}


def one(
    number: int = 0,
    *,
    drops: float | None = 0.0,
    values: Sequence[float] = (),
    connections: int | None = None,
    stall: float | None = None,
    **parameters: Any,
) -> Measured:
    """One session; ``values`` are its forecast times in ms."""
    middle = sorted(values)[len(values) // 2] if values else None
    metrics = {"drops": drops, "forecast_p50_ms": middle, "stall_p99_ms": stall}
    return Measured(
        f"s{number}",
        parameters,
        outcome="dropped" if drops else "held",
        metrics=metrics,
        values={"forecast": tuple(values)},
        connections=connections,
    )


def answers(compared: Compared) -> dict[str, str]:
    return {row.metric: row.answer for row in compared.rows}


SLOW, FAST = [200.0 + n % 7 for n in range(60)], [100.0 + n % 7 for n in range(60)]


def test_a_large_shift_is_better_and_worse() -> None:
    """Twice as slow is worse; the other way round it is better; less is better here."""
    assert WORSE == answers(compare([one(values=FAST)], [one(values=SLOW)]))["forecast_p50_ms"]
    assert BETTER == answers(compare([one(values=SLOW)], [one(values=FAST)]))["forecast_p50_ms"]


def test_what_nobody_measured_is_unknown() -> None:
    """A side without a number is unknown, never better; one number each is not enough."""
    found = answers(compare([one(stall=3.0)], [one(stall=None, values=FAST)]))
    assert {UNKNOWN} == {found["stall_p99_ms"], found["forecast_p50_ms"], found["memory_max_mb"]}
    assert NOT_ENOUGH == answers(compare([one(stall=3)], [one(stall=9)]))["stall_p99_ms"]


def test_drops_of_single_sessions_are_shares_of_connections() -> None:
    """8 of 8 lost against 0 of 8 is worse; 1 of 1 against 0 of 1 is not enough."""
    held, lost = one(drops=0, connections=8), one(drops=8, connections=8)
    assert WORSE == answers(compare([held], [lost]))["drops"]
    few = compare([one(drops=0, connections=1)], [one(drops=1, connections=1)])
    assert NOT_ENOUGH == answers(few)["drops"]


def test_groups_are_compared_by_sessions() -> None:
    """8 slow sessions against 8 fast ones, none of them alike."""
    a = [one(n, stall=100.0 + n, drops=0) for n in range(8)]
    b = [one(n, stall=300.0 + n, drops=1) for n in range(8)]
    found = compare(a, b)
    assert "groups" == found.kind
    assert (WORSE, WORSE) == (answers(found)["stall_p99_ms"], answers(found)["drops"])


def test_cells_of_sweeps_are_matched_by_their_parameters() -> None:
    """Equal parameters are pairs; what differs between the sides as a whole does not keep them
    apart; cells without an equal are listed, and left out of the numbers.
    """
    a = [one(n, stall=10.0 * n, pt=n, mode="x") for n in range(12)]
    b = [one(n, stall=10.0 * n + 5, pt=n, mode="y") for n in range(1, 13)]
    found = compare(a, b)
    assert "pairs" == found.kind
    assert {"mode": (("x",), ("y",)), "pt": found.differs["pt"]} == found.differs
    assert (11, ("pt=0",), ("pt=12",)) == (len(found.matched), found.only_a, found.only_b)
    row = next(row for row in found.rows if row.metric == "stall_p99_ms")
    assert (11, 5.0, WORSE) == (row.found.count_a, row.found.change, row.answer)


def test_repeats_of_a_cell_give_their_median() -> None:
    """One slow repeat of three does not move the pair."""
    a = [one(n, stall=10.0, pt=n) for n in range(8) for _ in range(3)]
    b = [one(n, stall=value, pt=n) for n in range(8) for value in (10.0, 10.0, 900.0)]
    assert SAME == answers(compare(a, b))["stall_p99_ms"]


NUMBER = st.one_of(st.none(), st.integers(0, 50).map(float))
SIDE = st.lists(
    st.builds(
        lambda stall, drops, pt: one(stall=stall, drops=drops, pt=pt),
        NUMBER,
        NUMBER,
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=8,
)


@given(SIDE)
@settings(max_examples=20, deadline=None)
def test_nobody_is_better_than_oneself(side: list[Measured]) -> None:
    """A against A is never better nor worse."""
    assert not {BETTER, WORSE} & set(answers(compare(side, side)).values())


@given(SIDE, SIDE)
@settings(max_examples=20, deadline=None)
def test_swapping_mirrors(a: list[Measured], b: list[Measured]) -> None:
    """Better becomes worse, worse becomes better, and nothing else changes."""
    there, back = answers(compare(a, b)), answers(compare(b, a))
    assert {name: MIRROR.get(answer, answer) for name, answer in there.items()} == back


@given(st.lists(st.integers(1, 40).map(float), min_size=10, max_size=60))
@settings(max_examples=3, deadline=None)
def test_one_session_is_no_better_than_itself(values: list[float]) -> None:
    """Neither is it by its single measurements."""
    found = answers(compare([one(values=values)], [one(values=values)]))
    assert SAME == found["forecast_p50_ms"]


def test_it_is_plain_json() -> None:
    """Everything but the single measurements, and strictly JSON."""
    content = json.loads(
        json.dumps(compare([one()], [one(drops=None)]).to_dict(), allow_nan=False)
    )
    assert "sessions" == content["kind"]
    assert "values" not in content["a"][0]
    assert UNKNOWN == content["metrics"][0]["answer"]
