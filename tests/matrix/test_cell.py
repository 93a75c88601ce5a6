"""What a cell is, and what makes it another one."""

from __future__ import annotations

from typing import Any

import pytest

from granite_ws.matrix.cell import Cell, key_of, label_of

CONTENT: dict[str, Any] = {
    "notebook": "abc",
    "parameters": {"ping_timeout": 20, "seed": 1},
    "version": "1.0",
    "data": "d1",
    "repeat": 1,
}


def test_the_key_is_the_same_everywhere_and_for_ever() -> None:
    """Pinned: a release that changes it runs everything again, and must mean to."""
    assert "a6d926764e54" == key_of(**CONTENT)


def test_the_order_of_parameters_is_no_content() -> None:
    """A file whose lines were sorted runs nothing again."""
    turned = CONTENT | {"parameters": {"seed": 1, "ping_timeout": 20}}
    assert key_of(**CONTENT) == key_of(**turned)


@pytest.mark.parametrize(
    "change",
    [
        {"notebook": "abd"},
        {"version": "1.1"},
        {"data": "d2"},
        {"repeat": 2},
        {"parameters": {"ping_timeout": 20, "seed": 2}},
        {"parameters": {"ping_timeout": 20}},
        {"parameters": {"ping_timeout": 20, "seed": 1, "clients": 2}},
        {"parameters": {"ping_timeout": "20", "seed": 1}},
    ],
)
def test_each_ingredient_changes_the_key(change: dict[str, object]) -> None:
    """Notebook, version, data, repeat, and each parameter's name, value and type."""
    assert key_of(**CONTENT) != key_of(**(CONTENT | change))


def test_the_label_names_what_is_varied_in_the_files_order() -> None:
    """Not what all cells have; a name that this cell lacks is left out."""
    parameters = {"seed": 1, "fault": "gil_held_native", "ping_timeout": 20}
    cell = Cell(1, parameters, ("ping_timeout", "clients", "fault"), 2, "k")
    assert "ping_timeout=20 fault=gil_held_native" == cell.label
    assert "repeat 2" == label_of(parameters, (), 2)
    assert 'fault="" seed=0' == label_of({"fault": "", "seed": 0}, ("fault", "seed"), 1)


def test_a_cell_knows_how_long_its_session_is_watched() -> None:
    """Where its parameters say so."""
    assert 3.0 == Cell(1, {"duration_s": 3}, (), 1, "k").duration_s
    assert Cell(1, {}, (), 1, "k").duration_s is None
