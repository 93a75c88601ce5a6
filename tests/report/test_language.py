"""A page speaks the chosen language: words, plurals and decimal signs, and no client's words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from granite_ws.errors import SettingsError
from granite_ws.phrase import Phrase, join, say, say_many
from granite_ws.report import language
from granite_ws.report.language import BRAZILIAN, ENGLISH, VARIABLE, _, speaking, translated

STALL = "The server stood still for {seconds:.1f} s{where}."
WORDS = {
    STALL: "O servidor ficou parado por {seconds:.1f} s{where}.",
    " in {frame}": " em {frame}",
    "{size:,} bytes were sent": "{size:,} bytes foram enviados",
    "The client left": "O cliente saiu",
    ("{count} drop", "{count} drops"): ("{count} queda", "{count} quedas"),
    "{first} after {last}": "{last} antes de {first}",
}


@pytest.fixture(autouse=True)
def a_small_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A real catalogue of a few words in place of ours; nobody's environment decides."""
    folder = tmp_path / "pt_BR/LC_MESSAGES"
    folder.mkdir(parents=True)
    catalog = Catalog(locale="pt_BR", domain=language.DOMAIN)
    for english, brazilian in WORDS.items():
        catalog.add(english, brazilian)
    with (folder / f"{language.DOMAIN}.mo").open("wb") as file:
        write_mo(file, catalog)
    monkeypatch.setattr(language, "LOCALES", tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    language.catalogue.cache_clear()
    yield
    language.catalogue.cache_clear()


def in_brazil(text: str) -> str:
    """The text as a Brazilian page shows it."""
    with speaking(BRAZILIAN):
        return translated(text)


def stall(where: str = "") -> Phrase:
    """The sentence of a stall of 1.5 s."""
    return say(STALL, seconds=1.5, where=where)


def test_a_sentence_has_its_words_and_its_decimal_comma() -> None:
    """The template is looked up; the value is a number still, so that it can be written so."""
    assert "O servidor ficou parado por 1,5 s." == in_brazil(stall())


def test_english_is_said_as_it_was_written() -> None:
    """Nothing is spoken unless asked for, and English is as the module wrote it."""
    assert ENGLISH == language.current()
    assert stall() == translated(stall())
    with speaking(ENGLISH):
        assert stall() == translated(stall())
        assert "1.5" == language.number(1.5, ".1f")


def test_a_phrase_within_a_phrase_is_translated_as_well() -> None:
    """An optional part is a phrase of its own; what came from a log in it stays as it is."""
    where = say(" in {frame}", frame="app 1.5.py:12 predict")
    told = in_brazil(stall(where))
    assert "O servidor ficou parado por 1,5 s em app 1.5.py:12 predict." == told


def test_joined_sentences_are_each_translated() -> None:
    """Whoever joins need not know the language."""
    joined = join(" ", (stall(), "", say("The client left")))
    assert "O servidor ficou parado por 1,5 s. O cliente saiu" == in_brazil(joined)


def test_another_language_may_turn_the_order() -> None:
    """Slots are named: the translator puts them where the language wants them."""
    assert "2 antes de 1" == in_brazil(say("{first} after {last}", first=1, last=2))


def test_thousands_and_decimals_swap_their_signs() -> None:
    """12,345.6 is 12.345,6 there, whoever writes it."""
    assert "1.234.567 bytes foram enviados" == in_brazil(
        say("{size:,} bytes were sent", size=1_234_567)
    )
    with speaking(BRAZILIAN):
        assert "12.345,6" == language.number(12_345.6, ",.1f")


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 queda"), (1, "1 queda"), (2, "2 quedas"), (1500, "1500 quedas")]
)
def test_the_languages_own_rule_of_plurals_counts(count: int, text: str) -> None:
    """None is singular in Brazil, and plural in English."""
    assert text == in_brazil(say_many("{count} drop", "{count} drops", count))


def test_what_has_no_translation_stays_english() -> None:
    """An unknown sentence keeps its words, with the numbers of the language."""
    assert "Nobody said 0,5 of it" == in_brazil(say("Nobody said {share} of it", share=0.5))


@pytest.mark.parametrize("text", ["The client left", "1.5 s {seconds}", "", "a,b.c"])
def test_other_text_is_left_alone(text: str) -> None:
    """What is no phrase may be a client's words: not even a known sentence is touched."""
    assert text == in_brazil(text)


def test_a_value_that_looks_like_a_slot_is_no_slot() -> None:
    """What a log said is filled in once and not read again."""
    assert "O servidor ficou parado por 1,5 s{seconds}{0}." == in_brazil(stall("{seconds}{0}"))


def test_a_pages_own_words_are_translated() -> None:
    """``_`` of a literal, filled in where values are given; braces stay where none are."""
    with speaking(BRAZILIAN):
        assert "O cliente saiu" == _("The client left")
        assert "2.000 bytes foram enviados" == _("{size:,} bytes were sent", size=2000)
        assert "{size:,} bytes foram enviados" == _("{size:,} bytes were sent")
        assert "" == _("")  # and not the catalogue's header


def test_a_variable_chooses_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook's kernel is told by its environment; what is asked for here goes before it."""
    monkeypatch.setenv(VARIABLE, BRAZILIAN)
    assert BRAZILIAN == language.current()
    assert "O cliente saiu" == translated(say("The client left"))
    with speaking(ENGLISH):
        assert "The client left" == translated(say("The client left"))


def test_the_language_ends_with_its_block() -> None:
    """Also where drawing failed; blocks may lie in one another."""
    with speaking(BRAZILIAN):
        with speaking(ENGLISH):
            assert ENGLISH == language.current()
        assert BRAZILIAN == language.current()
    with pytest.raises(RuntimeError), speaking(BRAZILIAN):
        raise RuntimeError
    assert ENGLISH == language.current()


def test_an_unknown_language_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the key, the value, and what is allowed; from the variable just as well."""
    with pytest.raises(SettingsError) as told, speaking("pt"):
        pass
    for part in ("lang", "'pt'", "en, pt-BR"):
        assert part in str(told.value)
    assert "\n" not in str(told.value)
    monkeypatch.setenv(VARIABLE, "tlh")
    with pytest.raises(SettingsError, match="tlh"):
        language.current()
