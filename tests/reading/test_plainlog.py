"""Plain logs become events: logs of real runs (fixtures/logs) and drawn ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from granite_ws.events import Event, EventLog, Kind
from granite_ws.loglines import TABLE, render
from granite_ws.reading.plainlog import LogText, read_plain_logs
from granite_ws.timeline import Connection, read_timeline

FIXTURES = Path(__file__).parents[1] / "fixtures/logs"
SID, OTHER = "Z2MVIPJtUHwCNMmXAAAA", "MFInqiOd6rlgawRhAAAC"


def real(*names: str) -> EventLog:
    """The logs of one real run, as they were printed."""
    texts = [(FIXTURES / f"{name}.log").read_text().splitlines() for name in names]
    return read_plain_logs(
        [LogText(name, tuple(lines)) for name, lines in zip(names, texts, strict=True)]
    )


def drawn(*files: str) -> EventLog:
    return read_plain_logs([LogText("f", tuple(file.splitlines())) for file in files])


def ends(log: EventLog) -> list[tuple[str, str | None, str | None, bool]]:
    def told(one: Connection) -> tuple[str, str | None, str | None, bool]:
        return (one.client_kind, one.client_reason, one.server_reason, one.dropped)

    return sorted(map(told, read_timeline(log).connections))


@pytest.mark.parametrize("shape", ["stamped", "tsfm"])
def test_a_real_run_is_told_by_both_sides(shape: str) -> None:
    """With times and, as tsfm_public leaves it, without: both sides' words on each end."""
    log = real(*(f"{name}-{shape}" for name in ("server", "node", "own", "hold")))
    assert [
        ("node", "parse error", "transport close", True),
        ("python", "client disconnect", "transport close", False),
        ("python", "transport error", "transport close", True),
    ] == ends(log)


def test_a_log_may_begin_with_a_line_that_only_ties_ids() -> None:
    """The connect packet makes no event; alone it leaves the log empty."""
    connect = f'{SID}: Sending packet MESSAGE data 0{{"sid":"{OTHER}"}}'
    assert 0 == len(drawn(connect)) == drawn(connect).skipped
    assert 1 == len(drawn(f"{connect}\n{SID}: Received packet PONG data "))


@pytest.mark.parametrize(
    "text", ["[WebSocket] Client connected: AAAA", "out of memory", "MemoryError", "ping timeout"]
)
def test_what_somebody_wrote_into_a_message_is_no_line_of_ours(text: str) -> None:
    """A packet's line is read as its packet, whatever is in it."""
    for way, events in (("Sending", 1), ("Received", 0)):
        line = f'{SID}: {way} packet MESSAGE data 2["chat","{text}"]'
        log = drawn(f"2026-01-01 00:00:00,000 INFO engineio.server: {line}")
        assert [Kind.MESSAGE_EMITTED] * events == [event.kind for event in log]


@pytest.mark.parametrize("shape", ["stamped", "tsfm"])
def test_lines_that_came_twice_are_one_event(shape: str) -> None:
    """Three OPEN packets, three PINGs, two PONGs, three messages, one of them with a NaN."""
    log = real(f"server-{shape}")
    kinds = (Kind.HANDSHAKE, Kind.PING_QUEUED, Kind.PONG_RECEIVED, Kind.MESSAGE_EMITTED)
    assert [3, 3, 2, 3] == [len(log.of(kind)) for kind in kinds]
    assert [1, 0, 0] == [event.data["non_finite"] for event in log.of(Kind.MESSAGE_EMITTED)]


def test_the_nan_is_in_the_last_packet_of_the_lost_connection() -> None:
    """Seen from the server alone: the sid that vanishes was sent a NaN just before."""
    log = real("server-stamped")
    lost = log.of(Kind.CLIENT_DISCONNECTED)[0]
    sent = [e for e in log.of(Kind.MESSAGE_EMITTED) if e.sid == lost.sid][-1]
    assert 1 == sent.data["non_finite"]
    assert 0 < lost.at_ns - sent.at_ns < 10_000_000


def test_durations_of_dated_logs_are_those_of_the_run() -> None:
    """The Python client gave up 3.0 s after it connected: both of its lines carry a date."""
    timeline = read_timeline(real("server-stamped", "hold-stamped"))
    (held,) = [one for one in timeline.connections if one.client_reason]
    assert 3.0 == pytest.approx(((held.ended_ns or 0) - held.connected_ns) / 1e9, abs=0.05)
    assert "Server has stopped communicating, aborting" == held.client_log


def test_a_log_without_times_claims_none() -> None:
    """Every event of the formats without a time says ``timeless``, in the order of its lines."""
    log = real("hold-tsfm")
    assert all(event.data["timeless"] for event in log)
    assert [Kind.CONNECTED, Kind.DISCONNECTED] == [log.events[0].kind, log.events[-1].kind]


