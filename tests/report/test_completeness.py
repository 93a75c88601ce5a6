"""Every sentence of a page comes from the catalogue: none stays English in another language.

The proof is a catalogue in which each message stands in ⟦brackets⟧. On a page that speaks it,
every visible letter outside of brackets was forgotten, unless it is code or somebody else's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from granite_ws import Settings, render_report
from granite_ws.droplaw import Law, Observation, Point
from granite_ws.events import Kind
from granite_ws.report import language, law
from granite_ws.report.raw import LONGEST_LINE, MOST_EVENTS
from granite_ws.report.sections import Section
from granite_ws.report.table import table
from scripts import messages
from tests.log_builder import connected, lost, ping, process, stall
from tests.report.session_builder import (
    dropped,
    executed_notebook,
    half_an_hour,
    held,
    killed,
    session,
    weekly,
)

_SILENT = {"script", "style", "code", "pre", "data", "metadata"}
_VOID = {"meta", "link", "br", "img", "hr", "input", "use", "path", "rect"}
_SPOKEN = {"aria-label", "alt", "title", "data-label"}
# The sign of a count is no word.
_SIGNS = {"n"}


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Portuguese is the source's own messages in brackets, as Babel collects them."""
    folder = tmp_path_factory.mktemp("locale") / "pt_BR/LC_MESSAGES"
    folder.mkdir(parents=True)
    wrapped = Catalog(locale="pt_BR", charset="utf-8")
    for message in messages.collected():
        if message.id:
            plural = isinstance(message.id, tuple | list)
            words = tuple(map(_wrap, message.id)) if plural else _wrap(message.id)
            wrapped.add(message.id, words)
    with (folder / "granite_ws.mo").open("wb") as file:
        write_mo(file, wrapped)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language, "LOCALES", folder.parents[1])
        language.catalogue.cache_clear()
        yield
    language.catalogue.cache_clear()


def _wrap(text: str) -> str:
    """In brackets; a notebook's text keeps its headings, so each of its lines has its own."""
    if not text.startswith("#"):
        return f"⟦{text}⟧"
    return "\n".join(re.sub(r"^(#+ |)(.+)$", r"\1⟦\2⟧", line) for line in text.splitlines())


class _Reader(HTMLParser):
    """Collects what a person reads or hears and no bracket holds."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forgotten: list[str] = []
        self._silent: list[bool] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in _SPOKEN & set(given):
            self._note(_outside(given[name] or "", 0)[0])
        if tag not in _VOID:
            silent = tag in _SILENT or given.get("translate") == "no"
            self._silent.append(silent or any(self._silent[-1:]))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._silent.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing is inside."""

    def handle_data(self, data: str) -> None:
        if not any(self._silent[-1:]):
            left, self._depth = _outside(data, self._depth)
            self._note(left)

    def _note(self, left: str) -> None:
        words = set(re.findall(r"[^\W\d_]+", left)) - _SIGNS
        if words:
            self.forgotten.append(" ".join(left.split()))


def _outside(text: str, depth: int) -> tuple[str, int]:
    """What no bracket holds, and how many are still open at the end."""
    left = []
    for letter in text:
        if letter == "⟧":
            depth -= 1
        elif letter == "⟦":
            depth += 1
        elif depth == 0:
            left.append(letter)
    return "".join(left), depth


def forgotten(html: str) -> list[str]:
    """Every visible text of a page that is not from the catalogue."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader._depth == 0, "a message was cut"
    return reader.forgotten


def crowded() -> tuple:
    """A stall that a setting could outlast, more evidence than is shown, a line that is cut."""
    return session(
        process(0, Kind.PROCESS_STARTED),
        connected(1),
        ping(2),
        [stall(3 + 0.02 * number, 0.2) for number in range(MOST_EVENTS + 5)],
        lost(14, last_log="x" * 2 * LONGEST_LINE),
        command="granite-ws run",
        data={"name": "a", "points": 3, "source": "b", "sha256": "c", "repairs": ["d"]},
        machine={"system": "e", "cpu_count": 2, "memory_bytes": 3, "python": "4"},
        seed=1,
    )


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize("make", [held, dropped, killed, crowded, session, weekly, half_an_hour])
def test_a_page_says_nothing_that_is_not_in_the_catalogue(make: object) -> None:
    """Headings, tables, notes, pictures, labels for screen readers: all of it."""
    made = make()
    with language.speaking("pt-BR"):
        html = render_report(*made)
    assert "⟦" in html
    assert [] == forgotten(html)


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize("make", [held, killed])
def test_nor_does_the_page_of_a_notebook(make: object, tmp_path: Path) -> None:
    """Its text cells, the names of its folded code, its title, and what its cells show."""
    made = make()
    with language.speaking("pt-BR"):
        html = executed_notebook(*made, tmp_path).read_text()
    assert '<html lang="pt-BR">' in html
    assert [] == forgotten(html)


@pytest.mark.usefixtures("pseudo")
def test_nor_do_the_sections_of_other_notebooks() -> None:
    """The drop law and tables; what stands in a table's cells is data."""
    seen = Observation(
        kind="python", asked_s=2.5, held_s=2.501, phase_s=0.7, led=True, excess_s=0.2,
        limit="ping_timeout", dropped=True,
    )  # fmt: skip
    point = Point(kind="node", stall_s=2.5, predicted=0.5, observed=0.75, count=4)
    with language.speaking("pt-BR"):
        made: list[Section] = [
            law.tolerances(Settings()),
            law.curve(Settings(), [point], heartbeat=(1, 2)),
            law.trial(Law(2, (seen,), ())),
            table([{"client": "x", "phase": 1.25, "observed": True, "held": None}]),
        ]
    assert [] == [words for section in made for words in forgotten(section.html)]


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<p>⟦reason: ⟦transport⟧ error⟧</p>", []),
        ("<p>⟦a⟧ forgotten</p>", ["forgotten"]),
        ('<p aria-label="unheard">⟦a⟧</p>', ["unheard"]),
        ("<p>⟦say <code>granite-ws</code> now⟧ 3 %</p>", []),
        ('<b translate="no">gil_held <i>native</i></b> after', ["after"]),
        ("<svg><text>drop</text></svg>", ["drop"]),
    ],
)
def test_the_reader_finds_what_was_forgotten(html: str, left: list[str]) -> None:
    """In text, labels and pictures; neither code nor what is marked as not to be translated."""
    assert left == forgotten(html)
