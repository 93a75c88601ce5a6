"""The language that a page speaks: English as written, others from a gettext catalogue."""

from __future__ import annotations

import gettext
import os
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from granite_ws.errors import SettingsError
from granite_ws.phrase import Phrase

# Also read from this variable: the kernel of a notebook is another process.
VARIABLE = "GRANITE_WS_LANG"
ENGLISH, BRAZILIAN = "en", "pt-BR"
LANGUAGES = (ENGLISH, BRAZILIAN)
DOMAIN = "granite_ws"
LOCALES = Path(__file__).parents[1] / "locale"

_spoken: ContextVar[str | None] = ContextVar("language", default=None)


def current() -> str:
    """The language that is spoken now, as a page's ``lang`` attribute names it."""
    return _spoken.get() or _known(os.environ.get(VARIABLE) or ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything that is drawn inside speaks this language. Raises SettingsError."""
    token = _spoken.set(_known(language))
    try:
        yield
    finally:
        _spoken.reset(token)


def translated(text: str) -> str:
    """A phrase in the language spoken now; other text as it is, since it may be a client's."""
    if not isinstance(text, Phrase):
        return text
    if current() == ENGLISH:
        return str(text)
    pattern = (
        _(text.template)
        if text.number is None
        else catalogue(current()).ngettext(text.template, text.many, text.number)
    )
    return _filled(pattern, text.values)


def _(template: str, /, **values: Any) -> str:
    """A template of our own in the language spoken now, filled in where values are given."""
    if not template:
        return ""  # gettext's header
    pattern = catalogue(current()).gettext(template)
    return _filled(pattern, values) if values else pattern


def number(value: float, spec: str) -> str:
    """A number as ``format`` writes it, with the decimal sign of the language spoken now."""
    return _local_number(format(value, spec))


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The messages of a language; English needs none."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALES, [language.replace("-", "_")])


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise SettingsError(
            "lang", language, allowed=f"must be one of {', '.join(LANGUAGES)}", where="report"
        )
    return language


def _filled(pattern: str, values: Mapping[str, Any]) -> str:
    return _LocalFormatter().vformat(pattern, (), values)


class _LocalFormatter(string.Formatter):
    """Numbers get the decimal sign of the language, phrases its words."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Phrase):
            return format(translated(value), format_spec)
        text: str = super().format_field(value, format_spec)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return _local_number(text) if is_number else text


def _local_number(text: str) -> str:
    if current() == ENGLISH:
        return text
    return text.translate(str.maketrans(",.", ".,"))
