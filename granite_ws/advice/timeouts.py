"""Stalls and late PONGs: the ping_timeout that outlasts what was measured, and its price."""

from __future__ import annotations

from granite_ws.advice.case import MARGIN, Advice, Case, round_up
from granite_ws.exposure import kind_of, standstills
from granite_ws.heartbeat import (
    WRITE_IDLE_GRACE_S,
    Heartbeat,
    dead_client_noticed_s,
    remaining,
    smallest_ping_timeout,
)
from granite_ws.timeline import Timeline

# A keep-alive at this interval was tried (25/20: it lifted the bearable stall from 5 s to 20 s).
# It is always enough for a stall within ping_timeout: pt <= max(pi, pt) + 5 - 5.
TRIED_KEEP_ALIVE_S = 5.0
# Work in the server's own process is what stood in the way.
CURED_BY_A_PROCESS = ("gil_held_native", "asyncio_loop_blocked", "green_hub_blocked")


def outlast_server_stall(case: Case) -> tuple[Advice, ...]:
    """Long enough for every kind of client that was there, at the worst moment."""
    heartbeat, worst = case.heartbeat, case.worst()
    if heartbeat is None or not worst:
        missing = "a stall in the server" if heartbeat else "the numbers of the OPEN packet"
        return (case.remedy(f"No ping_timeout can be computed: the log does not hold {missing}."),)
    stall_s = max(one.stall_s for one in worst)
    needs = _needs(case.timeline, heartbeat.ping_interval_s, stall_s * (1 + MARGIN))
    value = round_up(max(needs.values()))
    if value <= heartbeat.ping_timeout_s:
        return (case.remedy(f"ping_timeout already outlasts the measured {stall_s:.2f} s."),)
    steps = _steps(heartbeat.ping_timeout_s, value)
    curve = remaining(worst, heartbeat.ping_interval_s, steps)
    each = ", ".join(f"{kind} {round_up(need):g} s" for kind, need in needs.items())
    sentence = (
        f"The server stood still for {stall_s:.2f} s: ping_timeout = {value:g} outlasts that and "
        f"{MARGIN:.0%} more at any moment of the ping interval (needed: {each}); "
        f"{curve[-1][1]} of {len(worst)} drops would remain. It only hides the stall: "
        f"{_cure(case)}"
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
        return f"move what blocks ({case.finding.blocked_at}) into another process."
    longest = max(standstills(case.timeline.stalls), key=lambda stall: stall.seconds)
    predicting = any(
        prediction.begun_ns < longest.ended_ns
        and (prediction.ended_ns or case.timeline.ended_ns) > longest.began_ns
        for prediction in case.timeline.predictions
    )
    what = "the prediction, which ran meanwhile," if predicting else "what blocks"
    return f"move {what} into another process."


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
    return (
        "A longer ping_timeout is a bandage: a dead client is then noticed after up to "
        f"pi + 2 pt = {interval:g} + 2 x {timeout:g} = {latest:g} s."
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
        f"Or let the Python client emit something every {TRIED_KEEP_ALIVE_S:g} s (by the rule "
        f"every {limit - needed:.1f} s would do): it gives up once it has sent nothing for "
        f"max(pi, pt) + 5 = {limit:g} s, of which the stall took {stall_s:.2f} s; "
        f"{MARGIN:.0%} more is kept."
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
        return (case.remedy("The log does not hold how long the client stood still."),)
    return _timeout_above(case, heartbeat, max(lengths), "The client stood still for")


def outlast_late_pong(case: Case) -> tuple[Advice, ...]:
    """A way that is merely long: above the longest round trip that was seen."""
    heartbeat = case.heartbeat
    sids = {drop.sid for drop in case.drops}
    trips = [ping.round_trip_s for ping in case.timeline.pings if ping.sid in sids]
    measured = [trip for trip in trips if trip is not None]
    if heartbeat is None or not measured:
        return (case.remedy("The log holds no PONG whose delay could be measured."),)
    return _timeout_above(case, heartbeat, max(measured), "A PONG took")


def _timeout_above(
    case: Case, heartbeat: Heartbeat, delay_s: float, what: str
) -> tuple[Advice, ...]:
    value = round_up(delay_s * (1 + MARGIN))
    if value <= heartbeat.ping_timeout_s:
        return (case.remedy(f"{what} {delay_s:.2f} s at most, which ping_timeout allows."),)
    sentence = f"{what} {delay_s:.2f} s: ping_timeout = {value:g} is {MARGIN:.0%} above it."
    return (
        case.advice(
            f"{sentence} {case.finding.remedy}".strip(),
            setting="ping_timeout",
            value=value,
            caution=_late_notice(Heartbeat(heartbeat.ping_interval_s, value)),
        ),
    )
