"""Plain text logs from disk, as people bring them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from granite_ws.errors import SessionError
from granite_ws.events import EventLog
from granite_ws.reading.plainlog import LogText, read_plain_logs

_ALLOWED = "a plain text log of a server or of a client"
_BUFFER_BYTES = 1 << 20


def read_logs(paths: Iterable[Path]) -> EventLog:
    """The events of a server's log and its clients' logs, in order of time.

    Each file is gone through once, line by line; of a long message only what it says is kept.
    Raises SessionError for a path that is no readable text file, or one that is given twice, and
    where no file holds a line that says anything. Text that is not UTF-8 is read with marks.
    """
    texts, seen = [], set()
    for path in paths:
        if path.resolve() in seen:
            raise _refused(path, f"{_ALLOWED}, given once")
        seen.add(path.resolve())
        texts.append(LogText(str(path), _lines(path)))
    log = read_plain_logs(texts)
    if not log.events:
        names = ", ".join(text.name for text in texts)
        raise _refused(names, "at least one line of the server, of a client or of their libraries")
    return log


def _lines(path: Path) -> Iterator[str]:
    if path.is_dir():
        raise _refused(path, f"{_ALLOWED}, not a folder")
    try:
        with path.open("rb", buffering=_BUFFER_BYTES) as file:
            encoding = _encoding(file.read(2))
            file.seek(0)
            if encoding == "utf-16":  # its line ends are no bytes of their own
                yield from file.read().decode(encoding, errors="replace").splitlines()
                return
            for line in file:
                if b"\0" in line:
                    raise _refused(path, f"{_ALLOWED}, not a binary file")
                text = str(line, encoding, "replace")
                encoding = "utf-8"
                if b"\r" in line:
                    yield from text.splitlines()
                else:
                    yield text
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(path, f"{_ALLOWED} ({reason})") from error


def _encoding(mark: bytes) -> str:
    """PowerShell's > writes UTF-16; a mark of UTF-8 is no part of the first line."""
    if mark in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    return "utf-8-sig"


def _refused(path: object, allowed: str) -> SessionError:
    return SessionError("log", str(path), allowed=allowed, where="read logs")
