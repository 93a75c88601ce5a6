"""Stalls and late PONGs: the ping_timeout that outlasts what was measured, and its price."""

from __future__ import annotations

from granite_ws.advice.case import MARGIN, Advice, Case, as_typed, round_up
from granite_ws.exposure import kind_of, standstills
from granite_ws.heartbeat import (
    WRITE_IDLE_GRACE_S,
    Heartbeat,
    dead_client_noticed_s,
    remaining,
    smallest_ping_timeout,
)
from granite_ws.phrase import join, mark, say
from granite_ws.timeline import Timeline

# A keep-alive at this interval was tried (25/20: it lifted the bearable stall from 5 s to 20 s).
# It is always enough for a stall within ping_timeout: pt <= max(pi, pt) + 5 - 5.
TRIED_KEEP_ALIVE_S = 5.0
# Work in the server's own process is what stood in the way.
CURED_BY_A_PROCESS = ("gil_held_native", "asyncio_loop_blocked", "green_hub_blocked")

_NO_STALL = say("No ping_timeout can be computed: the log does not hold a stall in the server.")
_NO_NUMBERS = say(
    "No ping_timeout can be computed: the log does not hold the numbers of the OPEN packet."
)
_CLIENT_STOOD = (
    mark("The client stood still for {delay_s:.2f} s at most, which ping_timeout allows."),
    mark(
        "The client stood still for {delay_s:.2f} s: ping_timeout = {value} is {margin:.0%} above "
        "it."
    ),
)
_PONG_TOOK = (
    mark("A PONG took {delay_s:.2f} s at most, which ping_timeout allows."),
    mark("A PONG took {delay_s:.2f} s: ping_timeout = {value} is {margin:.0%} above it."),
)


def outlast_server_stall(case: Case) -> tuple[Advice, ...]:
    """Long enough for every kind of client that was there, at the worst moment."""
    heartbeat, worst = case.heartbeat, case.worst()
    if heartbeat is None or not worst:
        return (case.remedy(_NO_STALL if heartbeat else _NO_NUMBERS),)
    stall_s = max(one.stall_s for one in worst)
    needs = _needs(case.timeline, heartbeat.ping_interval_s, stall_s * (1 + MARGIN))
    value = round_up(max(needs.values()))
    if value <= heartbeat.ping_timeout_s:
        why = say("ping_timeout already outlasts the measured {stall_s:.2f} s.", stall_s=stall_s)
        return (case.remedy(why),)
    steps = _steps(heartbeat.ping_timeout_s, value)
    curve = remaining(worst, heartbeat.ping_interval_s, steps)
    each = (
        say("{kind} {need_s:g} s", kind=kind, need_s=round_up(need))
        for kind, need in needs.items()
    )
    sentence = say(
        "The server stood still for {stall_s:.2f} s: ping_timeout = {value} outlasts that and "
        "{margin:.0%} more at any moment of the ping interval (needed: {each}); {left} of {drops} "
        "drops would remain. It only hides the stall: {cure}",
        stall_s=stall_s,
        value=as_typed(value),
        margin=MARGIN,
        each=join(", ", each),
        left=curve[-1][1],
        drops=len(worst),
        cure=_cure(case),
    )
    changed = Heartbeat(heartbeat.ping_interval_s, value)
    return (
        case.advice(
            sentence,
            setting="ping_timeout",
            value=value,
            curve=curve,
            out_of=len(worst),
            caution=_late_notice(changed),
        ),
    )


def _cure(case: Case) -> str:
    """What ends the stall; the prediction is named only where one ran during the longest stall."""
    if case.finding.cause not in CURED_BY_A_PROCESS:
        return case.finding.remedy
    if case.finding.blocked_at:
        return say(
            "move what blocks ({blocked_at}) into another process.",
            blocked_at=case.finding.blocked_at,
        )
    longest = max(standstills(case.timeline.stalls), key=lambda stall: stall.seconds)
    predicting = any(
        prediction.begun_ns < longest.ended_ns
        and (prediction.ended_ns or case.timeline.ended_ns) > longest.began_ns
        for prediction in case.timeline.predictions
    )
    if predicting:
        return say("move the prediction, which ran meanwhile, into another process.")
    return say("move what blocks into another process.")


