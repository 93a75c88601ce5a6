"""What an episode was like: stopped, starved, collecting, crowded, or encoding."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import busy_threads, threads_at_work
from granite_ws.diagnosis.stalls.episodes import Episode
from granite_ws.events import Event

_STOPPED = ("stopped", "tracing-stop")  # Linux's states T and t, in psutil's words
# Modules that turn Python objects into text or back; the C code runs under these frames.
_ENCODING = ("json/encoder.py:", "json/decoder.py:", "json/__init__.py:")
_INNERMOST = 3


def stopped_samples(episode: Episode) -> tuple[Event, ...]:
    """The samples that found the process stopped, by a signal or a debugger."""
    return tuple(s for s in episode.samples if s.data.get("state") in _STOPPED)


def starved(episode: Episode) -> bool:
    """Whether the heartbeat was ready to run, and had no core, most of the time."""
    return episode.waited_share >= limits.MOST_OF


def collecting(episode: Episode) -> bool:
    """Whether the garbage collector ran most of the time, and on a processor.

    A process that is stopped in the midst of a collection measures a long one, too.
    """
    ran = episode.cpu_share is not None and episode.cpu_share >= limits.ON_A_PROCESSOR
    return ran and episode.collected_share >= limits.MOST_OF


def crowd(episode: Episode) -> tuple[int, Event | None]:
    """The most threads that were busy at one look, and that look."""
    counts = [(len(threads_at_work(look)), look) for look in episode.looks]
    return max(counts, key=lambda count: count[0], default=(0, None))


def crowded(episode: Episode) -> bool:
    """Whether many threads had something to do at once."""
    return crowd(episode)[0] >= limits.MANY_BUSY_THREADS


def encoding_frames(episode: Episode) -> tuple[tuple[str, ...], Event] | None:
    """The frames of a thread that was inside the JSON module while everything stood still."""
    for look in episode.telling_looks:
        for frames in busy_threads(look):
            if any(part in frame for frame in frames[:_INNERMOST] for part in _ENCODING):
                return frames, look
    return None


def huge_message(episode: Episode) -> Event | None:
    """The largest message that was encoded meanwhile, where it is a huge one."""
    largest = max(episode.messages, key=lambda m: m.data["bytes"], default=None)
    if largest is None or largest.data["bytes"] < limits.HUGE_MESSAGE_BYTES:
        return None
    return largest
