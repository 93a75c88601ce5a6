"""Sentences that can be said in another language: English text that remembers how it was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class Phrase(str):
    """English words, with the template and the values that they were made from.

    It is a ``str``: what writes JSON, compares or prints needs to know nothing. A page that
    speaks another language looks the template up and fills in the same values
    (``report/language.py``); values that are phrases themselves are said in that language, too.
    """

    template: str
    many: str
    number: int | None
    values: Mapping[str, Any]

    def __new__(
        cls,
        text: str,
        template: str = "",
        values: Mapping[str, Any] | None = None,
        *,
        many: str = "",
        number: int | None = None,
    ) -> Phrase:
        """``many`` and ``number`` are of a phrase with a plural form."""
        phrase = super().__new__(cls, text)
        phrase.template, phrase.values = template, values or {}
        phrase.many, phrase.number = many, number
        return phrase


def say(template: str, /, **values: Any) -> Phrase:
    """The template, filled in as ``str.format`` does. Raises KeyError for a value that is missing.

    The template must be a literal where it is written, or marked as one: the catalogue of
    messages is collected from the source.
    """
    return Phrase(template.format(**values), template, values)


def say_many(one: str, many: str, count: int, /, **values: Any) -> Phrase:
    """``one`` for a count of 1, else ``many``; both may name ``{count}``."""
    filled = {"count": count, **values}
    template = one if count == 1 else many
    return Phrase(template.format(**filled), one, filled, many=many, number=count)


def mark(template: str) -> str:
    """Marks a template that is filled in elsewhere, so that it is found in the source."""
    return template


def join(separator: str, parts: Iterable[str]) -> Phrase:
    """Parts one after another, each of which may be a phrase; empty ones are left out."""
    kept = [part for part in parts if part]
    slots = separator.join(f"{{part{number}}}" for number in range(len(kept)))
    return say(slots, **{f"part{number}": part for number, part in enumerate(kept)})
