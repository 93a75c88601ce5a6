"""The server's heartbeat where another process can see it: sixteen bytes of shared memory."""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path

_SHAPE = struct.Struct("<qq")  # process id, monotonic ns of the last beat


class BeatFile:
    """Written by the OS-thread heartbeat at each beat; costs a microsecond and no system call."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.ftruncate(descriptor, _SHAPE.size)
            self._memory = mmap.mmap(descriptor, _SHAPE.size)
        finally:
            os.close(descriptor)

    def beat(self, at_ns: int) -> None:
        """The process with this heartbeat was able to run at this time."""
        _SHAPE.pack_into(self._memory, 0, os.getpid(), at_ns)


def beat_file(events: Path) -> Path:
    """Where the server of this event file beats."""
    return events.with_name("server.beat")


def read_beat(path: Path) -> tuple[int, int] | None:
    """(process id, monotonic ns) of the last beat; None before the first."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if len(content) != _SHAPE.size:
        return None
    pid, at_ns = _SHAPE.unpack(content)
    return (pid, at_ns) if pid else None
