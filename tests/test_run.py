"""Sessions with real processes, real sockets and real signals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from granite_ws import Session, Settings, judge, read_session, run_session
from granite_ws.diagnosis.verdict import CHECKS, Outcome, cause_of, diagnose
from granite_ws.edges.store import read_events
from granite_ws.errors import ModelError, OutputError, SeriesError, ServerRefused, SettingsError
from granite_ws.events import Event, Kind, Witness
from granite_ws.run import limits_of
from tests.conftest import QUICK, alive

LIMIT_S = 60.0


def grep(pattern: str, session: Session) -> list[str]:
    log = session.folder / "granite_debug.log"
    found = subprocess.run(["grep", pattern, str(log)], capture_output=True, text=True, check=True)
    return found.stdout.splitlines()


def wait_for(events: Path, wanted: Callable[[Event], bool]) -> Event:
    """The first event that is wanted, within an absolute deadline."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        for event in read_events(events):
            if wanted(event):
                return event
        time.sleep(0.02)
    raise AssertionError("the event never came")


def disturb(folder: Path, act: Callable[[int], None], **settings: object) -> Session:
    """Runs a session and does ``act(server pid)`` after its client's second PONG."""
    sessions: list[Session] = []
    made = Settings(**{**QUICK, **settings})
    thread = threading.Thread(
        target=lambda: sessions.append(run_session(made, out=folder)), daemon=True
    )
    thread.start()
    events = folder / "events.jsonl"
    pid = wait_for(
        events, lambda e: e.kind is Kind.PROCESS_STARTED and e.data["role"] == "server"
    ).data["pid"]
    first = wait_for(events, lambda e: e.kind is Kind.PONG_RECEIVED)
    wait_for(events, lambda e: e.kind is Kind.PONG_RECEIVED and e.at_ns > first.at_ns)
    act(pid)
    thread.join(LIMIT_S)
    assert sessions, "the session did not end"
    return sessions[0]


def test_a_quiet_session_holds(held: Session) -> None:
    """Nothing goes wrong: every forecast arrives, no drop, exit code 0."""
    verdict = judge(held)
    assert (Outcome.HELD, 0) == (verdict.outcome, verdict.exit_code)
    assert len(verdict.timeline.predictions) >= 20
    delivered = [emit for emit in verdict.timeline.emits if emit.received_ns]
    assert len(delivered) >= 20


def test_the_folder_holds_what_was_promised(held: Session) -> None:
    """session.json, events.jsonl and granite_debug.log are there and can be read again."""
    names = {path.name for path in held.folder.iterdir()}
    assert {"session.json", "events.jsonl", "granite_debug.log"} <= names
    again = read_session(held.folder)
    assert (held.settings, len(held.log)) == (again.settings, len(again.log))
    assert again.log.skipped == 0


def test_both_sides_see_each_ping_in_order_on_one_clock(held: Session) -> None:
    """Queued, written, received, answered, processed: ascending times from two processes."""
    rounds = [p for p in judge(held).timeline.pings if p.pong_received_ns is not None]
    assert len(rounds) >= 3
    for ping in rounds:
        stages = [
            ping.queued_ns,
            ping.written_ns,
            ping.received_ns,
            ping.pong_sent_ns,
            ping.pong_received_ns,
        ]
        assert None not in stages
        # The PONG is queued by one thread while another may already write it: the last two
        # stages are therefore compared with the reception only.
        assert ping.queued_ns <= ping.written_ns <= ping.received_ns < ping.pong_received_ns


def test_every_witness_wrote(held: Session) -> None:
    """Runner, server, probe and sampler each left events; where nothing is broken on purpose the
    injector left none, and where the server makes its own forecasts no worker did.
    """
    assert set(Witness) - {Witness.INJECTOR, Witness.WORKER} == {
        event.witness for event in held.log
    }


def test_no_number_on_the_wire_is_not_finite(held: Session) -> None:
    """The probe decoded every message and met no NaN and no infinity."""
    messages = held.log.of(Kind.MESSAGE_RECEIVED)
    assert messages
    assert sum(event.data.get("non_finite", 0) for event in messages) == 0


def test_the_seeds_greps_work_on_the_log(held: Session) -> None:
    """The three greps of the seed find their lines in granite_debug.log."""
    assert any("[WebSocket] Emitting data: " in line for line in grep("WebSocket", held))
    assert any("[ForecastService/Granite]" in line for line in grep("Granite", held))
    for line in grep("Prediction completed in", held):
        assert re.search(r"Prediction completed in \d+\.\d{3}s$", line)


def test_the_log_has_each_library_line_once(held: Session) -> None:
    """Socket.IO's own lines are in the log, with our time stamp, and not twice."""
    lines = grep('emitting event "connected"', held)
    assert len(lines) == 1
    assert re.match(r"\d{4}-\d\d-\d\d .* INFO    socketio\.server: ", lines[0])


