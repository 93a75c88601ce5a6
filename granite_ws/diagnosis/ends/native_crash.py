"""GWS203: native code crashed, and the server process with it."""

from __future__ import annotations

import re

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.ends.process_end import (
    CRASHES,
    End,
    lines_of,
    open_at,
    sids,
    taken_along,
    unasked_ends,
    unwatched,
    way,
)
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Timeline

CODE, CAUSE = "GWS203", "native_crash"
_REPORT = re.compile(r"^Fatal Python error: ")
# How CPython's faulthandler words each signal (Modules/faulthandler.c; later ones with a hyphen).
_WORDS = {
    4: "Illegal instruction",
    6: "Aborted",
    7: "Bus error",
    8: "Floating point exception",
    11: "Segmentation fault",
}
# Python's own foreign-function module only passes the call on.
_CALLING = re.compile(r"^(ctypes|python3\.\d+)/")


def check(timeline: Timeline) -> Finding:
    """SUPPORTED by a crash's signal and drops beside it; CPython's report tells the line."""
    ends = unasked_ends(timeline)
    if ends is None:
        ends = _reported(timeline)
    if ends is None:
        return _finding(Truth.UNKNOWN, say("Nobody saw the server process end."))
    crashed = [end for end in ends if end.signal in CRASHES]
    if not crashed:
        return _finding(Truth.REFUTED, say("No crash ended the server process."))
    end = crashed[-1]
    alone = unwatched(timeline) and open_at(timeline, end.event.at_ns)
    if not taken_along(timeline, end) and not alone:
        return _finding(Truth.UNKNOWN, say("The server process crashed when no client was lost."))
    return _supported(timeline, end)


def _reported(timeline: Timeline) -> tuple[End, ...] | None:
    """In a log from elsewhere CPython's own report is all that tells of the end."""
    reports = lines_of(timeline, _REPORT) if unwatched(timeline) else ()
    signals = {words: number for number, words in _WORDS.items()}
    ends = [
        End(report, signals[words], None)
        for report in reports
        if (words := _reason(report).replace("-", " ")) in signals
    ]
    return tuple(ends) or None


def _reason(report: Event) -> str:
    return _REPORT.sub("", str(report.data["line"])).strip()


def _supported(timeline: Timeline, end: End) -> Finding:
    drops = taken_along(timeline, end)
    report = _report(timeline, end)
    where = crashed_at(report)
    reason = f" ({_reason(report)})" if report else ""
    place = say(" in {where}", where=where) if where else say("; no report tells where")
    crashed = say("native code crashed{place}", place=place)
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "Native code crashed{place}: {signal}{reason} ended the server process.",
            place=place,
            signal=CRASHES[end.signal or 0],
            reason=reason,
        ),
        evidence=(end.event,) if report in (None, end.event) else (report, end.event),
        explains=sids(drops),
        remedy=say(
            "Update or replace the native library that crashed, and run the model in a "
            "process of its own, so that a crash there leaves the server alive. {more}",
            more="" if report else say("Start Python with -X faulthandler to be told the line."),
        ),
        path=way(
            timeline,
            drops,
            *([Step(crashed, report)] if report else []),
            last=say("the server was gone, and the client's connection broke"),
        ),
        blocked_at=where,
        references=("Flask-SocketIO#998",),
    )


def _report(timeline: Timeline, end: End) -> Event | None:
    """CPython's crash report that belongs to this end."""
    window = limits.SERVER_END_WINDOW_S * SECOND
    reports = lines_of(timeline, _REPORT)
    return next((r for r in reports if abs(r.at_ns - end.event.at_ns) <= window), None)


def crashed_at(report: Event | None) -> str:
    """``file:line function`` that called into native code; empty where the report has none."""
    frames = report.data.get("frames", ()) if report else ()
    own = [frame for frame in frames if not _CALLING.match(frame)]
    return str(own[0] if own else next(iter(frames), ""))


def _finding(truth: Truth, claim: str) -> Finding:
    return Finding(CODE, CAUSE, truth, claim)
