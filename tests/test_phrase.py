"""Sentences that remember how they were made, and are plain text to whoever does not ask."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.phrase import Phrase, join, mark, say, say_many

NAMES = ("first", "second", "third")
NUMBERS = st.integers() | st.floats(allow_nan=False)
PLAIN = st.text()
# A slot with a format spec takes numbers only; one without takes whatever comes.
SLOTS = st.sampled_from([f"{{{name}{spec}}}" for name in NAMES for spec in ("", ":.1f", ":,")])


@st.composite
def templates(draw: st.DrawFn) -> str:
    """Any text with slots in it; braces of its own are doubled."""
    literal = PLAIN.map(lambda text: text.replace("{", "{{").replace("}", "}}"))
    return "".join(draw(st.lists(literal | SLOTS)))


VALUES = st.fixed_dictionaries({name: NUMBERS for name in NAMES})


@given(templates(), VALUES)
def test_it_reads_as_the_template_filled_in(template: str, values: dict[str, float]) -> None:
    """Whoever knows ``str.format`` knows what is said."""
    assert template.format(**values) == say(template, **values)


@given(templates(), VALUES)
def test_it_remembers_how_it_was_made(template: str, values: dict[str, float]) -> None:
    """Template and values are there to be said in another language."""
    phrase = say(template, **values)
    assert (template, values, None) == (phrase.template, phrase.values, phrase.number)


@given(templates(), VALUES)
def test_a_copy_remembers_as_well(template: str, values: dict[str, float]) -> None:
    """Pickled to another process, or copied, it can still be said in another language."""
    phrase = say(template, **values)
    for other in (pickle.loads(pickle.dumps(phrase)), copy.deepcopy(phrase)):
        assert (phrase, Phrase) == (other, type(other))
        assert (template, values) == (other.template, other.values)


@given(templates(), VALUES)
def test_json_keeps_the_text(template: str, values: dict[str, float]) -> None:
    """``verdict.json`` holds the English words, and nothing of how they were made."""
    phrase = say(template, **values)
    assert template.format(**values) == json.loads(json.dumps({"claim": phrase}))["claim"]


def test_a_missing_value_is_an_error() -> None:
    """A slot that nobody fills is noticed where it is said, and not on the page."""
    with pytest.raises(KeyError, match="seconds"):
        say("It stood still for {seconds:.1f} s.")


def test_it_is_a_text_among_texts() -> None:
    """It equals, hashes and slices as the same words without memory."""
    phrase = say("{count} drops", count=2)
    assert phrase == "2 drops"
    assert {"2 drops"} == {phrase}
    assert isinstance(phrase[:1], str)


def test_a_literal_brace_is_doubled() -> None:
    """Code with braces can be part of a sentence."""
    assert "Client(options={'size': 0})" == say("Client(options={{'size': {size}}})", size=0)


@pytest.mark.parametrize(("count", "text"), [(0, "0 drops"), (1, "1 drop"), (2, "2 drops")])
def test_one_and_many(count: int, text: str) -> None:
    """One is singular, all else plural; both forms are kept for other languages' rules."""
    phrase = say_many("{count} drop", "{count} drops", count)
    assert text == phrase
    assert ("{count} drop", "{count} drops", count) == (
        phrase.template,
        phrase.many,
        phrase.number,
    )


def test_a_plural_has_other_values_too() -> None:
    """The count is one value among others."""
    phrase = say_many("{count} drop of {cause}", "{count} drops of {cause}", 3, cause="oom_kill")
    assert "3 drops of oom_kill" == phrase
    assert {"count": 3, "cause": "oom_kill"} == phrase.values


def test_a_marked_template_is_filled_in_later() -> None:
    """A mark changes nothing; ``say`` takes it where the value is known."""
    template = mark("ping_timeout = {timeout}")
    assert "ping_timeout = 30" == say(template, timeout=30)


def test_a_phrase_within_a_phrase_is_kept_whole() -> None:
    """The inner one is a value, so that it can be said in the other language, too."""
    inner = say("in {where}", where="app.py:3 work")
    outer = say("A call {place} kept the loop.", place=inner)
    assert "A call in app.py:3 work kept the loop." == outer
    assert inner is outer.values["place"]


def test_joined_parts_stay_phrases() -> None:
    """Sentences one after another; one that is not there leaves no gap."""
    first, last = say("It ended."), say("It began again after {seconds} s.", seconds=2)
    both = join(" ", (first, "", last))
    assert "It ended. It began again after 2 s." == both
    assert [first, last] == list(both.values.values())
    assert all(isinstance(part, Phrase) for part in both.values.values())
    assert join(" ", ()) == ""
