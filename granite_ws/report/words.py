"""Figures as people read them."""

from __future__ import annotations


def figure(value: float, unit: str) -> str:
    """A number with its unit: milliseconds below a second, kilobytes above a thousand bytes."""
    if unit == "s":
        return f"{value * 1e3:,.1f} ms" if abs(value) < 1 else f"{value:,.2f} s"
    if unit == "bytes":
        return size(value)
    return f"{value:g} {unit}"


def size(value: float) -> str:
    """Bytes in units of 1,000."""
    if abs(value) < 1_000:
        return f"{value:,.0f} bytes"
    if abs(value) < 1_000_000:
        return f"{value / 1e3:,.1f} KB"
    return f"{value / 1e6:,.1f} MB"
