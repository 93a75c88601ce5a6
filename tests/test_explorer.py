"""The explorer without a browser: set a control's value, read what it shows."""

from __future__ import annotations

import time

import pytest
from traitlets import TraitError

from granite_ws.explorer import explore

FAST_S = 0.15


def test_moving_a_control_changes_the_sentence() -> None:
    """A Python client gives up at 130 s; at 100 s it survives; over polling nobody knows."""
    made = explore()
    assert "gives up 125 s after its last PING" in made.answer.value
    made.stall.value = 100
    assert "survives" in made.answer.value
    made.transport.value = "polling"
    assert "Unknown: " in made.answer.value


def test_both_pictures_follow() -> None:
    """Two drawings, other ones after a change."""
    made = explore()
    before = made.pictures.value
    made.kind.value = "node"
    assert made.pictures.value.count("<svg") == 2
    assert made.pictures.value != before


def test_both_pictures_say_what_they_show() -> None:
    """A caption under each: whoever opens the notebook first knows no axis."""
    assert explore().pictures.value.count("<figcaption>") == 2


def test_a_phase_never_exceeds_the_interval() -> None:
    """Narrowing the interval takes the phase with it."""
    made = explore(phase=20)
    made.ping_interval.value = 5
    assert (made.phase.max, made.phase.value) == (5, 5)
    assert "Unknown" not in made.answer.value


def test_every_control_has_a_name() -> None:
    """What a screen reader calls it."""
    made = explore()
    controls = (made.kind, made.ping_interval, made.ping_timeout, made.stall, made.phase)
    assert all(control.description for control in (*controls, made.transport))


def test_the_answer_is_announced() -> None:
    """A change is told to who cannot see it."""
    assert 'role="status"' in explore().answer.value


def test_an_update_is_quick() -> None:
    """At most 150 ms each, so that the picture follows the hand."""
    made = explore()
    begun = time.perf_counter()
    for number in range(20):
        made.stall.value = number * 10
    assert (time.perf_counter() - begun) / 20 < FAST_S


def test_a_kind_that_is_none_is_refused() -> None:
    """Only clients whose law is known."""
    with pytest.raises(TraitError):
        explore(kind="java")
