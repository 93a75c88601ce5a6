"""Children of a session, and waiting for what they write."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from granite_ws.edges import forking
from granite_ws.edges.clients import SOCKET_IO_CLIENT
from granite_ws.edges.clock import Clock
from granite_ws.edges.process import ChildProcess, wait_for, watch_until
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import EVENTS_FILE, read_events
from granite_ws.errors import ServerRefused, SessionFailed
from granite_ws.events import Event, Kind, Witness

STAYS = "import sys; sys.stdin.read()"
LIMIT_S = 20.0


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


@pytest.fixture
def runner(events: Path) -> Iterator[Recorder]:
    recorder = Recorder(Witness.RUNNER, events)
    yield recorder
    recorder.close()


def start(runner: Recorder, code: str, **options: object) -> ChildProcess:
    return ChildProcess("probe", [sys.executable, "-c", code], runner, **options)


def connect(runner: Recorder, client_kind: str) -> Event:
    return runner.record(Kind.CONNECTED, sid=client_kind, client=1, client_kind=client_kind)


def test_a_kind_of_client_is_waited_for_by_name(events: Path, runner: Recorder) -> None:
    """Another kind's connection is not this one's: the slowest decides when all are there."""
    child = start(runner, STAYS)
    try:
        connect(runner, "node")
        with pytest.raises(SessionFailed, match="gave no connected within"):
            wait_for(events, Kind.CONNECTED, child, Clock(), seconds=0.2, client_kind="python")
        connect(runner, "python")
        for kind, expected in (("python", "python"), ("node", "node"), (None, "node")):
            found = wait_for(
                events, Kind.CONNECTED, child, Clock(), seconds=LIMIT_S, client_kind=kind
            )
            assert expected == found.sid
    finally:
        child.end()


def test_a_child_that_ends_first_is_told_with_its_last_words(
    events: Path, runner: Recorder, tmp_path: Path
) -> None:
    """The last line of its output says why; a refusal (exit code 2) keeps its own words."""
    output = tmp_path / "output.log"
    broken = start(runner, "raise SystemExit('no such thing')", output=output)
    with pytest.raises(SessionFailed, match="exit code 1 before connected: no such thing"):
        wait_for(events, Kind.CONNECTED, broken, Clock(), seconds=LIMIT_S)
    refusal = "import sys; print('granite-ws: error: port is taken'); sys.exit(2)"
    refuses = start(runner, refusal, output=output)
    with pytest.raises(ServerRefused, match=r"^port is taken$"):
        wait_for(events, Kind.LISTENING, refuses, Clock(), seconds=LIMIT_S)


def test_an_end_that_was_asked_for_is_recorded_as_such(events: Path, runner: Recorder) -> None:
    """Once, with asked true; ending it again changes nothing."""
    child = start(runner, STAYS)
    child.end()
    child.end()
    (ended,) = read_events(events).of(Kind.PROCESS_ENDED)
    assert (True, child.pid) == (ended.data["asked"], ended.data["pid"])


def test_children_may_be_asked_before_they_are_waited_for(events: Path, runner: Recorder) -> None:
    """All leave side by side; each is told once, as asked for, with the signal's number."""
    children = [start(runner, STAYS) for _ in range(2)]
    for child in children:
        child.ask_to_end()
    for child in children:
        child.ask_to_end()
        child.end()
    told = [(e.data["pid"], e.data["asked"]) for e in read_events(events).of(Kind.PROCESS_ENDED)]
    assert [(child.pid, True) for child in children] == told


