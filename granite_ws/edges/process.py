"""Child processes of a session: started, watched through the event file, ended by their pid."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from granite_ws.edges import forking
from granite_ws.edges.clock import Clock
from granite_ws.edges.orders import RUNNER_VARIABLE
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.edges.survivors import survivors
from granite_ws.edges.tail import EventTail
from granite_ws.errors import ServerRefused, SessionFailed
from granite_ws.events import Event, Kind

# Closing handshakes take up to three seconds; 200 clients share the cores while they leave.
_GRACE_S = 20.0
# How often the event file, and whoever is watched, is looked at (seconds).
_LOOK_S, _TICK_S = 0.01, 0.1
# Programs that may be forked from a warm server instead of started afresh.
_FORKED = {
    "granite_ws": "granite_ws.cli:run",
    "granite_ws.edges.probe": "granite_ws.edges.probe:main",
    "granite_ws.edges.probe_async": "granite_ws.edges.probe_async:main",
    "granite_ws.edges.wire": "granite_ws.edges.wire:main",
}


class ChildProcess:
    """One child of ours; its end is recorded with the exit code, whatever ended it."""

    def __init__(
        self,
        role: str,
        command: list[str],
        recorder: Recorder,
        *,
        output: Path | None = None,
        unread: bool = False,
        forkable: bool = True,
    ) -> None:
        """Starts the command; both its outputs are appended to ``output``.

        unread:   instead, its outputs go into a pipe that nobody reads, as a careless parent does.
        forkable: it may be forked from a warm server where there is one and it is a program of
                  ours; not what must run before anything is imported.
        """
        self.role = role
        self._recorder = recorder
        self._told = self._asked = False
        self._output = output
        target = _forked_program(command) if forkable and not unread else None
        self._process: Any = (
            _fresh(command, output, unread=unread)
            if target is None
            else forking.fork(
                target, command[3:], output=output, stdin=True, environment=_environment()
            )
        )
        start = "fresh" if target is None else "forked"
        recorder.record(Kind.PROCESS_STARTED, role=role, pid=self.pid, start=start)

    @property
    def pid(self) -> int:
        """The process id."""
        pid: int = self._process.pid
        return pid

    def order(self, **order: Any) -> None:
        """Writes one order, a JSON line, to its standard input; one that is gone gets none."""
        pipe = self._process.stdin
        if pipe is None:
            return
        try:
            pipe.write((json.dumps(order) + "\n").encode())
            pipe.flush()
        except (BrokenPipeError, ValueError):
            return

    def drain(self) -> None:
        """Reads and discards what an unread pipe holds, until the process ends."""
        pipe = self._process.stdout
        if pipe is not None:
            threading.Thread(target=pipe.read, name=f"drain {self.role}", daemon=True).start()

    def last_words(self) -> str:
        """The last line of its output, where it has one: the reason, when it ended early."""
        if self._output is None or not self._output.is_file():
            return ""
        lines = self._output.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def ended(self) -> int | None:
        """The exit code (negative: the signal) once it has ended, recorded the first time."""
        code: int | None = self._process.poll()
        if code is not None and not self._told:
            self._told = True
            self._recorder.record(
                Kind.PROCESS_ENDED,
                role=self.role,
                pid=self.pid,
                exit_code=code,
                asked=False,
                left_behind=survivors(self.pid),
            )
        return code

    def ask_to_end(self) -> None:
        """SIGTERM, once: several children may leave side by side before ``end`` waits for each."""
        if not self._asked and self.ended() is None:
            self._asked = True
            self._process.terminate()

    def end(self) -> None:
        """SIGTERM, then SIGKILL after a grace; returns when the process is gone."""
        try:
            self._end()
        finally:
            for pipe in filter(None, (self._process.stdin, self._process.stdout)):
                with suppress(BrokenPipeError):
                    pipe.close()

    def _end(self) -> None:
        self.ask_to_end()
        if self._told:
            return
        try:
            code = self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._told = True
        self._recorder.record(
            Kind.PROCESS_ENDED, role=self.role, pid=self.pid, exit_code=code, asked=True
        )


def _forked_program(command: list[str]) -> str | None:
    """``module:function`` of a ``python -m`` program of ours, where it can be forked."""
    if not forking.available() or command[:2] != [sys.executable, "-m"]:
        return None
    return _FORKED.get(command[2])


def _environment() -> dict[str, str]:
    """Ours, and a mark: the child ends when its orders do, since then this process is gone."""
    return {**os.environ, RUNNER_VARIABLE: str(os.getpid())}


def _fresh(command: list[str], output: Path | None, *, unread: bool) -> subprocess.Popen[bytes]:
    with open(output or os.devnull, "ab") as sink:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if unread else sink,
            stderr=subprocess.STDOUT if unread else sink,
            env=_environment(),
            # Ctrl-C in the terminal goes to the runner alone, which ends its children.
            start_new_session=True,
        )


def wait_for(
    events: Path,
    kind: Kind,
    child: ChildProcess,
    clock: Clock,
    *,
    seconds: float,
    client_kind: str | None = None,
) -> Event:
    """The first event of this kind, as soon as it is in the file; of this kind of client's, where
    one is given.

    Raises ServerRefused when the child refused its input, SessionFailed when it ends otherwise
    or no such event comes within ``seconds``.
    """
    deadline = clock.now_ns() + int(seconds * 1e9)
    with EventTail(events) as tail:
        while True:
            code = child.ended()
            for event in tail.new():
                if event.kind is kind and _is_of(event, client_kind):
                    return event
            if code is not None:
                raise _early_end(child, code, kind)
            if clock.now_ns() > deadline:
                why = _last_refusal(events)
                raise SessionFailed(f"the {child.role} gave no {kind} within {seconds:g} s{why}")
            clock.sleep(_LOOK_S)


def _is_of(event: Event, client_kind: str | None) -> bool:
    return client_kind is None or event.data.get("client_kind") == client_kind


def _last_refusal(events: Path) -> str:
    refused = read_events(events).of(Kind.CONNECT_FAILED)
    return f" ({refused[-1].data['error']})" if refused else ""


def _early_end(child: ChildProcess, code: int, kind: Kind) -> ServerRefused | SessionFailed:
    words = child.last_words()
    prefix = "granite-ws: error: "
    if code == 2 and words.startswith(prefix):
        return ServerRefused(words.removeprefix(prefix))
    told = f": {words}" if words else ""
    return SessionFailed(f"the {child.role} ended with exit code {code} before {kind}{told}")


def watch_until(deadline_ns: int, clock: Clock, tick: Callable[[], bool]) -> None:
    """Calls ``tick`` ten times a second until the deadline, or until it returns False."""
    while (left_ns := deadline_ns - clock.now_ns()) > 0 and tick():
        clock.sleep(min(left_ns / 1e9, _TICK_S))
