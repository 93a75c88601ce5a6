"""The table of log lines: what it writes it reads back, in the seed's own words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from granite_ws.events import Kind
from granite_ws.loglines import TABLE, Line, _fields, lines_of, parse, render

# The seed document's patterns, to the letter.
SEED = [
    ("[ForecastService/Granite] Preparing data: 512 points", Kind.DATA_PREPARED, {"points": 512}),
    (
        "[ForecastService/Granite] DataFrame shape: (512, 2)",
        Kind.DATA_PREPARED,
        {"shape": "(512, 2)"},
    ),
    (
        "[ForecastService/Granite] Starting prediction with 96 steps...",
        Kind.PREDICTION_BEGUN,
        {"steps": 96},
    ),
    (
        "[ForecastService/Granite] Prediction completed in 2.345s",
        Kind.PREDICTION_DONE,
        {"seconds": 2.345},
    ),
    (
        "[ForecastService/Granite] Response shape: (96, 1)",
        Kind.RESPONSE_RECEIVED,
        {"shape": "(96, 1)"},
    ),
    (
        "[ForecastService/Granite] Extracted 96 predictions from 'value' column",
        Kind.PREDICTIONS_EXTRACTED,
        {"count": 96, "column": "value"},
    ),
    (
        "[ForecastService/Granite] Total forecast time: 2.456s",
        Kind.ENGINE_DONE,
        {"seconds": 2.456},
    ),
    (
        "[WebSocket] Emitting data: 15234 bytes (iteration 42)",
        Kind.EMIT_BEGUN,
        {"bytes": 15234, "iteration": 42},
    ),
    ("[WebSocket] Data emitted successfully (iteration 42)", Kind.EMIT_DONE, {"iteration": 42}),
    (
        "[ForecastService/Granite] Prediction completed in 125.678s",
        Kind.PREDICTION_DONE,
        {"seconds": 125.678},
    ),
    (
        "[ForecastService/Granite] Forecast error after 3.456s: CUDA out of memory",
        Kind.ENGINE_FAILED,
        {"seconds": 3.456, "error": "CUDA out of memory"},
    ),
    (
        "[ForecastService/Granite] Exception type: RuntimeError",
        Kind.ENGINE_FAILED,
        {"exception": "RuntimeError"},
    ),
    (
        "[WebSocket] Emit error (iteration 42): Connection closed",
        Kind.EMIT_FAILED,
        {"iteration": 42, "error": "Connection closed"},
    ),
    (
        "[WebSocket] Exception type: ConnectionError",
        Kind.EMIT_FAILED,
        {"exception": "ConnectionError"},
    ),
]
WORDS = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=8)
VALUES = {
    "d": st.integers(-(10**9), 10**9),
    ".3f": st.integers(-(10**6), 10**6).map(lambda n: n / 1000),
    ".4f": st.integers(-(10**6), 10**6).map(lambda n: n / 10_000),
    "": WORDS,
}


def values_of(line: Line) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: VALUES[spec] for name, spec in _fields(line).items()})


@pytest.mark.parametrize(("text", "kind", "data"), SEED)
def test_the_seeds_lines_are_read(text: str, kind: Kind, data: dict[str, Any]) -> None:
    """Each of the seed's pattern lines gives its kind and its numbers."""
    assert (kind, data) == parse(text)


@pytest.mark.parametrize("prefix", ["2026-01-01 12:00:00,123 INFO    ", "✅ ", "ERROR:root:"])
@pytest.mark.parametrize(("text", "kind", "data"), SEED)
def test_what_stands_before_a_line_does_not_matter(
    prefix: str, text: str, kind: Kind, data: dict[str, Any]
) -> None:
    """A time stamp, an emoji or another logger's prefix leaves each line readable."""
    assert (kind, data) == parse(prefix + text)


@pytest.mark.parametrize("text", [text for text, _, _ in SEED])
def test_the_seeds_lines_are_written(text: str) -> None:
    """What was read from a seed line is written as that line again."""
    kind, data = parse(text) or pytest.fail(text)
    row = next(line for line in TABLE if line.kind is kind and set(_fields(line)) == set(data))
    assert text == row.template.format_map(data)


