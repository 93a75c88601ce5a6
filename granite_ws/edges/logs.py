"""Python logging set up once, before any library does it for us."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

from granite_ws.loglines import LINE_FORMAT, LOGGER_NAME
from granite_ws.settings import Settings


def set_up_logging(settings: Settings, stream: TextIO | None = None) -> logging.Logger:
    """One handler on the root, so that importing granite-tsfm, which calls ``basicConfig``, finds
    one and leaves the format alone. Returns the logger of our own lines.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    shape = _ShortLines if settings.log_format == "text" else _JsonLines
    handler.setFormatter(shape(settings.log_payload_chars))
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
        if record.name != LOGGER_NAME:
            record.message = _cut(f"{record.name}: {record.message}", self._limit)
        return super().formatMessage(record)


class _JsonLines(JsonFormatter):
    """One JSON object a line; ``message`` has the wording that people grep for."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            "{asctime}{levelname}{name}{process}{threadName}{message}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )
        self._limit = limit

    def format(self, record: logging.LogRecord) -> str:
        if record.name != LOGGER_NAME:
            # A copy: another handler may want it whole.
            record = logging.makeLogRecord(vars(record))
            record.msg, record.args = _cut(record.getMessage(), self._limit), ()
        return super().format(record)


def _cut(text: str, limit: int) -> str:
    """0 is no limit."""
    return f"{text[:limit]}… ({len(text)} characters)" if 0 < limit < len(text) else text
