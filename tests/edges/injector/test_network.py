"""How the network's faults that are not the relay's are carried out; and a real nginx."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import engineio.base_socket
import engineio.socket
import psutil
import pytest

from granite_ws.diagnosis.verdict import Verdict
from granite_ws.edges import store
from granite_ws.edges.cast import Cast
from granite_ws.edges.clock import Clock
from granite_ws.edges.injector.network import ACTS, PREPARE, SCENES, SteppedTime
from granite_ws.edges.injector.stage import Scene, ServerStage
from granite_ws.edges.nginx import find_nginx, running
from granite_ws.edges.process import wait_for
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness
from granite_ws.faults import LAB
from granite_ws.run import judge
from granite_ws.settings import Settings
from granite_ws.trial import run_trial


def _stage(path: Path, fault: str, server: Any = None) -> ServerStage:
    recorder = Recorder(Witness.INJECTOR, path)
    return ServerStage(Settings(fault=fault), recorder, None, server, emit=lambda *_: None)


def _effects(path: Path) -> list[float]:
    return [event.data["amount"] for event in read_events(path).of(Kind.FAULT_EFFECT)]


def test_the_servers_interval_is_no_whole_number_of_seconds(tmp_path: Path) -> None:
    """What the server waits and what it will tell differ by the fraction."""
    server = SimpleNamespace(ping_interval=1)
    stage = _stage(tmp_path / "events.jsonl", "fractional_ping_interval", server)
    PREPARE["fractional_ping_interval"](stage)
    ACTS["fractional_ping_interval"](stage, 0)
    assert 1.9 == server.ping_interval
    assert [pytest.approx(0.9)] == _effects(tmp_path / "events.jsonl")


def test_the_clock_jumps_between_a_pings_stamp_and_the_next_look() -> None:
    """Whoever looks before a PING is sent sees no jump, the PING's own stamp is the last."""
    stepped = SteppedTime(SimpleNamespace(time=lambda: 100.0, sleep="sleep"), 60.0)

    def _send_ping() -> float:
        return stepped.time()

    assert (100.0, 100.0, 160.0) == (stepped.time(), _send_ping(), stepped.time())
    assert "sleep" == stepped.sleep


def test_a_step_is_seen_by_the_heartbeat_and_by_its_witness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both modules of Engine.IO, and the events' wall clock, are ahead by the same minute."""
    monkeypatch.setattr(Clock, "utc", Clock.utc)
    monkeypatch.setattr(engineio.base_socket, "time", engineio.base_socket.time)
    monkeypatch.setattr(engineio.socket, "time", engineio.socket.time)
    before = engineio.socket.time.time()
    pinged = threading.Timer(0.1, _send_ping)
    pinged.start()
    ACTS["wall_clock_step"](_stage(tmp_path / "events.jsonl", "wall_clock_step"), 5)
    pinged.join()
    assert [60.0] == _effects(tmp_path / "events.jsonl")
    assert 60 <= engineio.socket.time.time() - before < 75
    assert engineio.base_socket.time is engineio.socket.time


def _send_ping() -> None:
    """As Engine.IO's own: it stamps the PING by its module's clock."""
    engineio.socket.time.time()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(["sleep", "60"])
    yield child
    child.send_signal(signal.SIGCONT)
    child.kill()
    child.wait()


