"""How the memory of a process grew before its end, read from the sampler's looks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from granite_ws.diagnosis import limits
from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, say
from granite_ws.timeline import SECOND, Timeline


@dataclass(frozen=True)
class Memory:
    """The samples of one process in the seconds before its end, in order; at least three."""

    samples: tuple[Event, ...]

    @property
    def low(self) -> Event:
        """The sample with the least memory."""
        return min(self.samples, key=_resident)

    @property
    def last(self) -> Event:
        """The last look before the end."""
        return self.samples[-1]

    @property
    def grown_bytes(self) -> int:
        """From the least to the last."""
        return _resident(self.last) - _resident(self.low)

    @property
    def ramp(self) -> bool:
        """It grew by much, and to the very end."""
        steps = [_resident(b) - _resident(a) for a, b in pairwise(self.samples[-3:])]
        return self.grown_bytes >= limits.MEMORY_RAMP_BYTES and all(
            step >= limits.MEMORY_STEP_BYTES for step in steps
        )

    @property
    def flat(self) -> bool:
        """It grew by no more than a healthy one does, and the host had enough."""
        free = self.last.data.get("host_free_bytes")
        enough = free is not None and free >= limits.LOW_MEMORY_BYTES
        spread = max(map(_resident, self.samples)) - _resident(self.low)
        return enough and spread < limits.MEMORY_FLAT_BYTES


def memory_before(timeline: Timeline, ended: Event) -> Memory | None:
    """What was seen of the process that ``ended``; None where too little was."""
    begun = ended.at_ns - limits.MEMORY_WINDOW_S * SECOND
    samples = tuple(
        event
        for event in timeline.log.of(Kind.SAMPLE)
        if event.data["pid"] == ended.data["pid"]
        and begun <= event.at_ns <= ended.at_ns
        and _resident(event) > 0
    )
    if len(samples) < 3:
        return None
    fresh = ended.at_ns - samples[-1].at_ns <= limits.FRESH_SAMPLE_S * SECOND
    return Memory(samples) if fresh else None


def _resident(sample: Event) -> int:
    return int(sample.data["rss_bytes"])


def megabytes(number: float) -> Phrase:
    """For people: millions of bytes."""
    return say("{megabytes:.0f} MB", megabytes=number / 1e6)
