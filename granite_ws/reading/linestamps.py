"""A log line taken apart: time, level and logger in front, the message behind.

Known fronts: ``logging``'s usual formats, tsfm_public's ``INFO:p-PID:t-TID:file.py:func:``, the
bare message of a logger without a format, Werkzeug, gunicorn, uvicorn, nginx, a browser's console.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from operator import attrgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from granite_ws.reading.packetlines import packet_at, packet_within
from granite_ws.reading.told import Told
from granite_ws.utc import utc_text

NANO = 1_000_000_000
DAY_NS = 86_400 * NANO
MICRO = 1_000
TICK_NS = 1_000_000  # clocks in logs count milliseconds or coarser
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG = 500
_LONGEST = 20_000  # characters that are kept of a line which is no packet's
_COLOUR = re.compile(r"\[(?:\d+;)*\d+m")
_ESCAPED = re.compile(rf"\x1b{_COLOUR.pattern}")
_CLOCK = r"(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?"
_ZONE = r"(?:\s?(?P<z>Z|[+-]\d\d:?\d\d))?"
_AFTER = r"\]?[\s|:-]*"
_ENDS = frozenset(" :|]-")
_DATED = re.compile(
    rf"\[?(?P<year>\d{{4}})[-/](?P<month>\d\d)[-/](?P<day>\d\d)[T ]{_CLOCK}{_ZONE}{_AFTER}"
)
_CLOCKED = re.compile(rf"\[?{_CLOCK}(?=[\s\]|]){_AFTER}")
# What may stand in front, and what it may begin with: most lines are asked few questions.
_FRONTS = tuple(
    (re.compile(begins), re.compile(pattern))
    for begins, pattern in (
        (r"[\[\d]", _DATED.pattern),
        (
            r"[\[\w.:]",
            rf"(?:[\w.:]+ - \S+ )?\[(?P<day>\d\d)/(?P<name>[A-Z][a-z]{{2}})/(?P<year>\d{{4}})[: ]"
            rf"{_CLOCK}{_ZONE}{_AFTER}",
        ),
        (r"[\[\d]", _CLOCKED.pattern),
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


class StampedLine(Struct, frozen=True, gc=False):
    """One line. ``at_ns`` counts from 1970 where ``dated``, else from midnight; None without.

    bare: nothing stood in front. echo: its message was said by another line (``without_echoes``).
    told: of a packet's line, which has no message here, what it says.
    """

    message: str
    level: str = ""
    logger: str = ""
    at_ns: int | None = None
    dated: bool = False
    bare: bool = True
    echo: bool = False
    told: Told | None = None


class _Front(Struct, frozen=True, gc=False):
    """What stood in front of a message, as text and as it was read."""

    text: str = ""
    level: str = ""
    logger: str = ""
    at_ns: int | None = None
    dated: bool = False


_NOTHING = _Front()
_TAILS = 8  # that are remembered


class StampReader:
    """Takes lines apart, one after the other: many begin as one before them did."""

    def __init__(self) -> None:
        self._last = _NOTHING
        self._lasts = False  # whether it may stand in front of the next line as well
        self._clock = _NOTHING  # the time that the last line begins with
        self._tails: dict[str, tuple[str, str]] = {}  # what stood behind it: level and logger

    def read(self, line: str) -> StampedLine:
        """Never raises. A time without a zone is read as UTC; an impossible date is no date."""
        text = line.rstrip("\r\n")
        if "\x1b" in text:
            text = _ESCAPED.sub("", text)
        found = self._read(text)
        # Bare colours stand in front, if at all; in a packet they would be somebody's text.
        if found.told is None and _COLOUR.search(text, 0, _LONG):
            return self._read(_COLOUR.sub("", text[:_LONG]) + text[_LONG:])
        return found

    def _read(self, text: str) -> StampedLine:
        front, end = self._last, len(self._last.text)
        # Most lines: what ``_stands`` says, in half the time.
        again = self._lasts and text.startswith(front.text) and text[end : end + 1].isalnum()
        if not again:
            front = self._known(text)
        told, timed = packet_at(text, len(front.text)), again
        while told is None and (match := _match(text, len(front.text))) is not None:
            front, timed = _longer(front, match), timed or "h" in match.re.groupindex
            told = packet_at(text, len(front.text))
        self._last, at, clock = front, len(front.text), len(self._clock.text)
        self._lasts = again or front.text[-1:] in _ENDS
        if at > clock and not timed and len(self._tails) < _TAILS:
            self._tails[text[clock:at]] = front.level, front.logger
        if told is None:
            told = packet_within(text, at)
        message = text[at : at + _LONGEST] if told is None else ""
        level, logger = front.level, front.logger
        return StampedLine(message, level, logger, front.at_ns, front.dated, at == 0, False, told)

    def _known(self, text: str) -> _Front:
        """The time that the line begins with, and what stands behind it, if it was read before."""
        if not _stands(text, 0, self._clock.text):
            match = _DATED.match(text) or _CLOCKED.match(text)
            self._clock = _NOTHING if match is None else _longer(_NOTHING, match)
        clock = self._clock
        for tail, (level, logger) in self._tails.items():
            if _stands(text, len(clock.text), tail):
                return _Front(clock.text + tail, level, logger, clock.at_ns, clock.dated)
        return clock


def _stands(text: str, at: int, front: str) -> bool:
    """Whether another line's front stands at this place, too, and ends where it ended there."""
    end = at + len(front)
    return text.startswith(front, at) and text[end : end + 1].isalnum() and front[-1:] in _ENDS


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


