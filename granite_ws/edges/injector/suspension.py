"""Processes that stand still for a while, and go on whatever becomes of the runner."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress


@contextmanager
def suspended(pids: Sequence[int]) -> Iterator[None]:
    """SIGSTOP, and SIGCONT on every exit, as a paused container or a suspended laptop does.

    A stopped process cannot notice that its runner was killed. A shell waits for that instead: its
    input ends with this block, or with this process, and it lets them go on.
    """
    wake = f"read -r _; kill -CONT {' '.join(map(str, pids))} 2>/dev/null"
    with subprocess.Popen(
        ["/bin/sh", "-c", wake], stdin=subprocess.PIPE, start_new_session=True
    ) as waker:
        try:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
            waker.communicate()