def _needs(timeline: Timeline, interval_s: float, stall_s: float) -> dict[str, float]:
    kinds = sorted({kind_of(connection).value for connection in timeline.connections})
    needs = ((kind, smallest_ping_timeout(kind, interval_s, stall_s)) for kind in kinds)
    return {kind: need for kind, need in needs if need is not None}


def _steps(now_s: float, value_s: float) -> list[float]:
    """The present timeout, the advised one, and three between them."""
    between = (round_up(now_s + share * (value_s - now_s)) for share in (0.25, 0.5, 0.75))
    return sorted({now_s, value_s, *(step for step in between if now_s < step < value_s)})


def _late_notice(heartbeat: Heartbeat) -> str:
    _, latest = dead_client_noticed_s(heartbeat)
    interval, timeout = heartbeat.ping_interval_s, heartbeat.ping_timeout_s
    return say(
        "A longer ping_timeout is a bandage: a dead client is then noticed after up to "
        "pi + 2 pt = {interval_s:g} + 2 x {timeout_s:g} = {latest_s:g} s.",
        interval_s=interval,
        timeout_s=timeout,
        latest_s=latest,
    )


def outlast_write_idle(case: Case) -> tuple[Advice, ...]:
    """The server's stall triggers, the client's second limit ends: both ways out."""
    raised = outlast_server_stall(case)
    heartbeat, worst = case.heartbeat, case.worst()
    if heartbeat is None or not worst:
        return raised
    stall_s = max(one.stall_s for one in worst)
    needed = stall_s * (1 + MARGIN)
    if needed > heartbeat.ping_timeout_s:
        return raised  # the first limit would end it, whatever the client sends
    limit = max(heartbeat.ping_interval_s, heartbeat.ping_timeout_s) + WRITE_IDLE_GRACE_S
    keep_alive = case.advice(
        say(
            "Or let the Python client emit something every {tried_s:g} s (by the rule every "
            "{rule_s:.1f} s would do): it gives up once it has sent nothing for max(pi, pt) + 5 = "
            "{limit_s:g} s, of which the stall took {stall_s:.2f} s; {margin:.0%} more is kept.",
            tried_s=TRIED_KEEP_ALIVE_S,
            rule_s=limit - needed,
            limit_s=limit,
            stall_s=stall_s,
            margin=MARGIN,
        )
    )
    return (*raised, keep_alive)


def outlast_client_stall(case: Case) -> tuple[Advice, ...]:
    """The server waits for a PONG while the client stands still."""
    heartbeat = case.heartbeat
    kinds = {drop.client_kind for drop in case.drops}
    own = (stall for stall in case.timeline.client_stalls if stall.client_kind in kinds)
    begun = min(drop.connected_ns for drop in case.drops)
    lost = max(drop.lost_ns or case.timeline.ended_ns for drop in case.drops)
    lengths = [
        stall.seconds
        for stall in standstills(own)
        if stall.ended_ns > begun and stall.began_ns < lost
    ]
    if heartbeat is None or not lengths:
        why = say("The log does not hold how long the client stood still.")
        return (case.remedy(why),)
    return _timeout_above(case, heartbeat, max(lengths), _CLIENT_STOOD)


def outlast_late_pong(case: Case) -> tuple[Advice, ...]:
    """A way that is merely long: above the longest round trip that was seen."""
    heartbeat = case.heartbeat
    sids = {drop.sid for drop in case.drops}
    trips = [ping.round_trip_s for ping in case.timeline.pings if ping.sid in sids]
    measured = [trip for trip in trips if trip is not None]
    if heartbeat is None or not measured:
        return (case.remedy(say("The log holds no PONG whose delay could be measured.")),)
    return _timeout_above(case, heartbeat, max(measured), _PONG_TOOK)


def _timeout_above(
    case: Case, heartbeat: Heartbeat, delay_s: float, words: tuple[str, str]
) -> tuple[Advice, ...]:
    """words: what was measured and allowed already, and what was measured and what outlasts it."""
    allowed, outlasts = words
    value = round_up(delay_s * (1 + MARGIN))
    if value <= heartbeat.ping_timeout_s:
        return (case.remedy(say(allowed, delay_s=delay_s)),)
    sentence = say(outlasts, delay_s=delay_s, value=as_typed(value), margin=MARGIN)
    return (
        case.advice(
            join(" ", (sentence, case.finding.remedy)),
            setting="ping_timeout",
            value=value,
            caution=_late_notice(Heartbeat(heartbeat.ping_interval_s, value)),
        ),
    )