def test_the_seeds_own_lines_are_read() -> None:
    """The seed document's healthy lines, as they stand there, with an emoji and without."""
    log = drawn(
        "✅ [ForecastService/Granite] Preparing data: 512 points\n"
        "[ForecastService/Granite] DataFrame shape: (512, 2)\n"
        "[ForecastService/Granite] Starting prediction with 96 steps...\n"
        "[ForecastService/Granite] Prediction completed in 2.345s\n"
        "[WebSocket] Emitting data: 15234 bytes (iteration 42)\n"
        "❌ [WebSocket] Emit error (iteration 42): Connection closed\n"
        "[WebSocket] Exception type: ConnectionError\n"
    )
    kinds = [Kind.DATA_PREPARED, Kind.PREDICTION_BEGUN, Kind.PREDICTION_DONE, Kind.EMIT_BEGUN]
    assert [*kinds, Kind.EMIT_FAILED] == [event.kind for event in log]
    assert {"points": 512, "shape": "(512, 2)", "timeless": True} == log.events[0].data
    assert "ConnectionError" == log.events[-1].data["exception"]


def test_a_traceback_belongs_to_the_line_above() -> None:
    """What was raised is kept with the library's ERROR; the lines after it are read again."""
    log = drawn(
        "2026-01-02 12:00:00,000 ERROR Unknown receive error\n"
        "Traceback (most recent call last):\n"
        '  File "x.py", line 1, in f\n'
        "RuntimeError: can't start new thread\n"
        f"2026-01-02 12:00:01,000 INFO {SID}: Sending packet PING data None\n"
    )
    error, ping = log.events
    assert "RuntimeError: can't start new thread" == error.data["exception"]
    assert Kind.PING_QUEUED == ping.kind


def test_a_record_with_a_traceback_that_came_twice_is_one_event() -> None:
    """Bare and formatted, each with its traceback; an earlier error is not given its words."""
    trace = 'Traceback (most recent call last):\n  File "x.py"\nValueError: Too many packets\n'
    log = drawn(
        f"ERROR:engineio.server:Invalid session {SID} (further\n"
        f"post request handler error\n{trace}"
        f"ERROR:engineio.server:post request handler error\n{trace}"
    )
    assert ["", "ValueError: Too many packets"] == [e.data["exception"] for e in log]


def test_what_a_thread_raised_is_told_between_other_lines() -> None:
    """A traceback under no library's line is an event; other threads' lines in it are read."""
    log = drawn(
        "Exception in thread Thread-9 (work):\nTraceback (most recent call last):\n"
        '  File "x.py", line 1, in work\n'
        f"INFO:engineio.server:{SID}: Sending packet PING data None\n"
        "TypeError: Object of type float32 is not JSON serializable\n"
        f"{SID}: Received packet PONG data \n"
    )
    assert [Kind.PING_QUEUED, Kind.SERVER_LOG, Kind.PONG_RECEIVED] == [e.kind for e in log]
    assert log.events[1].data["line"].startswith("TypeError: Object of type float32")


def test_emits_are_told_by_socketio_where_engineio_is_silent() -> None:
    """Without packets the name of the event is all there is; with them it is not said twice."""
    line = 'emitting event "disconnecting" to all [/]\n'
    assert [Kind.SERVER_LOG] == [event.kind for event in drawn(line)]
    both = drawn(f'{line}{SID}: Sending packet MESSAGE data 2["disconnecting"]\n')
    assert [Kind.MESSAGE_EMITTED] == [event.kind for event in both]


FACTS = {
    "d": st.integers(0, 10**6),
    ".3f": st.integers(0, 10**6).map(lambda n: n / 1000),
    ".4f": st.integers(0, 10**6).map(lambda n: n / 1000),
    "": st.from_regex(r"[a-z]{3}[a-z0-9]{0,6}", fullmatch=True),
}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_the_contract_writes_is_read_back(data: st.DataObject) -> None:
    """Any row of the table, with a time stamp and a level before it, gives its kind and fields."""
    from string import Formatter

    row = data.draw(st.sampled_from([row for row in TABLE if "\n" not in row.template]))
    facts = {
        name: data.draw(FACTS[spec or ""])
        for _, name, spec, _ in Formatter().parse(row.template)
        if name
    }
    text = row.template.format_map(facts)
    (found,) = [
        e for e in drawn(f"2026-01-02 12:00:00,000 INFO    {text}\n") if e.kind is row.kind
    ]
    assert facts.items() <= found.data.items()


def test_an_event_of_several_rows_is_one_event() -> None:
    """All lines that ``render`` writes for one event come back as one."""
    facts = {"iteration": 3, "error": "gone", "exception": "OSError", "trace": "..."}
    lines = "\n".join(text for _, text in render(Kind.EMIT_FAILED, facts))
    (found,) = drawn(lines).of(Kind.EMIT_FAILED)
    assert {"iteration": 3, "error": "gone", "exception": "OSError"}.items() <= found.data.items()


pieces = st.sampled_from(
    [
        *(path.read_text() for path in sorted(FIXTURES.glob("hold-*.log"))),
        "[WebSocket] Client disconnected: x (ping timeout)",
        "disconnect parse error {",
        "Received packet CLOSE data ",
        "Traceback (most recent call last):",
        "12:00:00 connected Z2MVIPJtUHwCNMmXAAAA",
        f"{SID}: Sending packet PING data None",
    ]
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(pieces | st.text(max_size=40), max_size=5), max_size=3))
def test_any_text_is_read_without_an_error(files: list[list[str]]) -> None:
    """Never an exception; every event is strict JSON, in order, and makes a timeline."""
    log = drawn(*("\n".join(parts) for parts in files))
    assert [e.at_ns for e in log] == sorted(e.at_ns for e in log)
    for event in log:
        assert event.kind is Event.from_line(event.to_line()).kind
    read_timeline(log)
