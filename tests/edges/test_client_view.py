"""What a client's view makes of messages, lines and endings, without a connection."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.edges.client_view import ClientView, measure
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.events import EventLog, Kind, Witness

ENGINE = SimpleNamespace(
    sid="A", current_transport="websocket", ping_interval=1.0, ping_timeout=2.0
)


class Viewed:
    """A view and the log that it writes."""

    def __init__(self, folder: Path) -> None:
        self._events = folder / "events.jsonl"
        self.view = ClientView(5, "python", Recorder(Witness.PROBE, self._events))

    def log(self) -> EventLog:
        return read_events(self._events)

    def hear(self, level: int, text: str) -> None:
        self.view.logger("engineio").log(level, text)


@pytest.fixture
def viewed(tmp_path: Path) -> Viewed:
    return Viewed(tmp_path)


@pytest.mark.parametrize(
    ("data", "facts"),
    [
        ('2["a",{"iteration":3}]', {"event": "a", "non_finite": 0, "iteration": 3}),
        ('2["a",NaN,[-Infinity,"NaN"],1e999]', {"event": "a", "non_finite": 2}),
        ('2/ns,7["ä"]', {"event": "ä", "non_finite": 0}),
        ('52-["a",{"_placeholder":true,"num":0}]', {"event": "a", "attachments": 2}),
        ('2["a",{"iteration":"x"}]', {"event": "a", "non_finite": 0}),
        ('2["a",{', {"event": "a", "attachments": 0}),
        ("2[7]", {"event": None, "non_finite": 0}),
        ("2" + "[" * 100_000, {"event": None, "attachments": 0}),
    ],
)
def test_an_event_is_measured(data: str, facts: dict[str, Any]) -> None:
    """Name, attachments, non-finite numbers, iteration; unknown facts are absent, not zero."""
    measured = measure(data)
    assert len(data.encode()) == measured["bytes"]
    assert facts.items() <= measured.items()
    assert ("non_finite" in facts or data.startswith("52")) == ("non_finite" in measured)
    assert ("iteration" in facts) == ("iteration" in measured)


@pytest.mark.parametrize("data", ['0{"sid":"x"}', "3[]", "", b"12345", bytearray(2), None])
def test_what_is_no_event_has_a_size_only(data: Any) -> None:
    """Connects, acknowledgements, attachments and oddities: bytes, and nothing made up."""
    assert {"bytes": len(data or b"")} == measure(data)


@given(st.text() | st.binary() | st.text().map(lambda text: f"2{text}"))
def test_nothing_breaks_the_measure(data: Any) -> None:
    """Whatever a server sends, the measure returns."""
    assert measure(data)["bytes"] >= len(data)


@given(st.text(), st.lists(st.floats() | st.text()))
def test_non_finite_numbers_are_counted(name: str, values: list[Any]) -> None:
    """As many as ``json`` writes as NaN or Infinity, whatever the texts say."""
    odd = [v for v in values if isinstance(v, float) and json.dumps(v)[-1] in "Ny"]
    measured = measure("2" + json.dumps([name, values]))
    assert (len(odd), name) == (measured["non_finite"], measured.get("event", name) or name)


def test_a_huge_text_is_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a million characters only the name is read, unless a NaN may stand in it."""
    monkeypatch.setattr("granite_ws.edges.client_view._contents", lambda text: {"parsed": True})
    text = "x" * 1_000_001
    assert {"event": "a", "non_finite": 0} == {
        name: value
        for name, value in measure(f'2["a","{text}"]').items()
        if name in ("event", "non_finite", "parsed")
    }
    assert measure(f'2["a","{text}",NaN]')["parsed"]


def test_an_ending_is_told_once_with_the_last_words(viewed: Viewed) -> None:
    """The handler's word wins; the engine's own about the same end is not recorded."""
    viewed.view.opened("A")
    viewed.view.connected(ENGINE, client_id="c")
    viewed.hear(logging.ERROR, "packet queue is empty, aborting")
    viewed.view.disconnected("transport error", close_code=1006)
    viewed.view.engine_ended("transport error", close_code=1000)
    (ended,) = viewed.log().of(Kind.DISCONNECTED)
    assert ("A", 5, "python", False, 1006, "packet queue is empty, aborting") == (
        ended.sid,
        *(ended.data[n] for n in ("client", "client_kind", "own", "close_code", "last_log")),
    )
    assert () == viewed.log().of(Kind.CONNECT_FAILED)


def test_an_end_that_the_library_keeps_to_itself_is_told(viewed: Viewed) -> None:
    """A loss between the namespace's connect and the end of ``connect()`` reaches no handler."""
    viewed.view.connected(ENGINE, client_id="c")
    viewed.view.engine_ended("transport error")
    assert ["transport error"] == [
        event.data["reason"] for event in viewed.log().of(Kind.DISCONNECTED)
    ]


def test_a_session_that_ends_before_its_namespace_is_a_refusal(viewed: Viewed) -> None:
    """It names the session, the reason and the last words; it is no drop."""
    viewed.view.opened("B")
    viewed.hear(logging.WARNING, "Server has stopped communicating, aborting")
    viewed.view.engine_ended("transport error")
    log = viewed.log()
    assert () == log.of(Kind.DISCONNECTED)
    (refused,) = log.of(Kind.CONNECT_FAILED)
    assert "B" == refused.sid
    assert (
        "transport error before the namespace was connected"
        " (Server has stopped communicating, aborting)"
    ) == refused.data["error"]


def test_only_telling_lines_are_kept(viewed: Viewed) -> None:
    """Routine is dropped; an upgrade and the next try are kept, but are nobody's last words."""
    viewed.view.connected(ENGINE, client_id="c")
    for level, text in (
        (logging.INFO, 'Received event "error" [/]'),
        (logging.INFO, "Polling connection accepted with {'upgrades': []}"),
        (logging.INFO, "HTTP GET request failed with error x."),
        (logging.INFO, "Connection failed, new attempt in 1.01 seconds"),
        (logging.INFO, "WebSocket upgrade was successful"),
    ):
        viewed.hear(level, text)
    viewed.view.own_closing = True
    viewed.hear(logging.WARNING, "WebSocket connection was closed, aborting")
    viewed.view.disconnected("client disconnect")
    log = viewed.log()
    kept = [
        "HTTP GET request failed with error x.",
        "Connection failed, new attempt in 1.01 seconds",
        "WebSocket upgrade was successful",
    ]
    assert kept == [event.data["line"] for event in log.of(Kind.CLIENT_LOG)]
    ended = log.of(Kind.DISCONNECTED)[0].data
    assert (True, kept[0]) == (ended["own"], ended["last_log"])
