"""The processes of a crowd, from outside: started, ordered, waited for, ended by their pid."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from granite_ws.edges.clock import Clock
from granite_ws.edges.crowd import read_record
from granite_ws.edges.crowd_tally import MemberView
from granite_ws.errors import SessionFailed

Counts = dict[str, int]
_LOOK_S = 0.02
_END_S = 20.0


class CrowdProcess:
    """One process full of clients; ended on leaving the block, whatever happened inside."""

    def __init__(self, url: str, record: Path, *options: str) -> None:
        """options: the command line of ``granite_ws.edges.crowd`` after URL and RECORD."""
        self.counts: Counts = dict.fromkeys(("connected", "asked", "taken", "ended"), 0)
        self._record = record
        command = [sys.executable, "-m", "granite_ws.edges.crowd", url, str(record), *options]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read, name="crowd", daemon=True)
        self._reader.start()

    def __enter__(self) -> CrowdProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(_END_S)
        for pipe in filter(None, (self.process.stdin, self.process.stdout)):
            with suppress(OSError):
                pipe.close()

    def ask(self) -> None:
        """Orders every client to ask for its forecasts."""
        self._order("ask")

    def end(self) -> list[MemberView]:
        """Lets all leave; what each saw. Raises SessionFailed where the process does not end."""
        self._order("end")
        try:
            code = self.process.wait(_END_S)
        except subprocess.TimeoutExpired as error:
            raise SessionFailed(f"a crowd did not end within {_END_S:g} s") from error
        if code:
            raise SessionFailed(f"a crowd ended with exit code {code}")
        return read_record(self._record)

    def _order(self, word: str) -> None:
        if self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.write(word + "\n")
                self.process.stdin.flush()

    def _read(self) -> None:
        with suppress(ValueError):
            for line in self.process.stdout or ():
                self.counts = json.loads(line)


def together(crowds: Sequence[CrowdProcess]) -> Counts:
    """The counts of all processes as they stand."""
    names = crowds[0].counts
    return {name: sum(crowd.counts[name] for crowd in crowds) for name in names}


def wait_until(
    crowds: Sequence[CrowdProcess], reached: Callable[[Counts], bool], *, seconds: float
) -> float | None:
    """Seconds until the counts of all have reached what they shall; None where they did not."""
    clock = Clock()
    begun = clock.now_ns()
    while (waited := (clock.now_ns() - begun) / 1e9) <= seconds:
        if reached(together(crowds)):
            return waited
        clock.sleep(_LOOK_S)
    return None