def _match(text: str, at: int) -> re.Match[str] | None:
    for front in _fronts_of(text[at : at + 1]):
        match = front.match(text, at)
        if match:
            return match
    return None


def _nanoseconds(parts: dict[str, str | None]) -> int | None:
    hour, minute, second = (int(parts[unit] or 0) for unit in "hms")
    fraction = int((parts["f"] or "").ljust(9, "0"))
    since_midnight = ((hour * 60 + minute) * 60 + second) * NANO + fraction
    if not parts.get("year"):
        return since_midnight
    if hour > 23 or minute > 59 or second > 59:
        return None
    month = parts.get("name") or parts["month"]
    midnight = _midnight(parts["year"], month, parts["day"], parts.get("z"))
    return None if midnight is None else midnight + since_midnight


@lru_cache(maxsize=16)
def _midnight(year: Any, month: Any, day: Any, zone: str | None) -> int | None:
    """Nanoseconds since 1970; None for a day that no month has."""
    number = _MONTHS.index(month) + 1 if month in _MONTHS else month
    try:
        moment = datetime(int(year), int(number), int(day), tzinfo=_zone(zone))
        return int(moment.timestamp()) * NANO
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
    if not any(map(attrgetter("bare"), lines)):
        return list(lines)
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
            kept[number] = replace(line, message="", told=None, echo=True)
    return kept


def _in_traceback(line: StampedLine) -> bool:
    return line.bare and line.message.startswith((" ", "Traceback (most recent call last)"))


def _echoes(line: StampedLine, other: StampedLine, number: int, taken: set[int]) -> bool:
    alike = line.message == other.message and line.told == other.told
    says = bool(line.message) or line.told is not None
    return alike and says and not other.bare and number not in taken


class Placed(Struct, frozen=True, gc=False):
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
    written, tick = "", None  # the last moment's text, and its microsecond
    for line in lines:
        own = line.at_ns
        if own is not None:
            dated = line.dated
            if not dated:
                if own + midnights * DAY_NS < current - DAY_NS // 2:
                    midnights += 1
                own += midnights * DAY_NS
        timeless = own is None or not trusted
        # Lines of one tick of their clock keep their order: each is a nanosecond later.
        current = current + 1 if own is None or 0 <= current - own < TICK_NS else own
        if current // MICRO != tick:
            written, tick = utc_text(current), current // MICRO
        placed.append(Placed(current, written if dated else "", timeless))
    return placed
