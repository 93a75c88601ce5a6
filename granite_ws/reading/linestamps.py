"""A log line taken apart: time, level and logger in front, the message behind.

Known fronts: ``logging``'s usual formats, tsfm_public's ``INFO:p-PID:t-TID:file.py:func:``, the
bare message of a logger without a format, Werkzeug, gunicorn, uvicorn, nginx, a browser's console.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, NamedTuple

from granite_ws.utc import utc_text

NANO = 1_000_000_000
DAY_NS = 86_400 * NANO
TICK_NS = 1_000_000  # clocks in logs count milliseconds or coarser
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG = 500
_COLOUR = re.compile(r"\[(?:\d+;)*\d+m")
_ESCAPED = re.compile(rf"\x1b{_COLOUR.pattern}")
_CLOCK = r"(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?"
_ZONE = r"(?:\s?(?P<z>Z|[+-]\d\d:?\d\d))?"
_AFTER = r"\]?[\s|:-]*"
# What may stand in front, and what it may begin with: most lines are asked few questions.
_FRONTS = tuple(
    (re.compile(begins), re.compile(pattern))
    for begins, pattern in (
        (
            r"[\[\d]",
            rf"\[?(?P<year>\d{{4}})[-/](?P<month>\d\d)[-/](?P<day>\d\d)[T ]"
            rf"{_CLOCK}{_ZONE}{_AFTER}",
        ),
        (
            r"[\[\w.:]",
            rf"(?:[\w.:]+ - \S+ )?\[(?P<day>\d\d)/(?P<name>[A-Z][a-z]{{2}})/(?P<year>\d{{4}})[: ]"
            rf"{_CLOCK}{_ZONE}{_AFTER}",
        ),
        (r"[\[\d]", rf"\[?{_CLOCK}(?=[\s\]|]){_AFTER}"),
        (
            r"[\[DIWECFnwec]",
            r"\[?(?P<level>DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|FATAL|notice|warn|error|crit)\]?"
            r"(?=[\s:|-])[\s:|-]*",
        ),
        (r"p", r"p-\d+:t-\d+:[^:]*:[^:]*:"),
        (r"[\[\d]", r"\[\d+\]\s+|\d+#\d+: (?:\*\d+ )?"),
        (
            r"[eswgu]",
            r"(?P<logger>(?:engineio|socketio|werkzeug|gunicorn|uvicorn|granite_ws)[\w.]*)"
            r"(?:\s*[:|-]+\s*|\s+)",
        ),
    )
)


@lru_cache(maxsize=512)
def _fronts_of(first: str) -> tuple[re.Pattern[str], ...]:
    return tuple(pattern for begins, pattern in _FRONTS if begins.match(first))


class StampedLine(NamedTuple):
    """One line. ``at_ns`` counts from 1970 where ``dated``, else from midnight; None without.

    bare: nothing stood in front. echo: its message was said by another line (``without_echoes``).
    facts: of a message that is too long to be kept, what it says as a whole.
    """

    message: str
    level: str = ""
    logger: str = ""
    at_ns: int | None = None
    dated: bool = False
    bare: bool = True
    echo: bool = False
    facts: Mapping[str, Any] | None = None


class _Front(NamedTuple):
    """What stood in front of a message, as text and as it was read."""

    text: str = ""
    level: str = ""
    logger: str = ""
    at_ns: int | None = None
    dated: bool = False


class StampReader:
    """Takes lines apart, one after the other: many begin as the one before them did."""

    def __init__(self) -> None:
        self._last = _Front()

    def read(self, line: str) -> StampedLine:
        """Never raises. A time without a zone is read as UTC; an impossible date is no date."""
        text = _uncoloured(line.rstrip("\r\n"))
        front = self._last if self._begins_alike(text) else _Front()
        while (match := _match(text, len(front.text))) is not None:
            front = _longer(front, match)
        self._last = front
        at = len(front.text)
        return StampedLine(
            text[at:], front.level, front.logger, front.at_ns, front.dated, bare=at == 0
        )

    def _begins_alike(self, text: str) -> bool:
        """Whether the last line's front is this one's, too, and ends where it ended there."""
        last = self._last.text
        after = text[len(last) : len(last) + 1]
        return text.startswith(last) and after.isalnum() and not last[-1:].isalnum()


def read_stamp(line: str) -> StampedLine:
    """One line by itself, as ``StampReader`` reads it."""
    return StampReader().read(line)


def _longer(front: _Front, match: re.Match[str]) -> _Front:
    parts = match.groupdict()
    at_ns, dated = front.at_ns, front.dated
    if parts.get("h") and not dated:
        at_ns = _nanoseconds(parts)
        dated = bool(parts.get("year")) and at_ns is not None
    level, logger = parts.get("level"), parts.get("logger")
    return _Front(
        match.string[: match.end()],
        level.upper() if level else front.level,
        logger or front.logger,
        at_ns,
        dated,
    )


def _uncoloured(text: str) -> str:
    """Without colours; of a long line only the front is looked through for bare ones."""
    if "\x1b" in text:
        text = _ESCAPED.sub("", text)
    if _COLOUR.search(text, 0, _LONG):
        return _COLOUR.sub("", text[:_LONG]) + text[_LONG:]
    return text


def _match(text: str, at: int) -> re.Match[str] | None:
    for front in _fronts_of(text[at : at + 1]):
        match = front.match(text, at)
        if match:
            return match
    return None


def _nanoseconds(parts: dict[str, str | None]) -> int | None:
    fraction = int((parts["f"] or "").ljust(9, "0"))
    clock = (int(parts["h"] or 0), int(parts["m"] or 0), int(parts["s"] or 0))
    try:
        if not parts.get("year"):
            return int(timedelta(0, clock[2], 0, 0, clock[1], clock[0]).total_seconds()) * NANO + (
                fraction
            )
        name = parts.get("name")
        month = _MONTHS.index(name) + 1 if name else int(parts["month"] or 0)
        day = (int(parts["year"] or 0), month, int(parts["day"] or 0))
        moment = datetime(*day, *clock, tzinfo=_zone(parts.get("z")))
        return int(moment.timestamp()) * NANO + fraction
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> timezone:
    if not text or text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def without_echoes(lines: Sequence[StampedLine], reach: int = 3) -> list[StampedLine]:
    """Each record once: with both loggers on, a library's line comes bare and again formatted.

    A bare line is an ``echo`` and loses its message where the same message stands formatted within
    ``reach`` lines; the lines of a traceback between them do not count.
    """
    heads = [number for number, line in enumerate(lines) if not _in_traceback(line)]
    taken: set[int] = set()
    kept = list(lines)
    for at, number in enumerate(heads):
        line = lines[number]
        if not line.bare:
            continue
        near = heads[max(0, at - reach) : at + reach + 1]
        echo = next((other for other in near if _echoes(line, lines[other], other, taken)), None)
        if echo is not None:
            taken.add(echo)
            kept[number] = line._replace(message="", echo=True)
    return kept


def _in_traceback(line: StampedLine) -> bool:
    return line.bare and line.message.startswith((" ", "Traceback (most recent call last)"))


def _echoes(line: StampedLine, other: StampedLine, number: int, taken: set[int]) -> bool:
    alike = line.bare and not other.bare and line.message == other.message
    return alike and bool(line.message) and number not in taken


class Placed(NamedTuple):
    """When a line was written: its own time, or (``timeless``) only its place among others."""

    at_ns: int
    utc: str
    timeless: bool


def place(lines: Sequence[StampedLine], *, trusted: bool = True) -> list[Placed]:
    """The moment of each line; one without a time stands where its neighbour above does.

    Without any time, or untrusted (a clock of its own beside another's), lines are only ordered.
    A clock that jumps back by half a day or more has passed midnight.
    """
    if not any(line.at_ns is not None for line in lines):
        return [Placed(number, "", timeless=True) for number in range(1, len(lines) + 1)]
    current = (next(line.at_ns for line in lines if line.at_ns is not None) or 0) - len(lines)
    dated, midnights, placed = False, 0, []
    for line in lines:
        own = line.at_ns
        if own is not None:
            dated = line.dated
            if not dated and own + midnights * DAY_NS < current - DAY_NS // 2:
                midnights += 1
            own += 0 if dated else midnights * DAY_NS
        current = _after(current, own)
        timeless = own is None or not trusted
        placed.append(Placed(current, utc_text(current) if dated else "", timeless))
    return placed


def _after(current: int, own: int | None) -> int:
    """Lines of one tick of their clock keep their order: each is a nanosecond later."""
    if own is None or 0 <= current - own < TICK_NS:
        return current + 1
    return own