def test_nothing_outlives_a_runner_that_was_killed(tmp_path: Path) -> None:
    """A session of fresh processes whose runner gets SIGKILL: its server and clients end."""
    folder = tmp_path / "session"
    kinds = "python,node" if shutil.which("node") and SOCKET_IO_CLIENT.is_file() else "python"
    code = (
        "import sys; from pathlib import Path; from granite_ws import Settings, run_session\n"
        f"settings = Settings(data='elnino', engine='smoothing', duration_s=60, "
        f"client_kinds={kinds!r})\n"
        f"run_session(settings, out=Path({str(folder)!r}))\n"
    )
    count = kinds.count(",") + 1
    with subprocess.Popen([sys.executable, "-c", code]) as session:
        deadline = Clock().now_ns() + int(3 * LIMIT_S * 1e9)
        watch_until(
            deadline,
            Clock(),
            lambda: len(read_events(folder / EVENTS_FILE).of(Kind.CONNECTED)) < count,
        )
        started = read_events(folder / EVENTS_FILE).of(Kind.PROCESS_STARTED)
        children = [psutil.Process(e.data["pid"]) for e in started if runs(e.data["pid"])]
        session.kill()
    assert count + 1 == len(children)
    watch_until(deadline, Clock(), lambda: any(runs(child.pid) for child in children))
    assert [] == [child for child in children if runs(child.pid)]


def runs(pid: int) -> bool:
    """Whether it does more than wait for whoever adopted it to ask for its exit code."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_an_order_is_one_line_and_a_dead_child_takes_none(
    runner: Recorder, tmp_path: Path
) -> None:
    """JSON on its standard input; afterwards an order is no error."""
    output = tmp_path / "output.log"
    child = start(runner, "import sys; print(sys.stdin.readline())", output=output)
    child.order(fault="x", seconds=1)
    deadline = Clock().now_ns() + int(LIMIT_S * 1e9)
    watch_until(deadline, Clock(), lambda: child.ended() is None)
    assert 0 == child.ended()
    assert '{"fault": "x", "seconds": 1}' == child.last_words()
    child.order(fault="y")


def test_watching_ends_at_the_deadline_or_when_told() -> None:
    """It asks at least once, and stops at the first no."""
    asked: list[int] = []
    clock = Clock()
    watch_until(clock.now_ns() + int(LIMIT_S * 1e9), clock, lambda: bool(asked.append(1)))
    watch_until(clock.now_ns(), clock, lambda: bool(asked.append(2)))
    assert [1] == asked


def ask_to_start(
    runner: Recorder, monkeypatch: pytest.MonkeyPatch, command: list[str], **options: object
) -> tuple[str, list[object]]:
    """How the child of this command is started, and what is forked; nothing runs afterwards."""
    forked: list[object] = []
    fork, was_warm = forking.fork, forking._warm

    def stand_in(target: str, arguments: list[str], **_: object) -> object:
        forked.append((target, arguments))
        return subprocess.Popen([sys.executable, "-c", STAYS], stdin=subprocess.PIPE)

    monkeypatch.setattr(forking, "fork", stand_in)
    monkeypatch.setattr(forking, "_warm", True)
    try:
        child = ChildProcess("server", command, runner, **options)
        child.drain()
        child.end()
    finally:
        monkeypatch.setattr(forking, "fork", fork)
        monkeypatch.setattr(forking, "_warm", was_warm)
    assert runner.path is not None
    return read_events(runner.path).of(Kind.PROCESS_STARTED)[-1].data["start"], forked


OURS = [sys.executable, "-m", "granite_ws.edges.probe", "--help"]


@pytest.mark.skipif(not forking.supported(), reason="this system forks nothing")
def test_a_program_of_ours_is_forked_from_a_warm_server(
    runner: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its own arguments; the record says so."""
    start, forked = ask_to_start(runner, monkeypatch, OURS)
    assert start == "forked"
    assert forked == [("granite_ws.edges.probe:main", ["--help"])]


@pytest.mark.parametrize(
    ("command", "options", "start_variable"),
    [
        ([sys.executable, "-c", STAYS], {}, ""),
        ([sys.executable, "-m", "json.tool", "--help"], {}, ""),
        (OURS, {"forkable": False}, ""),
        (OURS, {"unread": True}, ""),
        (OURS, {}, "fresh"),
    ],
    ids=["other code", "other module", "must come first", "pipe nobody reads", "forbidden"],
)
def test_everything_else_starts_afresh(
    runner: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    options: dict[str, object],
    start_variable: str,
) -> None:
    """Also where a warm server is there; the record says so."""
    monkeypatch.setenv(forking.VARIABLE, start_variable)
    assert ask_to_start(runner, monkeypatch, command, **options) == ("fresh", [])