def test_no_process_outlives_its_session(held: Session) -> None:
    """Server and probe are gone when run_session returns."""
    pids = [event.data["pid"] for event in held.log.of(Kind.PROCESS_STARTED)]
    assert len(pids) == 2
    assert [pid for pid in pids if alive(pid)] == []


def test_a_killed_server_is_named(tmp_path: Path) -> None:
    """SIGTERM from elsewhere drops the client; the verdict names it with its evidence."""
    session = disturb(tmp_path / "s", lambda pid: os.kill(pid, signal.SIGTERM), duration_s=30)
    verdict = judge(session)
    assert (Outcome.DROPPED, 1) == (verdict.outcome, verdict.exit_code)
    assert {"server_ended"} == {drop.cause for drop in verdict.drops}
    supported = [finding for finding in verdict.findings if finding.code == "GWS201"]
    assert "code 0" in supported[0].claim
    assert supported[0].evidence[0].data["exit_code"] == 0


def test_a_stopped_server_is_named_and_unknown_without_its_rule(tmp_path: Path) -> None:
    """SIGSTOP drops the client: named; with that rule left out it is unknown, exit code 3."""

    def stand_still(pid: int) -> None:
        # Until the client gave up: its own words are then in the events.
        os.kill(pid, signal.SIGSTOP)
        try:
            wait_for(tmp_path / "s/events.jsonl", lambda e: e.kind is Kind.DISCONNECTED)
        finally:
            os.kill(pid, signal.SIGCONT)

    session = disturb(tmp_path / "s", stand_still, duration_s=12)
    verdict = judge(session)
    assert verdict.drops[0].cause == "server_suspended"
    others = tuple(check for check in CHECKS if cause_of(check) != "server_suspended")
    blind = diagnose(session.log, limits_of(session.settings), checks=others)
    assert (Outcome.DROPPED, 3) == (blind.outcome, blind.exit_code)
    assert blind.drops[0].cause == "unknown"
    first = verdict.drops[0].connection
    assert (False, "transport error") == (first.own, first.client_reason)
    assert max(stall.seconds for stall in verdict.timeline.stalls) > 1.5


def test_events_survive_a_kill_at_any_moment(tmp_path: Path) -> None:
    """After SIGKILL of everything the folder can still be read and judged, as unknown."""
    folder = tmp_path / "s"
    code = (
        "from pathlib import Path; from granite_ws import Settings, run_session;"
        f"run_session(Settings(**{dict(QUICK, duration_s=60)!r}), out=Path({str(folder)!r}))"
    )
    runner = subprocess.Popen([sys.executable, "-c", code])
    events = folder / "events.jsonl"
    wait_for(events, lambda e: e.kind is Kind.PONG_RECEIVED)
    runner.kill()
    runner.wait()
    # They end by themselves; the last of them may still be at it.
    for event in read_events(events).of(Kind.PROCESS_STARTED):
        with suppress(ProcessLookupError):
            os.kill(event.data["pid"], signal.SIGKILL)
    session = read_session(folder)
    assert session.log.skipped <= 1
    assert judge(session).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"data": "no-such.csv"}, SeriesError),
        ({"model_path": "no/such/folder"}, ModelError),
    ],
)
def test_bad_input_starts_nothing(
    tmp_path: Path, settings: dict[str, object], error: type[Exception]
) -> None:
    """What cannot be used is refused before a folder or a process exists."""
    with pytest.raises(error):
        run_session(Settings(**{**QUICK, **settings}), out=tmp_path / "s")
    assert list(tmp_path.iterdir()) == []


def test_a_used_folder_is_left_alone(tmp_path: Path) -> None:
    """A folder with somebody's files is refused and stays as it was."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="new or empty"):
        run_session(Settings(**QUICK), out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_settings_are_checked_before_anything() -> None:
    """A setting out of range never reaches a server."""
    with pytest.raises(SettingsError):
        Settings(**{**QUICK, "ping_interval": 0})


def test_what_only_the_server_can_refuse_is_told_in_its_words(tmp_path: Path) -> None:
    """A host that is not this machine's is the server's own clear line, not an exit code."""
    with pytest.raises(ServerRefused, match=r"serve: host|serve: port"):
        run_session(Settings(**QUICK | {"host": "192.0.2.1"}), out=tmp_path / "s")


def test_many_clients_leave_in_time(tmp_path: Path) -> None:
    """Eight clients close side by side; each closing is seen, and the session held."""
    verdict = judge(run_session(Settings(**QUICK | {"clients": 8}), out=tmp_path / "s"))
    assert Outcome.HELD is verdict.outcome
    assert [True] * 8 == [connection.own for connection in verdict.timeline.connections]
