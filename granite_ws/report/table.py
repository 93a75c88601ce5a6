"""Any rows as a table in the page's own style: what a notebook shows of many sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from granite_ws.phrase import Phrase, say
from granite_ws.report.section import Section, section


def table(rows: Sequence[Mapping[str, Any]], *, name: str = "table") -> Section:
    """A table of mappings with the same keys; numbers to three places, None as a dash.

    A key is looked up in the catalogue as a text of its own is; a value only where it is a phrase.
    """
    shown = [{key: _words(value) for key, value in row.items()} for row in rows]
    words = "\n".join(", ".join(f"{k} {v}" for k, v in row.items()) for row in shown)
    return section(name, "", words, "table", _heads(shown), shown)


def _heads(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, Phrase]]:
    keys = rows[0] if rows else ()
    return [(key, key if isinstance(key, Phrase) else Phrase(key, key)) for key in keys]


def _words(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, float):
        places = len(f"{value:.3f}".rstrip("0").partition(".")[2])
        return say("{value:.{places}f}", value=value, places=places)
    return value if isinstance(value, Phrase) else str(value)
