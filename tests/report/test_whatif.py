"""The law told and drawn for one stall."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.heartbeat import ClientHeartbeat, ClientKind, Limit
from granite_ws.report.whatif import EDGE_S, Case, draw_chances, draw_rounds, outlook, predict

LAB = Case("node", 1, 2, stall=2.5, phase=0.2)
CASES = st.builds(
    Case,
    kind=st.sampled_from([kind.value for kind in ClientKind]),
    ping_interval=st.integers(1, 60),
    ping_timeout=st.floats(0.5, 180),
    stall=st.floats(0, 300),
    phase=st.floats(0, 60),
    transport=st.sampled_from(["websocket", "polling", "upgrade"]),
)


@given(CASES)
def test_it_says_what_the_machine_does(case: Case) -> None:
    """Fed with a PING, the machine gives up at the predicted moment, and only then."""
    told = predict(case)
    client = ClientHeartbeat(case.kind, case.heartbeat)
    client.received(0.0, is_ping=True)
    client.sent(0.0)
    gone = client.gives_up(case.phase + case.stall)
    if told.drops is not None:
        assert told.drops is (gone is not None)
    if told.gives_up is not None:
        assert (told.rule, told.gives_up) == (gone, pytest.approx(client.deadline()[0]))


@given(CASES)
def test_both_drawings_are_well_formed_and_named(case: Case) -> None:
    """Each is one SVG with words for who cannot see it, and no number that is none."""
    told = predict(case)
    for drawing in (draw_rounds(case, told), draw_chances(case, told)):
        assert ET.fromstring(drawing).attrib["aria-label"]
        assert ("nan" in drawing, "inf" in drawing) == (False, False)


def test_a_phase_decides() -> None:
    """The same stall of 2.5 s is borne just after a PING and fatal 0.9 s later."""
    assert predict(LAB).drops is False
    fatal = predict(replace(LAB, phase=0.9))
    assert "gives up 3 s after its last PING, 2.1 s into the stall" in fatal.sentence


def test_the_second_limit_is_named() -> None:
    """At 25 s and 120 s a Python client goes by what it sent, a browser does not."""
    case = Case("python", 25, 120, stall=130, phase=10)
    assert predict(case).rule is Limit.WRITE_IDLE
    assert "max(ping interval, ping timeout) + 5 s" in predict(case).sentence
    assert predict(replace(case, kind="node")).drops is False


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (replace(LAB, transport="polling"), "over polling"),
        (replace(LAB, phase=1.5), "no phase is longer"),
        (replace(LAB, stall=2.8 + EDGE_S / 2), "a packet's way decides"),
    ],
)
def test_what_the_law_does_not_cover_is_unknown(case: Case, why: str) -> None:
    """Neither held nor dropped is claimed."""
    told = predict(case)
    assert (told.drops, told.gives_up) == (None, None)
    assert told.sentence.startswith("Unknown: ")
    assert why in told.sentence


def test_after_an_upgrade_it_is_a_websocket() -> None:
    """The law holds from then on, and the sentence says so."""
    told = predict(replace(LAB, transport="upgrade"))
    assert told.sentence.startswith("Once it is upgraded to a WebSocket: ")
    assert told.drops is False


def test_the_outlook_tells_what_would_help() -> None:
    """Two limits, the share of moments between them, and the timeout that is enough."""
    told = outlook(LAB)
    assert "up to 2 s is harmless, above 3 s is fatal" in told
    assert "drops this client in 50% of all moments" in told
    assert "From a ping timeout of 2.5 s on" in told
