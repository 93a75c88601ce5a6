"""Sweeps: their cells, what the command line changes, what their notebook reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from granite_ws.edges.notebook import read_parameters
from granite_ws.errors import SettingsError
from granite_ws.matrix.plan import (
    DEFAULT_NOTEBOOK,
    Axes,
    Limits,
    Sweep,
    check,
    check_parameters,
    choices,
    expand,
    override,
)
from granite_ws.matrix.thresholds import Threshold
from granite_ws.settings import RULES

ROOT = Path(__file__).parents[2]
TWO_BY_TWO = Sweep(
    parameters={"duration_s": 3},
    matrix={"ping_timeout": (1, 5), "fault_seconds": (2, 4)},
    axes=Axes("ping_timeout", "fault_seconds"),
    thresholds=(
        Threshold("drops", "==", 0, {"ping_timeout": 5}),
        Threshold("drops", ">", 0, {"ping_timeout": 1, "fault_seconds": 4}),
        Threshold("forecasts", ">", 0),
    ),
)


def cells(sweep: Sweep, *, notebook: str = "n", version: str = "1", data: str = "d") -> list[str]:
    """The keys."""
    found = expand(sweep, notebook=notebook, version=version, data_digest=lambda _: data)
    return [cell.key for cell in found]


def varied_values(sweep: Sweep) -> list[tuple[Any, ...]]:
    """The varied values of each cell, in order."""
    return [tuple(one.get(name) for name in sweep.varied) for one in sweep.combinations]


def test_cells_are_numbered_and_repeats_stand_side_by_side() -> None:
    """Each has its own key, and knows what differs among all."""
    sweep = Sweep(parameters={"clients": 2}, matrix={"seed": (7, 8)}, repeats=2)
    found = expand(sweep, notebook="n", version="1", data_digest=lambda _: "d")
    assert [(1, 7, 1), (2, 7, 2), (3, 8, 1), (4, 8, 2)] == [
        (cell.number, cell.parameters["seed"], cell.repeat) for cell in found
    ]
    assert {("seed",)} == {cell.varied for cell in found}
    assert 4 == len({cell.key for cell in found})
    assert all(cell.parameters["clients"] == 2 for cell in found)


def test_a_value_that_is_added_leaves_the_other_keys_as_they_are() -> None:
    """That is what resuming goes by; notebook, version and data change all of them."""
    some = Sweep(matrix={"seed": (1, 2)})
    more = Sweep(matrix={"seed": (0, 1, 2)}, title="Another", limits=Limits(cell_s=5))
    assert set(cells(some)) < set(cells(more))
    for change in ({"notebook": "m"}, {"version": "2"}, {"data": "e"}):
        assert set(cells(some)).isdisjoint(cells(some, **change))


def test_the_digest_is_that_of_the_series_which_a_cell_feeds() -> None:
    """Asked for with the cell's own parameters."""

    def digest(parameters: Mapping[str, Any]) -> str:
        return str(parameters["data"])

    sweep = Sweep(matrix={"data": ("co2", "elnino")})
    one, two = expand(sweep, notebook="n", version="1", data_digest=digest)
    assert one.key in cells(sweep, data="co2")
    assert two.key in cells(sweep, data="elnino")


def test_an_included_value_wins_over_the_common_one() -> None:
    """Parameters are for all cells that do not say otherwise."""
    sweep = Sweep(parameters={"clients": 1}, matrix={"seed": (1, 2)},
                  include=({"seed": 2, "clients": 5},))  # fmt: skip
    assert [1, 5] == [one["clients"] for one in sweep.combinations]
    assert ("clients", "seed") == sweep.varied


def test_a_given_value_takes_the_place_of_a_varied_one() -> None:
    """The name is no longer varied; thresholds for its other values are not judged."""
    given = override(TWO_BY_TWO, {"ping_timeout": 5})
    assert [{"duration_s": 3, "ping_timeout": 5, "fault_seconds": s} for s in (2, 4)] == (
        given.combinations
    )
    assert ("fault_seconds",) == given.varied
    assert ["drops == 0 (ping_timeout=5)", "forecasts > 0"] == list(map(str, given.thresholds))
    assert TWO_BY_TWO.axes == given.axes


