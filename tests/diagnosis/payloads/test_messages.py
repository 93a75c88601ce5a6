"""Who refused a message, and which one it was: the same for four causes."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.finding import Check, Strength, Truth
from granite_ws.diagnosis.payloads import (
    binary_interleave,
    nonfinite_json,
    reserved_event_name,
    too_many_attachments,
)
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import emitted, ended, node, python, refused
from tests.log_builder import event, log, lost, quiet

INVALID, PLAIN = "invalid payload", "got plaintext data when reconstructing a packet"
GUILTY: dict[Check, tuple[Event, str]] = {
    nonfinite_json.check: (emitted(2, non_finite=1), INVALID),
    reserved_event_name.check: (emitted(2, "disconnecting"), INVALID),
    too_many_attachments.check: (emitted(2, attachments=11), "too many attachments"),
    binary_interleave.check: (emitted(2, "image", attachments=1), PLAIN),
}
OTHER_THREAD = emitted(2.001, "progress", thread="another worker")
CHECKS = list(GUILTY)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("other", CHECKS)
def test_each_knows_its_own_and_no_other(check: Check, other: Check) -> None:
    """Four sessions, four causes: the table of who is named in which is the diagonal."""
    message, words = GUILTY[other]
    finding = check(read_timeline(log(node(), message, OTHER_THREAD, refused(2.02, words))))
    assert (check is other) is (finding.truth is Truth.SUPPORTED)
    assert (("A",) if check is other else ()) == finding.explains


@pytest.mark.parametrize("check", CHECKS)
def test_the_way_leads_from_the_message_to_the_loss(check: Check) -> None:
    """The steps are in order of time, begin with the message and end with the loss."""
    message, words = GUILTY[check]
    finding = check(read_timeline(log(node(), message, OTHER_THREAD, refused(2.02, words))))
    times = [step.event.at_ns for step in finding.path]
    assert message is finding.path[0].event
    assert sorted(times) == times
    assert "server ended it: transport close" in finding.path[-1].text
    assert "20 ms later" in finding.claim


@pytest.mark.parametrize("check", CHECKS)
def test_a_message_long_before_is_not_to_blame(check: Check) -> None:
    """A client refuses a message at once: one from 5 s before explains nothing."""
    message, words = GUILTY[check]
    timeline = read_timeline(log(node(), message, OTHER_THREAD, emitted(6.9), refused(7, words)))
    assert (Truth.REFUTED, ()) == (check(timeline).truth, check(timeline).explains)


@pytest.mark.parametrize("check", CHECKS)
def test_another_end_just_after_the_message_is_not_explained(check: Check) -> None:
    """A client that was cut off, and never spoke of its parser, did not refuse anything."""
    message, _ = GUILTY[check]
    cut = ended(2.02, "transport close", details={})
    timeline = read_timeline(log(node(), message, OTHER_THREAD, cut))
    assert Truth.REFUTED is check(timeline).truth


@pytest.mark.parametrize("check", CHECKS)
def test_missing_witnesses_leave_it_unknown(check: Check) -> None:
    """Without what was emitted, or without the client's word, nobody can tell."""
    message, words = GUILTY[check]
    no_server = read_timeline(log(node(), refused(2.02, words)))
    no_client = read_timeline(
        log(
            node(),
            message,
            OTHER_THREAD,
            [e for e in refused(2.02, words) if e.kind != "disconnected"],
        )
    )
    assert Truth.UNKNOWN is check(no_server).truth
    # Without the client's word this is no drop that was seen: nothing is claimed.
    assert Truth.SUPPORTED is not check(no_client).truth


@pytest.mark.parametrize("check", CHECKS)
def test_a_healthy_session_is_refuted(check: Check) -> None:
    """No drop, no refusal; Python clients take NaN without a word."""
    assert Truth.REFUTED is check(read_timeline(log(quiet()))).truth
    python_only = log(python(), emitted(2, non_finite=3), lost(5, own=True))
    assert Truth.REFUTED is check(read_timeline(python_only)).truth


@pytest.mark.parametrize("check", CHECKS)
def test_a_refusal_without_its_words_is_inferred(check: Check) -> None:
    """A page that kept the reason alone: what is always refused is to blame, no more than that."""
    message, _ = GUILTY[check]
    wordless = ended(2.02, "parse error", details={})
    finding = check(read_timeline(log(node(), message, OTHER_THREAD, wordless)))
    if check is binary_interleave.check:  # nearly all such messages arrive well
        assert Truth.REFUTED is finding.truth
    else:
        assert (Truth.SUPPORTED, Strength.INFERRED) == (finding.truth, finding.strength)


@pytest.mark.parametrize("check", CHECKS)
def test_a_message_to_another_client_is_not_to_blame(check: Check) -> None:
    """A plain log says to whom each packet went."""
    message, words = GUILTY[check]
    elsewhere = event(2, Kind.MESSAGE_EMITTED, sid="B", **message.data)
    timeline = read_timeline(log(node(), elsewhere, OTHER_THREAD, refused(2.02, words)))
    assert Truth.REFUTED is check(timeline).truth


def test_a_log_without_times_claims_none() -> None:
    """Lines in order, and no clock: the claim gives no milliseconds."""
    message = emitted(2, non_finite=1, timeless=True)
    finding = nonfinite_json.check(read_timeline(log(node(), message, refused(2.02, INVALID))))
    assert "; then the JavaScript client closed" in finding.claim
