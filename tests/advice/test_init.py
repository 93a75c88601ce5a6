"""Advice: which causes get some, and how often."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from granite_ws.advice import advise
from granite_ws.diagnosis.verdict import Drop
from granite_ws.timeline import read_timeline
from tests.advice.case_builder import REMEDY, blaming, finding
from tests.log_builder import connected, log, lost, quiet

TWO = log(connected(1), connected(1, "B", 2), lost(5), lost(6, "B"))


def test_a_cause_without_a_setting_gets_its_remedy() -> None:
    """The finding's own words, no setting, no number."""
    (advice,) = blaming(TWO, "native_crash")
    assert ("GWS999", "native_crash", REMEDY) == (advice.code, advice.cause, advice.sentence)
    assert (None, None, (), "") == (advice.setting, advice.value, advice.curve, advice.verified)


def test_a_cause_of_several_drops_is_answered_once() -> None:
    """Two drops, two causes each: two pieces of advice, in the order of blame."""
    assert ["native_crash", "oom_kill"] == [
        a.cause for a in blaming(TWO, "native_crash", "oom_kill")
    ]


def test_drops_without_a_cause_get_no_advice() -> None:
    """Unknown stays unknown; the other drop is answered."""
    timeline = read_timeline(TWO)
    first, second = timeline.drops
    drops = (Drop(first, ()), Drop(second, (finding("oom_kill"),)))
    verdict: Any = SimpleNamespace(timeline=timeline, drops=drops)
    assert ["oom_kill"] == [advice.cause for advice in advise(verdict)]


def test_a_session_that_held_needs_nothing() -> None:
    """No drop, no advice."""
    verdict: Any = SimpleNamespace(timeline=read_timeline(log(quiet())), drops=())
    assert () == advise(verdict)
