"""How a load's model behaves: slow without the interpreter lock, slow with it, or dead."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

from granite_ws.loads import LOADS, Burden
from granite_ws.settings import Settings

# Given the request's number; called in the process, and the thread, that makes the forecast.
Bear = Callable[[int], None]


def burden_of(settings: Settings) -> Bear:
    """What each forecast of these settings bears before it is made."""
    load = LOADS.get(settings.load)
    if load is None or load.burden is Burden.NONE:
        return _nothing
    if load.burden is Burden.CRASH:
        return lambda number: _crash() if number == load.crash_number else None
    library = ctypes.CDLL if load.burden is Burden.SLOW_FREE else ctypes.PyDLL
    # Both call the same C function; only PyDLL keeps the lock meanwhile.
    sleep = library(None).usleep
    micros = int(settings.load_s * 1e6)
    return lambda _number: sleep(micros)


def _nothing(_number: int) -> None:
    """The usual model."""


def _crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)
