"""The raw events that a section's claims rest on: each claim links to them, and they link back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape

from granite_ws.events import Event
from granite_ws.phrase import Phrase, say, say_many
from granite_ws.timeline import Timeline

# More than anybody reads; what is left out is counted, and stands in events.jsonl. Characters
# are those of the page, where a quotation mark takes five.
MOST_EVENTS, MOST_CHARACTERS = 200, 320_000
# A look at all stacks is some thousand characters; a whole message can be pages.
LONGEST_LINE = 8_000


@dataclass(frozen=True)
class Link:
    """From a claim to its event; ``id`` is set where the event links back to this very place."""

    href: str
    id: str
    label: str


@dataclass(frozen=True)
class RawEvent:
    """One event as it was written down."""

    id: str
    seconds: Phrase
    line: str
    cut: Phrase | None


class RawEvents:
    """Collects the events that one section refers to, in the order of time.

    section: its name, in front of every id: two sections on one page have ids of their own.
    session: the session's name, so that two sessions on one page have, too.
    """

    def __init__(self, section: str, session: str, timeline: Timeline) -> None:
        self._section, self._session, self._timeline = section, session, timeline
        self._events: dict[str, Event] = {}
        self._characters = 0
        self._left_out: set[str] = set()

    def link(self, event: Event | None) -> Link | None:
        """A link to an event; None without one, or where there are too many already."""
        if event is None:
            return None
        anchor = self._anchor(event)
        is_first = anchor not in self._events
        if is_first and not self._has_room:
            self._left_out.add(anchor)
            return None
        if is_first:
            self._events[anchor] = event
            self._characters += len(escape(event.to_line()[:LONGEST_LINE]))
        label = f"{event.witness.value}: {event.kind.value}"
        return Link(f"#{anchor}", f"{anchor}-from" if is_first else "", label)

    def links(self, events: Sequence[Event]) -> list[Link]:
        """Links to all of them that there is room for."""
        return [link for event in events if (link := self.link(event)) is not None]

    @property
    def entries(self) -> list[RawEvent]:
        """Everything that is referred to, in order of time."""
        ordered = sorted(self._events.items(), key=lambda entry: entry[1].at_ns)
        return [
            RawEvent(
                anchor,
                say("{at_s:.3f} s", at_s=self._timeline.seconds(event.at_ns)),
                event.to_line()[:LONGEST_LINE],
                _cut(event.to_line()),
            )
            for anchor, event in ordered
        ]

    @property
    def left_out(self) -> int:
        """Events that there was no room for."""
        return len(self._left_out)

    @property
    def _has_room(self) -> bool:
        return len(self._events) < MOST_EVENTS and self._characters < MOST_CHARACTERS

    def _anchor(self, event: Event) -> str:
        content = f"{self._session}\n{event.to_line()}".encode(errors="surrogatepass")
        return f"{self._section}-{hashlib.sha256(content).hexdigest()[:10]}"


def _cut(line: str) -> Phrase | None:
    more = len(line) - LONGEST_LINE
    if more <= 0:
        return None
    return say_many("and {count} more character", "and {count} more characters", more)