def test_a_given_value_of_a_new_name_is_in_every_cell() -> None:
    """Nothing else changes."""
    given = override(TWO_BY_TWO, {"seed": 3, "duration_s": 9})
    assert varied_values(TWO_BY_TWO) == varied_values(given)
    assert {(3, 9)} == {(one["seed"], one["duration_s"]) for one in given.combinations}
    assert TWO_BY_TWO.thresholds == given.thresholds


def test_nothing_given_is_the_same_sweep() -> None:
    """And not a copy."""
    assert override(TWO_BY_TWO, {}) is TWO_BY_TWO


def test_given_values_come_after_include_and_exclude() -> None:
    """Their rules go by the file's values; cells that became the same are one."""
    sweep = Sweep(
        matrix={"ping_timeout": (1, 5), "fault_seconds": (2, 4)},
        exclude=({"ping_timeout": 1, "fault_seconds": 4}, {"ping_timeout": 5, "fault_seconds": 4}),
        include=({"ping_timeout": 9, "clients": 3}, {"fault_seconds": 2, "seed": 1}),
    )
    given = override(sweep, {"ping_timeout": 7})
    assert [
        {"ping_timeout": 7, "fault_seconds": 2, "seed": 1},
        {"ping_timeout": 7, "clients": 3},
    ] == given.combinations
    both = override(sweep, {"ping_timeout": 7, "fault_seconds": 2, "clients": 1, "seed": 0})
    assert [{"ping_timeout": 7, "fault_seconds": 2, "clients": 1, "seed": 0}] == both.combinations


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ping_timeot": 5}, "ping_timeot = 5: no such setting; did you mean ping_timeout?"),
        ({"ping_timeout": "soon"}, "ping_timeout = 'soon': must be a number"),
        ({"seed": [1, 2]}, "seed = [1, 2]: must be a whole number"),
        ({"clients": True}, "clients = True: must be a whole number"),
    ],
)
def test_a_given_value_that_is_not_allowed_names_the_command_line(
    given: dict[str, Any], words: str
) -> None:
    """As everywhere: the place, the key, the value, what is allowed."""
    with pytest.raises(SettingsError) as told:
        override(TWO_BY_TWO, given)
    assert f"command line: {words}" in str(told.value)


def test_what_only_the_whole_can_tell_is_told_with_its_place() -> None:
    """A map of a name that no cell has, a threshold for no cell."""
    for sweep, words in (
        (Sweep(matrix={"seed": (1,)}, axes=Axes("seed", "clients")), "at map: map = 'clients'"),
        (
            Sweep(matrix={"seed": (1,)}, thresholds=(Threshold("drops", "==", 0, {"seed": 2}),)),
            "at thresholds: thresholds = 'drops == 0 (seed=2)': must be for a cell that there is",
        ),
    ):
        with pytest.raises(SettingsError) as told:
            check(sweep, "at {}".format)
        assert words in str(told.value)


def test_a_parameter_that_the_notebook_does_not_read_is_refused() -> None:
    """03 reads fault and seed; with ping_timeout nothing would change, cell by cell."""
    path = ROOT / "notebooks/03-inject-and-diagnose.ipynb"
    known = read_parameters(path)
    check_parameters(
        Sweep(matrix={"fault": ("gil_held_native",), "seed": (1, 2)}),
        known,
        reads_all=False,
        notebook=path.name,
    )
    with pytest.raises(
        SettingsError, match=r"03-inject-and-diagnose\.ipynb does not read it; cho"
    ):
        check_parameters(TWO_BY_TWO, known, reads_all=False, notebook=path.name)


def test_the_default_notebook_reads_every_setting() -> None:
    """It takes them from its globals; what is no setting at all is refused all the same."""
    path = ROOT / DEFAULT_NOTEBOOK
    assert "settings_from(globals())" in path.read_text()
    every = Sweep(parameters=dict.fromkeys(RULES, 1))
    check_parameters(every, read_parameters(path), reads_all=True, notebook=path.name)
    with pytest.raises(SettingsError, match="stranger = 1: 01-reproduce"):
        check_parameters(Sweep(parameters={"stranger": 1}), {}, reads_all=True, notebook=path.name)


def test_choices_are_sorted_and_the_nearest_is_offered() -> None:
    """One sentence."""
    assert "no such key; did you mean seed? choices: clients, seed" == choices(
        "sed", ["seed", "clients"]
    )
    assert "no such key; choices: seed" == choices("zebra", ["seed"])
