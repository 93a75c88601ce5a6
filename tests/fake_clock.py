"""A clock that a test turns by hand."""

from __future__ import annotations


class FakeClock:
    """Time stands still until somebody sleeps; ``delays`` makes sleeps longer than asked."""

    def __init__(self, delays: list[float] | None = None) -> None:
        self.ns = 0
        self._delays = list(delays or [])

    def now_ns(self) -> int:
        return self.ns

    def utc(self) -> str:
        return "2026-01-01T00:00:00.000000+00:00"

    def sleep(self, seconds: float) -> None:
        late = self._delays.pop(0) if self._delays else 0.0
        self.ns += round((seconds + late) * 1e9)
