"""Python logging set up once, before any library does it for us."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

from granite_ws.loglines import LINE_FORMAT, LOGGER_NAME
from granite_ws.settings import Settings


def set_up_logging(settings: Settings, stream: TextIO | None = None) -> logging.Logger:
    """One handler on the root, so that importing granite-tsfm, which calls ``basicConfig``, finds
    one and leaves the format alone. Returns the logger of our own lines.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_ShortLines(settings.log_payload_chars))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for library, wanted in (("socketio", settings.logger), ("engineio", settings.engineio_logger)):
        level = logging.INFO if wanted else logging.ERROR
        logging.getLogger(library).setLevel(level)
        # The library adds a handler of its own to this logger when it finds it without a level;
        # every line would then come twice.
        logging.getLogger(f"{library}.server").setLevel(level)
    for web_server in ("werkzeug", "uvicorn"):
        logging.getLogger(web_server).setLevel(settings.log_level)
    own = logging.getLogger(LOGGER_NAME)
    own.setLevel(settings.log_level)
    return own


class _ShortLines(logging.Formatter):
    """Cuts the libraries' lines, which hold whole payloads; our own lines are never cut."""

    def __init__(self, limit: int) -> None:
        super().__init__(LINE_FORMAT)
        self._limit = limit

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        own = record.name == LOGGER_NAME
        if not own:
            record.message = f"{record.name}: {record.message}"
        if self._limit and not own and len(record.message) > self._limit:
            kept, whole = record.message[: self._limit], len(record.message)
            record.message = f"{kept}… ({whole} characters)"
        return super().formatMessage(record)
