"""Figures as people read them."""

from __future__ import annotations

from granite_ws.phrase import Phrase, say


def figure(value: float, unit: str) -> Phrase:
    """A number with its unit: milliseconds below a second, kilobytes above a thousand bytes."""
    if unit == "s":
        if abs(value) < 1:
            return say("{value:,.1f} ms", value=value * 1e3)
        return say("{value:,.2f} s", value=value)
    if unit == "bytes":
        return size(value)
    return say("{value:g} {unit}", value=value, unit=unit)


def size(value: float) -> Phrase:
    """Bytes in units of 1,000, up to gigabytes."""
    if abs(value) < 1_000:
        return say("{value:,.0f} bytes", value=value)
    if abs(value) < 1_000_000:
        return say("{value:,.1f} KB", value=value / 1e3)
    if abs(value) < 1_000_000_000:
        return say("{value:,.1f} MB", value=value / 1e6)
    return say("{value:,.1f} GB", value=value / 1e9)
