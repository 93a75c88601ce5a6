"""A crowd in a process of its own against a real Socket.IO server that misbehaves on purpose."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import socketio
from werkzeug.serving import make_server

from granite_ws import contract
from granite_ws.edges.crowd import main
from granite_ws.edges.crowd_process import CrowdProcess, wait_until
from granite_ws.edges.crowd_tally import MemberView, tally

LIMIT_S = 30


def _job(asked: dict[str, Any], job_id: str, state: str) -> dict[str, Any]:
    return {"request_id": asked["request_id"], "job_id": job_id, "state": state, "code": ""}


class Desk:
    """Takes jobs on; ``behave`` says what else happens to the asking client."""

    def __init__(self, server: Any, behave: Callable[[Desk, str, dict[str, Any]], Any]) -> None:
        self.server = server
        self.jobs: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        self.followed: list[str] = []
        self._behave = behave
        server.on(contract.ASK, self._ask)
        server.on(contract.FOLLOW, self._follow)

    def answer(self, sid: str, job: dict[str, Any]) -> None:
        self.server.emit(contract.FORECAST, {**job, "state": "done"}, to=sid)

    def _ask(self, sid: str, asked: dict[str, Any]) -> Any:
        self.asked.append(asked)
        return self._behave(self, sid, asked)

    def _follow(self, sid: str, wanted: dict[str, Any]) -> Any:
        self.followed.append(wanted["job_id"])
        self.answer(sid, self.jobs[wanted["job_id"]])
        return self.jobs[wanted["job_id"]]


@contextmanager
def desk(behave: Callable[[Desk, str, dict[str, Any]], Any]) -> Iterator[tuple[Desk, str]]:
    server = socketio.Server(async_mode="threading")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        app = socketio.WSGIApp(server)
        http = make_server("127.0.0.1", port, app, threaded=True, fd=listener.fileno())
        threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield Desk(server, behave), f"http://127.0.0.1:{port}"
        finally:
            http.shutdown()


def crowd(url: str, record: Path, *options: str, until: dict[str, int]) -> list[MemberView]:
    """Lets a crowd connect, ask, and leave once all its figures have reached ``until``."""
    clients = int(options[options.index("--clients") + 1])
    with CrowdProcess(url, record, "--over", "0", *options) as one:
        here = wait_until([one], lambda told: told["connected"] == clients, seconds=LIMIT_S)
        assert here is not None
        one.ask()
        ended = wait_until(
            [one], lambda told: all(told[k] >= n for k, n in until.items()), seconds=LIMIT_S
        )
        assert ended is not None
        return one.end()


def test_every_client_is_answered_once(tmp_path: Path) -> None:
    """WebSocket and polling: each asks for its forecasts, no two for the same numbers."""

    def behave(desk: Desk, sid: str, asked: dict[str, Any]) -> Any:
        job = _job(asked, f"job-{len(desk.asked)}-{asked['request_id']}", "queued")
        desk.server.start_background_task(desk.answer, sid, job)
        return job

    options = ("--clients", "6", "--asks", "2", "--transport", "mixed", "--points", "5")
    with desk(behave) as (there, url):
        views = crowd(url, tmp_path / "record", *options, until={"taken": 12, "ended": 12})
        assert 12 == len({tuple(asked["series"]["values"]) for asked in there.asked})
        assert {5} == {len(asked["series"]["values"]) for asked in there.asked}
    assert {"websocket", "polling"} == {view.transport for view in views}
    sums = tally(views)
    assert (6, 6, 12, 12, 0, 0) == tuple(
        sums[name] for name in ("connected", "connects", "asked", "answered", "lost", "doubled")
    )


def test_a_dropped_client_comes_back_for_its_forecast(tmp_path: Path) -> None:
    """Its connection ends while the job is open: it reconnects, follows the job, is answered."""

    def behave(desk: Desk, sid: str, asked: dict[str, Any]) -> Any:
        desk.jobs["a"] = _job(asked, "a", "queued")
        engine = desk.server.manager.eio_sid_from_sid(sid, "/")

        def drop() -> None:
            time.sleep(0.3)  # the acknowledgement goes first
            desk.server.eio.sockets[engine].close(wait=False, abort=True)

        desk.server.start_background_task(drop)
        return desk.jobs["a"]

    with desk(behave) as (there, url):
        (view,) = crowd(
            url, tmp_path / "record", "--clients", "1", until={"connected": 1, "ended": 1}
        )
        assert ["a"] == there.followed
    assert 2 == len(view.connects)
    assert 1 == len(view.drops)
    assert (1, {"a": 1}) == (view.asks[0].follows, view.asks[0].arrivals)


def test_refused_is_asked_again_and_doubles_are_counted(tmp_path: Path) -> None:
    """A full queue says when to come back; an end that is sent twice is seen twice."""

    def behave(desk: Desk, sid: str, asked: dict[str, Any]) -> Any:
        if len(desk.asked) == 1:
            return {"error": "full", "code": "queue_full", "retry_after_s": 0.05}
        job = _job(asked, "a", "queued")
        desk.answer(sid, job)
        desk.answer(sid, job)
        return job

    with desk(behave) as (_, url):
        (view,) = crowd(url, tmp_path / "record", "--clients", "1", until={"taken": 1, "ended": 1})
    assert 1 == view.asks[0].refusals
    sums = tally([view])
    assert (1, 1, 1) == (sums["answered"], sums["doubled"], sums["refusals"])


@pytest.mark.parametrize("points", ["1", "745"])
def test_bad_input_is_exit_code_2(
    points: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that names the key; nothing is written."""
    assert 2 == main(["http://127.0.0.1:9", str(tmp_path / "record"), "--points", points])
    assert capsys.readouterr().err.startswith("granite-ws: error: crowd: --points")
    assert [] == list(tmp_path.iterdir())


def test_a_record_that_cannot_be_written_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anybody connects."""
    assert 2 == main(["http://127.0.0.1:9", str(tmp_path / "no" / "record")])
    assert "record" in capsys.readouterr().err
