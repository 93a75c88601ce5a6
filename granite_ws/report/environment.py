"""The templates and the style sheet, speaking the language that is spoken when they are used."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from granite_ws.phrase import Phrase
from granite_ws.report import language

_LOADER = PackageLoader("granite_ws.report")


@cache
def templates() -> Environment:
    """The templates; everything that comes from a log or a client is escaped, phrases are said."""
    return speaking_environment(
        Environment(loader=_LOADER, autoescape=True, finalize=language.translated)
    )


def speaking_environment(environment: Any) -> Any:
    """Gives an environment ``_`` and ``ngettext``, the filter ``code`` (for a name that is never
    translated), the test ``phrase`` and the function ``language``. The language is asked for
    each time, never kept.
    """
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(language._, _plural, newstyle=True)
    environment.filters["code"] = Markup('<span translate="no">{}</span>').format
    environment.tests["phrase"] = lambda value: isinstance(value, Phrase)
    environment.globals["language"] = language.current
    return environment


@cache
def style() -> Markup:
    """The style sheet: our own text, so it needs no escaping."""
    source, _, _ = _LOADER.get_source(templates(), "style.css")
    return Markup(source)  # noqa: S704


def _plural(one: str, many: str, count: int) -> str:
    return language.catalogue(language.current()).ngettext(one, many, count)
