"""What a report says to machines."""

from __future__ import annotations

import json

import nbformat
import pytest
from IPython.core.formatters import DisplayFormatter

from granite_ws.matrix.record import SESSION_MIME
from granite_ws.report import sections
from granite_ws.report.machine import causes_of, finite
from tests.report.session_builder import dropped, held, session


@pytest.mark.parametrize("make", [held, dropped, session])
def test_the_outcome_is_strict_json(make: object) -> None:
    """No NaN and no object of ours: what a sweep reads from an executed notebook."""
    made = make()
    content = sections.outcome(*made)._repr_mimebundle_()[SESSION_MIME]
    assert content == json.loads(json.dumps(content, allow_nan=False))
    assert (made[1].outcome.value, made[1].exit_code) == (
        content["outcome"],
        content["exit_code"],
    )
    assert "a-session" == content["session"]
    assert made[0].settings.to_dict() == content["settings"]


def test_a_cell_shows_the_same_html_and_words_beside_it() -> None:
    """JupyterLab gets three kinds; the notebook with them is valid."""
    section = sections.outcome(*dropped())
    data, metadata = DisplayFormatter().format(section)
    assert {"text/html", "text/plain", SESSION_MIME} == set(data)
    assert (section._repr_html_(), section.words) == (data["text/html"], data["text/plain"])
    output = nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=1)
    cell = nbformat.v4.new_code_cell("x", outputs=[output], execution_count=1)
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))


def test_other_sections_carry_nothing_beside_their_html() -> None:
    """One cell of a notebook says the outcome, not each."""
    assert {} == sections.causes(*dropped())._repr_mimebundle_()


def test_an_unexplained_drop_is_named_unknown_once() -> None:
    """However many there are."""
    assert ("unknown",) == causes_of(dropped()[1])
    assert () == causes_of(held()[1])


def test_numbers_that_json_lacks_are_unknown() -> None:
    """An infinite or undefined number is None."""
    numbers = {"a": 1.5, "b": float("nan"), "c": float("inf"), "d": None}
    assert {"a": 1.5, "b": None, "c": None, "d": None} == finite(numbers)
