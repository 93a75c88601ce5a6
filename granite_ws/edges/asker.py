"""A client that asks for forecasts, again and again, and writes down when each was answered."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable
from typing import Any

import requests

from granite_ws import contract
from granite_ws.edges.client_view import ClientView
from granite_ws.edges.clock import Clock
from granite_ws.events import Kind
from granite_ws.loads import Load

EVENT, REST = "event", "rest"
# How often (seconds) a job that was accepted (202) is asked for, and how long an answer may take.
_LOOK_S = 0.2
_HTTP_S = 60.0

# Sends one event with a payload and a function for its acknowledgement; from any thread.
Emit = Callable[[str, dict[str, Any], Callable[..., None]], None]


def add_options(parser: argparse.ArgumentParser) -> None:
    """What a probe's command line has for this; ``load_of`` reads it."""
    parser.add_argument("--ask-every", type=float, default=0, help="seconds, 0: asks nothing")
    parser.add_argument("--ask-first", type=float, default=0.5, help="seconds")
    parser.add_argument("--ask-at-once", type=int, default=0, help="asks of all clients together")
    parser.add_argument("--ask-by", choices=(EVENT, REST), default=EVENT)
    parser.add_argument("--all-clients", type=int, default=1, help="clients of all kinds")


def load_of(options: argparse.Namespace) -> Load | None:
    """The load that the command line asks for; None where nothing is to be asked."""
    if not options.ask_every:
        return None
    return Load(options.ask_every, options.ask_at_once, options.ask_first)


class Asker:
    """Asks on a thread of its own, so that the client's heartbeat never waits for it.

    It asks nothing while the client is not connected, and goes on when it has come back.
    """

    def __init__(
        self,
        view: ClientView,
        load: Load,
        options: argparse.Namespace,
        *,
        emit: Emit,
        is_connected: Callable[[], bool],
    ) -> None:
        self._view, self._load, self._url = view, load, options.url
        self._by = options.ask_by
        self._at_once = load.asks_of(view.client - 1, options.all_clients)
        self._emit, self._is_connected = emit, is_connected
        self._clock = Clock()
        self._asked: dict[str, int] = {}
        self._count = 0
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins with the client's first connection; a later one finds it at work."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="asker", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Asks nothing more."""
        self._over.set()

    def answered(self, told: Any) -> None:
        """``forecast``, ``forecast_error``, or an acknowledgement, as the client received it.

        A job that is only queued is no answer; the second word about the same one is none either.
        """
        if not isinstance(told, dict) or told.get("state") in ("queued", "running"):
            return
        self._note(str(told.get("request_id", "")), told)

    def _run(self) -> None:
        self._over.wait(self._load.first_s)
        while not self._over.is_set():
            if self._is_connected():
                for _ in range(self._at_once):
                    self._ask()
            self._over.wait(self._load.every_s)

    def _ask(self) -> None:
        self._count += 1
        name = f"{self._view.client_kind}-{self._view.client}-{self._count}"
        self._view.record(Kind.FORECAST_ASKED, request_id=name, by=self._by)
        with self._lock:
            self._asked[name] = self._clock.now_ns()
        if self._by == REST:
            threading.Thread(target=self._ask_by_rest, args=(name,), daemon=True).start()
            return
        try:
            self._emit(contract.ASK, {"request_id": name}, self.answered)
        except Exception as error:
            self._note(name, {"code": "not_sent", "error": str(error)})

    def _ask_by_rest(self, name: str) -> None:
        try:
            told = self._post(name)
        except (requests.RequestException, ValueError) as error:
            told = {"code": "no_answer", "error": str(error)}
        self._note(name, told)

    def _post(self, name: str) -> Any:
        """The job once it has ended, or the problem that the server names."""
        answer = requests.post(
            f"{self._url}/api/forecasts", json={"request_id": name}, timeout=_HTTP_S
        )
        while answer.status_code == requests.codes.accepted:
            if self._over.wait(_LOOK_S):
                raise ValueError("it was not asked for any more")
            at = answer.headers.get("Location") or f"/api/forecasts/{answer.json()['job_id']}"
            answer = requests.get(f"{self._url}{at}", timeout=_HTTP_S)
            if answer.ok and answer.json()["state"] in ("queued", "running"):
                answer.status_code = requests.codes.accepted
        return answer.json()

    def _note(self, name: str, told: Any) -> None:
        with self._lock:
            asked_ns = self._asked.pop(name, None)
        if asked_ns is None:
            return
        found = told if isinstance(told, dict) else {}
        self._view.record(
            Kind.FORECAST_ANSWERED,
            request_id=name,
            by=self._by,
            ok=found.get("state") == "done",
            code=str(found.get("code", "")),
            cached=str(found.get("cached", "")),
            seconds=(self._clock.now_ns() - asked_ns) / 1e9,
        )
