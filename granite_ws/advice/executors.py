"""Forecasts that stand in their own server's way: make them in another process."""

from __future__ import annotations

import re

from granite_ws.advice.case import Advice, Case, Rule
from granite_ws.events import Event, Kind
from granite_ws.exposure import standstills
from granite_ws.phrase import say

# ``file:line function`` of a stack: this package's own names, and what applications call it.
_FORECASTING = re.compile(r" (?:\w*\.)*_?\w*(?:predict|forecast)\w*$|forecast_worker\.py:")


def in_a_process_or(otherwise: Rule) -> Rule:
    """``executor = process`` first, where a stack shows the forecast; then the other advice."""

    def rule(case: Case) -> tuple[Advice, ...]:
        return (*_in_a_process(case), *otherwise(case))

    return rule


def _in_a_process(case: Case) -> tuple[Advice, ...]:
    look = next((e for e in case.finding.evidence if e.kind is Kind.STACK), None)
    if look is None or not _forecasts(look):
        return ()
    longest = max((stall.seconds for stall in standstills(case.timeline.stalls)), default=0.0)
    return (
        case.advice(
            say(
                "The stack shows a forecast in the server's own process, which stood still for "
                "{stall_s:.2f} s and lost {drops} connections by it: executor = process makes "
                "forecasts in a process of their own, whose lock is not the server's. The same "
                "heartbeat is then enough, however long a forecast takes.",
                stall_s=longest,
                drops=len(case.drops),
            ),
            setting="executor",
            value="process",
            out_of=len(case.drops),
            caution=say(
                "A worker process holds the model a second time, and takes seconds to start."
            ),
        ),
    )


def _forecasts(look: Event) -> bool:
    """Whether a thread that was at work was making a forecast."""
    return any(
        _FORECASTING.search(str(frame))
        for thread in look.data.get("threads", ())
        if thread.get("owns_gil", True)
        for frame in thread.get("frames", ())
    )