@pytest.mark.parametrize("line", TABLE, ids=lambda line: line.template[:60])
@settings(max_examples=20)
@given(st.data())
def test_every_row_is_read_back(line: Line, data: st.DataObject) -> None:
    """For every row of the table: what is written is what is read."""
    values = data.draw(values_of(line))
    assert (line.kind, values) == parse("12:00 INFO " + line.template.format_map(values))


LAST_IS_TEXT = [line for line in TABLE if re.search(r": \{\w+\}$", line.template)]


@pytest.mark.parametrize("line", LAST_IS_TEXT, ids=lambda line: line.template[:60])
@settings(max_examples=20)
@given(st.data())
def test_any_text_at_the_end_of_a_row_is_read_back(line: Line, data: st.DataObject) -> None:
    """Brackets, colons, quoted rows and odd letters: the error's text comes back as written."""
    name = list(_fields(line))[-1]
    foreign = st.text() | st.sampled_from([text for text, _, _ in SEED])
    values = {**data.draw(values_of(line)), name: data.draw(foreign)}
    row = lines_of(line.kind).index(line)
    others = {
        n: v for other in lines_of(line.kind) for n, v in data.draw(values_of(other)).items()
    }
    written = render(line.kind, {**others, **values})[row][1]
    assert [written] == (written.splitlines() or [""])
    found = parse(written)
    assert found is not None
    kind, fields = found
    assert (line.kind, written) == (kind, line.template.format_map(fields))
    assert {n: v for n, v in values.items() if n != name} == {
        n: v for n, v in fields.items() if n != name
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_a_foreign_line_break_forges_no_second_line(end: str) -> None:
    """A client's or a model's text stays on its one line, and is not read as the row it quotes."""
    quoted = "[WebSocket] Data emitted successfully (iteration 9)"
    data = {"iteration": 1, "error": f"closed{end}{quoted}", "exception": "X", "trace": "..."}
    text = render(Kind.EMIT_FAILED, data)[0][1]
    assert [f"[WebSocket] Emit error (iteration 1): closed\\n{quoted}"] == text.splitlines()
    error = {"iteration": 1, "error": f"closed\\n{quoted}"}
    assert (Kind.EMIT_FAILED, error) == parse(f"12:00 ERROR {text}")


def test_events_without_a_row_are_silent() -> None:
    """A PING is an event and no log line; a text that no row wrote is not read as one."""
    assert [] == render(Kind.PING_QUEUED, {"waiting": 0})
    assert parse("Received packet PONG data ") is None


def test_the_kinds_without_a_row_are_these() -> None:
    """Every kind of the server's work has its row; wire, taps, probe and injector are silent."""
    silent = [
        *(Kind.SESSION_STARTED, Kind.PROCESS_STARTED, Kind.PROCESS_ENDED, Kind.SESSION_ENDED),
        *(Kind.HANDSHAKE, Kind.PING_QUEUED, Kind.PING_WRITTEN, Kind.PING_RECEIVED),
        *(Kind.PONG_SENT, Kind.PONG_RECEIVED, Kind.CONNECTED, Kind.CONNECT_FAILED),
        *(Kind.DISCONNECTED, Kind.MESSAGE_RECEIVED, Kind.CLIENT_LOG),
        *(Kind.FORECAST_ASKED, Kind.FORECAST_ANSWERED),
        *(Kind.MESSAGE_EMITTED, Kind.MESSAGE_REFUSED, Kind.SHORT_SEND, Kind.WEBSOCKET_ENDED),
        *(Kind.SERVER_LOG, Kind.REQUEST_REFUSED, Kind.DISCONNECT_CALLED, Kind.STACK),
        *(Kind.MONITOR_STARTED, Kind.MONITOR_ENDED, Kind.SAMPLE),
        *(Kind.RELAY_LISTENING, Kind.RELAY_OPENED, Kind.RELAY_CLOSED),
        *(Kind.FAULT_BEGUN, Kind.FAULT_EFFECT, Kind.FAULT_ENDED),
    ]
    assert set(silent) == {kind for kind in Kind if not lines_of(kind)}


def test_a_missing_field_is_an_error_and_not_a_gap() -> None:
    """An event that lacks what its line names fails where it is written."""
    with pytest.raises(KeyError):
        render(Kind.EMIT_BEGUN, {"bytes": 1})
