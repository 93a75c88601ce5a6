"""How an end is read: signals, codes, who was taken along, and the way to the loss."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.ends.process_end import (
    gave_up,
    sids,
    sign_of_life,
    taken_along,
    unasked_ends,
    way,
)
from granite_ws.diagnosis.finding import Step
from granite_ws.events import Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.ends.ended_server import LOSS_S, ended, terminal, watched
from tests.log_builder import log, lost, process


@pytest.mark.parametrize(
    ("exit_code", "signal", "code"),
    [(-9, 9, None), (137, 9, None), (-11, 11, None), (9, None, 9), (0, None, 0), (255, None, 255)],
)
def test_an_exit_status_is_a_signal_or_a_code(
    exit_code: int, signal: int | None, code: int | None
) -> None:
    """Negative, or 128 and more as a shell says it, is a signal; anything else is a code."""
    ends = unasked_ends(read_timeline(log(watched(), ended(exit_code))))
    assert ends is not None
    assert [(signal, code)] == [(end.signal, end.code) for end in ends]


def test_nobody_saw_it_differs_from_it_lived() -> None:
    """Without the runner's word there is None; an end that was asked for is no end."""
    asked = process(6, Kind.PROCESS_ENDED, exit_code=0, asked=True)
    assert unasked_ends(read_timeline(log(watched()))) is None
    assert unasked_ends(read_timeline(log(watched(), asked))) == ()


def test_whoever_waited_for_its_own_deadline_was_not_taken_along() -> None:
    """A client that gave up by itself still had its TCP connection."""
    waited = lost(LOSS_S, last_log="Server has stopped communicating, aborting")
    for loss, expected in ((None, ("A",)), (waited, ())):
        timeline = read_timeline(log(watched(loss=loss), ended(-9)))
        (end,) = unasked_ends(timeline) or ()
        assert expected == sids(taken_along(timeline, end))
        assert bool(loss) == gave_up(timeline.drops[0])


def test_a_loss_long_before_the_end_has_another_cause() -> None:
    """Ten seconds lie between them."""
    timeline = read_timeline(log(watched(), ended(-9, at_s=15)))
    (end,) = unasked_ends(timeline) or ()
    assert () == taken_along(timeline, end)


def test_the_way_ends_with_the_loss_and_is_in_order() -> None:
    """What was written down only after the loss is left out; a sign of life stands for it."""
    early, late = terminal(4.5, "early"), terminal(6, "late")
    timeline = read_timeline(log(watched(), ended(-9), early, late))
    drops = timeline.drops
    told = way(timeline, drops, Step("late", late), Step("early", early), last="lost")
    assert ["early", "lost"] == [step.text for step in told]
    alone = way(timeline, drops, Step("late", late), last="lost")
    assert [sign_of_life(timeline, drops[0].ended_ns or 0), told[-1].event] == [
        step.event for step in alone
    ]
    assert () == way(timeline, [], Step("early", early), last="lost")
