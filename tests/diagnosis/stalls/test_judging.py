"""What the checks of a server that stands still have in common."""

from __future__ import annotations

import sys
from itertools import pairwise

import pytest

from granite_ws.diagnosis import stalls
from granite_ws.diagnosis.finding import Check, Truth
from granite_ws.diagnosis.stalls import gil_held_native
from granite_ws.diagnosis.stalls.episodes import blows
from granite_ws.diagnosis.stalls.judging import path_of
from granite_ws.diagnosis.verdict import cause_of
from granite_ws.events import Kind, Witness
from granite_ws.phrase import Phrase
from granite_ws.timeline import read_timeline
from tests.diagnosis.stalls.still_logs import (
    HOLDER,
    everything,
    gave_up,
    kinds_of_standstill,
    look,
    sample,
    still,
    timeline_of,
)
from tests.log_builder import log, quiet, server_lost

KINDS = tuple(kinds_of_standstill())
CHECKS: tuple[Check, ...] = tuple(c for c in stalls.CHECKS if cause_of(c) in KINDS)
LOOKED = [sample(5), look(HOLDER)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_standstill_is_named_by_its_own_check_alone(kind: str) -> None:
    """Each stands alone: where one rule is missing, no other one takes its case."""
    timeline = timeline_of(kind)
    found = [check(timeline) for check in CHECKS]
    assert [kind] == [f.cause for f in found if f.truth is Truth.SUPPORTED]


@pytest.mark.parametrize("kind", KINDS)
def test_its_path_is_in_order_of_time_and_reaches_the_loss(kind: str) -> None:
    """The steps are events of this very log; among them both words on the loss."""
    timeline = timeline_of(kind)
    [finding] = [f for check in CHECKS if (f := check(timeline)).truth is Truth.SUPPORTED]
    events = [step.event for step in finding.path]
    assert all(event in timeline.log.events for event in events)
    assert all(a.at_ns <= b.at_ns for a, b in pairwise(events))
    assert {Kind.DISCONNECTED, Kind.CLIENT_DISCONNECTED, Kind.STALL} <= {e.kind for e in events}
    assert finding.explains == ("A",)
    assert finding.remedy.startswith(finding.remedy[0].upper())


@pytest.mark.parametrize("check", CHECKS, ids=cause_of)
def test_a_healthy_session_refutes_each(check: Check) -> None:
    """Nothing was lost: no cause of a loss."""
    assert Truth.REFUTED is check(read_timeline(log(quiet()))).truth


@pytest.mark.parametrize("check", CHECKS, ids=cause_of)
def test_without_a_heartbeat_in_the_server_each_is_unknown(check: Check) -> None:
    """A probe's heartbeat tells nothing of the server."""
    kept = [
        event
        for kind in ("gil_held_native", "pyclient_write_idle")
        for event in kinds_of_standstill()[kind]
        if event.kind not in (Kind.STALL, Kind.MONITOR_STARTED)
    ]
    finding = check(read_timeline(log(kept)))
    assert (Truth.UNKNOWN, True) == (finding.truth, "watched" in finding.claim)


@pytest.mark.parametrize("check", CHECKS, ids=cause_of)
def test_without_the_advertised_heartbeat_none_is_supported(check: Check) -> None:
    """Nobody knows what the client bore."""
    events = [e for e in kinds_of_standstill()[cause_of(check)] if e.kind is not Kind.HANDSHAKE]
    assert Truth.SUPPORTED is not check(read_timeline(log(events))).truth


def test_where_nobody_said_why_it_ended_it_is_unknown() -> None:
    """A connection that merely vanished from the recording refutes nothing."""
    lost = [e for e in still(everything(), LOOKED) if e.witness is not Witness.PROBE]
    timeline = read_timeline(log(lost, server_lost(7.6, reason="ping timeout")))
    assert Truth.SUPPORTED is not gil_held_native.check(timeline).truth


def test_a_stall_that_the_client_bore_explains_nothing() -> None:
    """A client that closed for another reason is not explained by a stall beside it."""
    events = [e for e in still(everything(), LOOKED) if e.kind is not Kind.DISCONNECTED]
    timeline = read_timeline(log(events, gave_up(6.01, "transport close")))
    assert Truth.REFUTED is gil_held_native.check(timeline).truth


def test_the_claim_tells_the_rule_and_the_remedy_a_number() -> None:
    """pi + pt in the claim; the ping_timeout that would have borne 4 s in the remedy."""
    finding = gil_held_native.check(timeline_of("gil_held_native"))
    assert "ping_interval + ping_timeout = 3 s" in finding.claim
    assert "ping_timeout = 4 " in finding.remedy


@pytest.mark.parametrize(("why", "known"), [("all stood still", True), ("by hand", False)])
def test_why_a_look_was_taken_can_be_translated(why: str, known: bool) -> None:
    """The workbench's own words are a phrase; another recorder's stay as they are."""
    blow = blows(timeline_of("gil_held_native"))[0]
    seen = look(HOLDER, why=why)
    steps = path_of(timeline_of("gil_held_native"), blow, (seen,))
    [text] = [step.text for step in steps if step.event == seen]
    assert f"A look at the stacks: {why}" == text
    assert isinstance(text, Phrase)
    assert known is isinstance(text.values["why"], Phrase)


def test_every_code_is_its_own() -> None:
    """No two causes of the group share a code."""
    codes = [sys.modules[check.__module__].CODE for check in stalls.CHECKS]
    assert len(codes) == len(set(codes))
