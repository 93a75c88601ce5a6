"""Collects what pages say from the source, and compiles what it is in another language.

python -m scripts.messages                    collect, update the .po of each language, compile
python -m scripts.messages missing            print what has no translation yet, as JSON
python -m scripts.messages fill FILE.json     put translations in: message -> text, [one, many]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALES = ROOT / "granite_ws/locale"
LANGUAGES = ("pt_BR",)
DOMAIN = "granite_ws"
# Which arguments of which call are messages; the last two are what {% trans %} becomes.
KEYWORDS = {
    "say": None,
    "mark": None,
    "_": None,
    "say_many": (1, 2),
    "gettext": None,
    "ngettext": (1, 2),
}


def notebook_cells(
    file: Any, keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, Any, Any, Any]]:
    """Babel's extraction method for a notebook: each markdown cell is one message, as a whole;
    a code cell has those of its calls.
    """
    for cell in json.load(file)["cells"]:
        source = cell["source"]
        text = source if isinstance(source, str) else "".join(source)
        if cell["cell_type"] == "markdown" and text.strip():
            yield 1, "gettext", text, []
        if cell["cell_type"] == "code":
            yield from extract_python(BytesIO(text.encode()), keywords, comment_tags, options)


def collected(root: Path = ROOT) -> Catalog:
    """Every message of the source, without translations."""
    with (root / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog(project=DOMAIN, charset="utf-8")
    for path, line, message, comments, context in extract_from_dir(
        root, methods, options, keywords=KEYWORDS
    ):
        place = [(Path(path).as_posix(), line)]
        found.add(message, locations=place, auto_comments=comments, context=context)
    return found


def po_path(language: str) -> Path:
    """Where a language's translations are kept."""
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """The translations of a language as they are kept; none where there is no file yet."""
    path = po_path(language)
    if not path.is_file():
        return Catalog(
            locale=language,
            project=DOMAIN,
            version="0.1.0",
            header_comment="# What the pages of granite_ws say; written by scripts/messages.py.",
            msgid_bugs_address="none",
            last_translator="none",
            language_team="Brazilian Portuguese",
            charset="utf-8",
            fuzzy=False,
        )
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def updated(kept: Catalog, template: Catalog) -> Catalog:
    """The kept translations of the messages that are in the source now; nothing is guessed."""
    kept.update(template, no_fuzzy_matching=True, update_creation_date=False)
    kept.obsolete.clear()
    return kept


def written(catalog: Catalog) -> bytes:
    """The .po file of a catalogue: by file, without line numbers, so that diffs stay small."""
    file = BytesIO()
    write_po(file, catalog, width=99, sort_by_file=True, include_lineno=False)
    return file.getvalue()


def compiled(language: str) -> bytes:
    """The .mo file that the kept .po is compiled to."""
    file = BytesIO()
    write_mo(file, read(language))
    return file.getvalue()


def is_translated(message: Message) -> bool:
    """Whether it has words in every form, and nobody doubts them."""
    forms = message.string if isinstance(message.string, tuple | list) else [message.string]
    return bool(forms) and all(forms) and not message.fuzzy


def main(arguments: list[str]) -> None:
    template = collected()
    for language in LANGUAGES:
        catalog = updated(read(language), template)
        open_ones = [message for message in catalog if message.id and not is_translated(message)]
        if arguments[:1] == ["missing"]:
            print(json.dumps([message.id for message in open_ones], ensure_ascii=False, indent=1))
            continue
        if arguments[:1] == ["fill"]:
            fill(catalog, json.loads(Path(arguments[1]).read_text("utf-8")))
            open_ones = [m for m in catalog if m.id and not is_translated(m)]
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(catalog))
        path.with_suffix(".mo").write_bytes(compiled(language))
        print(f"{language}: {len(catalog)} messages, {len(open_ones)} without a translation")


def fill(catalog: Catalog, translations: dict[str, str | list[str]]) -> None:
    """Puts translations in; a plural is found by its singular. Exits where one has no message."""
    for original, translation in translations.items():
        message = catalog.get(original)
        if message is None:
            sys.exit(f"no such message in the source: {original!r}")
        plural = isinstance(message.id, tuple | list)
        if plural != isinstance(translation, list):
            sys.exit(f"one text is needed, or [one, many] for a plural: {original!r}")
        message.string = tuple(translation) if plural else translation
        message.flags.discard("fuzzy")


if __name__ == "__main__":
    main(sys.argv[1:])
