"""Any rows as a table in the page's own style: what a notebook shows of many sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from granite_ws.report.sections import Section, section


def table(rows: Sequence[Mapping[str, Any]], *, name: str = "table") -> Section:
    """A table of mappings with the same keys; numbers to three places, None as a dash."""
    shown = [{key: _words(value) for key, value in row.items()} for row in rows]
    words = "\n".join(", ".join(f"{k} {v}" for k, v in row.items()) for row in shown)
    return section(name, "", words, "table", list(shown[0]) if shown else [], shown)


def _words(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
