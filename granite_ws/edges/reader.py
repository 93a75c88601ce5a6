"""Plain text logs from disk, as people bring them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from granite_ws.errors import SessionError
from granite_ws.events import EventLog
from granite_ws.reading.plainlog import LogText, read_plain_logs

_ALLOWED = "a plain text log of a server or of a client"


def read_logs(paths: Iterable[Path]) -> EventLog:
    """The events of a server's log and its clients' logs, in order of time.

    Raises SessionError for a path that is no readable text file, or one that is given twice, and
    where no file holds a line that says anything. Text that is not UTF-8 is read with marks.
    """
    texts, seen = [], set()
    for path in paths:
        if path.resolve() in seen:
            raise _refused(path, f"{_ALLOWED}, given once")
        seen.add(path.resolve())
        texts.append(LogText(str(path), tuple(_text(path).splitlines())))
    log = read_plain_logs(texts)
    if not log.events:
        names = ", ".join(text.name for text in texts)
        raise _refused(names, "at least one line of the server, of a client or of their libraries")
    return log


def _text(path: Path) -> str:
    if path.is_dir():
        raise _refused(path, f"{_ALLOWED}, not a folder")
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(path, f"{_ALLOWED} ({reason})") from error
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):  # what PowerShell's > writes
            return content.decode(encoding, errors="replace")
    if b"\0" in content:
        raise _refused(path, f"{_ALLOWED}, not a binary file")
    return content.decode("utf-8-sig", errors="replace")


def _refused(path: object, allowed: str) -> SessionError:
    return SessionError("log", str(path), allowed=allowed, where="read logs")