def test_clients_are_stopped_once_connected_and_go_on_afterwards(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    """Stopped while the scene lasts; the end of the session sets them free."""
    path, over = tmp_path / "events.jsonl", threading.Event()
    scene: Any = SimpleNamespace(
        settings=Settings(fault="second_heartbeat"),
        events=path,
        probes={"python": SimpleNamespace(pid=sleeper.pid)},
        over=over,
        effect=lambda *_: None,
    )
    recorder = Recorder(Witness.PROBE, path)
    act = threading.Thread(target=SCENES["second_heartbeat"], args=(scene, 60))
    act.start()
    child = psutil.Process(sleeper.pid)
    assert child.status() != psutil.STATUS_STOPPED
    recorder.record(Kind.CONNECTED, sid="A", client=1)
    deadline = recorder.clock.now_ns() + 10**10
    while child.status() != psutil.STATUS_STOPPED:
        assert recorder.clock.now_ns() < deadline
    over.set()
    act.join(10)
    assert child.status() != psutil.STATUS_STOPPED


def test_a_session_that_ends_before_anybody_connects_stops_nobody(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    """Nothing to do, and nothing to heal."""
    path, over = tmp_path / "events.jsonl", threading.Event()
    Recorder(Witness.PROBE, path)
    over.set()
    scene: Any = Scene(
        settings=Settings(fault="second_heartbeat"),
        recorder=Recorder(Witness.INJECTOR, path),
        events=path,
        server=SimpleNamespace(),  # type: ignore[arg-type]
        probes={"python": SimpleNamespace(pid=sleeper.pid)},  # type: ignore[dict-item]
        relay=None,
        over=over,
        restart_server=lambda: None,  # type: ignore[arg-type, return-value]
    )
    SCENES["second_heartbeat"](scene, 60)
    assert _effects(path) == []


# --------------------------------------------------------------------------- behind a real nginx

needs_nginx = pytest.mark.skipif(find_nginx() is None, reason="no nginx is installed here")


def _behind_nginx(folder: Path, front: dict[str, Any], **changes: Any) -> Verdict:
    """A real session through nginx, which does what it does; nothing is injected."""
    own = {**LAB, "client_kinds": "python", "forecast_every": 0, **changes}
    session = store.create_session(folder, Settings.from_mapping(own, where="test"), {})
    recorder = Recorder(Witness.RUNNER, folder / store.EVENTS_FILE)
    clock = recorder.clock
    with Cast(session, recorder) as cast:
        server = cast.start_server()
        at = wait_for(cast.events, Kind.LISTENING, server, clock, seconds=60).data
        with running(folder / "nginx", [(at["host"], at["port"])], **front) as (host, port):
            cast.start_relay({"host": host, "port": port})
            cast.start_probes()
            probe = cast.probes["python"]
            wait_for(cast.events, Kind.CONNECTED, probe, clock, seconds=60)
            clock.sleep(own["duration_s"])
            probe.end()
    return judge(store.read_session(folder))


@needs_nginx
def test_nginx_cuts_what_is_silent_for_longer_than_its_read_timeout(tmp_path: Path) -> None:
    """``proxy_read_timeout`` below ping_interval: named, with every drop explained."""
    verdict = _behind_nginx(
        tmp_path / "session",
        # nginx cuts up to 0.3 s early (NGX_TIMER_LAZY_DELAY); the feed's interval leaves room for
        # that: no silence before a message is nearly as long as one that is cut.
        {"read_timeout_s": 2.0},
        clients=3,
        ping_interval=8,
        point_interval_s=3.2,
        duration_s=13,
    )
    assert {"proxy_idle_timeout"} == {drop.cause for drop in verdict.drops}
    assert len(verdict.drops) >= 3


@needs_nginx
def test_nginx_without_upgrade_headers_keeps_clients_on_polling(tmp_path: Path) -> None:
    """No drop; the trouble is named."""
    front = {"upgrade": False}
    verdict = _behind_nginx(tmp_path / "session", front, transport="upgrade", duration_s=3)
    assert verdict.drops == ()
    assert ["upgrade_failed"] == [finding.cause for finding in verdict.troubles]


def test_two_servers_behind_one_address_refuse_each_others_sessions(tmp_path: Path) -> None:
    """A whole trial: relay, second server, a polling client that never gets through."""
    trial = run_trial(
        "no_sticky_session", out=tmp_path / "session", client_kinds="python", duration_s=4
    )
    assert "" == trial.void
    assert ("no_sticky_session",) == trial.named
    assert len(trial.session.log.of(Kind.LISTENING)) == 2
