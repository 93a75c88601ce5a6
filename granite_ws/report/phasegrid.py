"""What a phase map shows: a tile for each pair of values, and where the law draws its line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from granite_ws.heartbeat import Heartbeat, still_bears, tolerance
from granite_ws.matrix.record import CellRecord, Status

DROPS = "drops"
STALL, TIMEOUT, INTERVAL = "fault_seconds", "ping_timeout", "ping_interval"
# Faults in which the server itself stands still for fault_seconds: the law speaks of nothing else.
STANDS_STILL = (
    "gil_held_native",
    "asyncio_loop_blocked",
    "green_hub_blocked",
    "server_suspended",
)


@dataclass(frozen=True)
class Tile:
    """One pair of values.

    value:  the share of its sessions that lost a connection (0 to 1), or the metric's median over
            them; None where no session measured it.
    dropped: sessions that lost a connection, of ``measured``.
    planned: cells that were to give one: those that died or ran out of time are among them.
    """

    value: float | None
    dropped: int
    measured: int
    planned: int


@dataclass(frozen=True)
class Grid:
    """Tiles by (x, y); a pair that nobody ran has none."""

    x: str
    y: str
    metric: str
    xs: tuple[Any, ...]
    ys: tuple[Any, ...]
    tiles: Mapping[tuple[Any, Any], Tile]


@dataclass(frozen=True)
class Law:
    """The heartbeat that the sessions of a map shared, as far as the axes do not vary it.

    interval_s, timeout_s: None for the one that is an axis.
    phase_s: seconds after a PING at which each stall began; None where that is not known.
    """

    kinds: tuple[str, ...]
    interval_s: float | None
    timeout_s: float | None
    phase_s: float | None

    def lengths(self, other: float) -> tuple[float, float]:
        """For this value of the axis that is not the stall: a stall up to the first number of
        seconds drops no client, one above the second drops some client at any phase.
        """
        borne = [tolerance(kind, self._heartbeat(other)) for kind in self.kinds]
        return min(low for low, _ in borne), min(high for _, high in borne)

    def exact(self, other: float) -> float | None:
        """The longest stall that every client bears at the known phase; None without one, and for
        a phase that lies beyond the next PING. A Python client counts from any packet: what the
        feed sends shortly before the stall lets it bear up to the phase more.
        """
        heartbeat = self._heartbeat(other)
        if self.phase_s is None or self.phase_s >= heartbeat.ping_interval_s:
            return None
        return min(still_bears(kind, heartbeat, self.phase_s)[0] for kind in self.kinds)

    def _heartbeat(self, other: float) -> Heartbeat:
        interval = other if self.interval_s is None else self.interval_s
        timeout = other if self.timeout_s is None else self.timeout_s
        return Heartbeat.configured(interval, timeout)


def grid(records: Sequence[CellRecord], x: str, y: str, metric: str = DROPS) -> Grid:
    """Every cell that has both parameters, in its tile; axes in order of their values."""
    cells: dict[tuple[Any, Any], list[CellRecord]] = defaultdict(list)
    for record in records:
        if x in record.parameters and y in record.parameters:
            cells[record.parameters[x], record.parameters[y]].append(record)
    return Grid(
        x=x,
        y=y,
        metric=metric,
        xs=_ordered(pair[0] for pair in cells),
        ys=_ordered(pair[1] for pair in cells),
        tiles={pair: _tile(found, metric) for pair, found in cells.items()},
    )


def law_of(shown: Grid, records: Sequence[CellRecord], defaults: Mapping[str, Any]) -> Law | None:
    """The law for this map; None where an axis is no stall, or anything it needs is not known or
    not the same in all cells. defaults: the notebook's own parameters, for what no cell names.
    """
    other = {shown.x, shown.y} - {STALL}
    if STALL not in (shown.x, shown.y) or not other <= {TIMEOUT, INTERVAL}:
        return None
    if shown.metric != DROPS or not records or not all(map(_stands_still, records)):
        return None
    known = {
        name: _shared(name, records, defaults)
        for name in (TIMEOUT, INTERVAL, "client_kinds", "fault_at_s")
    }
    needed = {TIMEOUT, INTERVAL, "client_kinds"} - other
    if any(known[name] is None for name in needed):
        return None
    return Law(
        kinds=tuple(known["client_kinds"].split(",")),
        interval_s=None if INTERVAL in other else known[INTERVAL],
        timeout_s=None if TIMEOUT in other else known[TIMEOUT],
        phase_s=known["fault_at_s"],
    )


# ------------------------------------------------------------------------------------ pieces


def _tile(records: Sequence[CellRecord], metric: str) -> Tile:
    done = [record for record in records if record.status is Status.DONE]
    numbers = [v for record in done if (v := record.metrics.get(metric)) is not None]
    lost = [record.drops > 0 for record in done if record.drops is not None]
    if metric == DROPS:
        value = sum(lost) / len(lost) if lost else None
    else:
        value = median(numbers) if numbers else None
    return Tile(value, sum(lost), len(numbers), len(records))


def _ordered(values: Any) -> tuple[Any, ...]:
    """Numbers by size before words as they come; each once."""
    found = list(dict.fromkeys(values))
    return tuple(sorted(found, key=lambda v: (0, v) if _is_number(v) else (1, found.index(v))))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _stands_still(record: CellRecord) -> bool:
    """Whether its stall is as long as its parameter says: 0 is a fault's own length, not none."""
    fault, seconds = record.parameters.get("fault", ""), record.parameters.get(STALL)
    return (fault in STANDS_STILL and bool(seconds)) or (fault == "" and not seconds)


def _shared(name: str, records: Sequence[CellRecord], defaults: Mapping[str, Any]) -> Any:
    values = {record.parameters.get(name, defaults.get(name)) for record in records}
    return values.pop() if len(values) == 1 else None
