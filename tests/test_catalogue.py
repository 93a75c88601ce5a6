"""The catalogue of messages: all that pages say, each with its words in the other language."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.catalog import Message

from scripts import messages

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "granite_ws"
_NAMED = re.compile(r"%\((\w+)\)(\w)")
# What a page's own script fills in, or a notebook's code.
_BRACED = re.compile(r"\{(\w+)(?:!(\w))?(?::([^{}]*))?\}")
# The calls whose first arguments are templates, with the number of those arguments.
_CALLS = {"say": 1, "mark": 1, "_": 1, "say_many": 2}


@pytest.fixture(scope="module")
def template() -> Catalog:
    """What the source says now."""
    return messages.collected()


@pytest.fixture(scope="module", params=messages.LANGUAGES)
def kept(request: pytest.FixtureRequest) -> Catalog:
    """What is kept of one language."""
    return messages.read(request.param)


def ids(catalog: Catalog) -> set[tuple[str, ...]]:
    """Every message as a tuple: one text, or the singular and the plural."""
    return {forms(message.id) for message in catalog if message.id}


def forms(words: object) -> tuple[str, ...]:
    return tuple(words) if isinstance(words, tuple | list) else (str(words or ""),)


def slots(message: Message, text: str) -> set[tuple[str, str, str]]:
    """(name, conversion, format spec) of each slot, as the kind of file of the message has it."""
    places = {Path(place).suffix for place, _ in message.locations}
    found = set()
    if ".py" in places:
        parsed = string.Formatter().parse(text)
        found |= {
            (name, how or "", spec or "") for _, name, spec, how in parsed if name is not None
        }
    if ".j2" in places:
        assert "%" not in _NAMED.sub("", text).replace("%%", ""), text
        found |= {(name, "", how) for name, how in _NAMED.findall(text)}
    if places & {".j2", ".ipynb"}:
        found |= set(_BRACED.findall(text))
    return found


def literals(path: Path) -> Iterator[tuple[str, ...]]:
    """Every template that is written at a call, whatever stands around the call."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        named = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
        name = named if isinstance(named, str) else getattr(named, "id", "")
        given = node.args[: _CALLS.get(name, 0)]
        texts = [arg.value for arg in given if isinstance(arg, ast.Constant)]
        if texts and all(isinstance(text, str) and text for text in texts):
            yield tuple(texts)


def test_the_catalogue_holds_exactly_what_the_source_says(
    template: Catalog, kept: Catalog
) -> None:
    """Nothing is missing, nothing stale: ``make messages`` was run after the last change."""
    missing, stale = ids(template) - ids(kept), ids(kept) - ids(template)
    assert (missing, stale) == (set(), set()), "run make messages"
    assert not kept.obsolete


def test_everything_is_translated(kept: Catalog) -> None:
    """No message is empty in any of its forms, none is doubted."""
    missing = [m.id for m in kept if m.id and not messages.is_translated(m)]
    assert missing == [], f"{len(missing)} messages without a translation"


def test_a_translation_has_the_slots_of_its_original(kept: Catalog) -> None:
    """The same names with the same format specs, in every form: it can be filled in."""
    for message in kept:
        if not message.id or not messages.is_translated(message):
            continue
        for form, original in zip(forms(message.string), forms(message.id), strict=True):
            assert slots(message, form) == slots(message, original), message.id


def test_the_compiled_catalogue_is_that_of_the_translations() -> None:
    """Whoever changed the .po compiled it."""
    for language in messages.LANGUAGES:
        path = messages.po_path(language).with_suffix(".mo")
        assert path.read_bytes() == messages.compiled(language), "run make messages"


def test_no_template_of_the_source_escapes_the_collection(template: Catalog) -> None:
    """Every literal at a call is found, also one that stands inside an f-string."""
    known = {text for message in ids(template) for text in message}
    lost = [
        (path.name, text)
        for path in PACKAGE.rglob("*.py")
        if "node_modules" not in path.parts
        for texts in literals(path)
        for text in texts
        if text not in known
    ]
    assert lost == []


def test_a_sentence_of_each_place_is_collected(template: Catalog) -> None:
    """Modules, templates of pages and the notebooks' text are all looked through."""
    places = {Path(place).suffix for message in template for place, _ in message.locations}
    assert {".py", ".j2", ".ipynb"} == places


def test_a_notebook_gives_its_text_and_the_templates_of_its_code() -> None:
    """One message for each markdown cell, its source as a whole, however it is kept."""
    cells = [
        {"cell_type": "markdown", "source": ["# Why?\n", "\n", "Because."]},
        {"cell_type": "code", "source": ["print('# no')\n", "say('{n} held', n=1)"]},
        {"cell_type": "markdown", "source": "## Then?"},
        {"cell_type": "markdown", "source": " \n"},
    ]
    file = BytesIO(json.dumps({"cells": cells}).encode())
    found = [forms(text)[0] for _, _, text, _ in messages.notebook_cells(file, {"say"}, (), {})]
    assert ["# Why?\n\nBecause.", "{n} held", "## Then?"] == found


def test_an_update_keeps_translations_and_guesses_none() -> None:
    """A message that is gone goes, a new one is empty, also where an old one is much like it."""
    old, new = Catalog(locale="pt_BR"), Catalog()
    old.add("It held.", "Manteve-se.")
    old.add("It held once.", "Manteve-se uma vez.")
    new.add("It held.")
    new.add("It held twice.")
    updated = messages.updated(old, new)
    assert {("It held.",), ("It held twice.",)} == ids(updated)
    assert updated["It held."].string == "Manteve-se."
    assert not messages.is_translated(updated["It held twice."])
    assert not updated.obsolete


def test_what_is_put_in_must_belong_to_a_message() -> None:
    """A translation of nothing, and one text where a plural needs two, are refused."""
    catalog = Catalog(locale="pt_BR")
    catalog.add("It held.")
    catalog.add(("{count} drop", "{count} drops"))
    messages.fill(
        catalog, {"It held.": "Manteve-se.", "{count} drop": ["{count} q", "{count} qs"]}
    )
    assert catalog["It held."].string == "Manteve-se."
    assert catalog["{count} drop"].string == ("{count} q", "{count} qs")
    for wrong in ({"odd": "x"}, {"It held.": ["x", "y"]}, {"{count} drop": "x"}):
        with pytest.raises(SystemExit, match=r"no such message|one text is needed"):
            messages.fill(catalog, wrong)
