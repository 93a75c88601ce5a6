"""Who is served next: each asker in turn, however much one of them has asked for."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, TypeVar

from granite_ws.jobs import Code, Refused

Item = TypeVar("Item")


class FairLine(Generic[Item]):
    """Items that wait, by asker: round robin between the askers, in order within each.

    limit: how many may wait in all. The last quarter of the places is kept for askers who have
           nothing in the line yet, so that one of them cannot shut the others out.

    Its owner locks.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = limit // 4
        self._askers: OrderedDict[str, deque[Item]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(items) for items in self._askers.values())

    def put(self, asker: str, item: Item) -> None:
        """Adds it behind what this asker has there. Raises Refused when there is no place."""
        waiting, known = len(self), asker in self._askers
        if waiting >= self._limit - (self._kept if known else 0):
            words = f"{waiting} forecasts wait already"
            whose = f", {len(self._askers[asker])} of them yours" if known else ""
            raise Refused(Code.QUEUE_FULL, words + whose)
        self._askers.setdefault(asker, deque()).append(item)

    def take(self) -> Item | None:
        """The next one, None where nobody waits; its asker is the last in turn from then on."""
        if not self._askers:
            return None
        asker, items = self._askers.popitem(last=False)
        item = items.popleft()
        if items:
            self._askers[asker] = items
        return item

    def drop(self, item: Item) -> bool:
        """Takes one out of turn; False when it does not wait."""
        for asker, items in self._askers.items():
            if item in items:
                items.remove(item)
                if not items:
                    del self._askers[asker]
                return True
        return False
