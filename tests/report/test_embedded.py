"""The session that a page carries."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from granite_ws.report.embedded import embed, read_embedded
from granite_ws.report.sections import Answer, outcome, reproduction
from granite_ws.settings import Settings
from tests.report.session_builder import EVIL, dropped, held


@given(data=st.text(min_size=1), model_path=st.text())
def test_whatever_the_settings_hold_comes_back(data: str, model_path: str) -> None:
    """Quotes, markup, line breaks, lone surrogates: the page gives back what was put in."""
    session, verdict = held()
    given = Settings(data=data, model_path=model_path)
    value = embed(replace(session, settings=given), verdict)
    [found] = read_embedded(f'<data class="x granite-ws-session" value="{escape(value)}">')
    assert given == found.checked(where="page")


@pytest.mark.parametrize("answer", [outcome, reproduction])
def test_the_page_carries_what_came_of_it(answer: Answer) -> None:
    """Settings, seed, versions, the data's digest, outcome and causes: in either section."""
    session, verdict = dropped()
    known = {"data": {"sha256": "abc"}, "versions": {"granite-ws": "0.1.0"}}
    [found] = read_embedded(answer(replace(session, provenance=known), verdict).html)
    assert (session.settings.to_dict(), 0) == (found.settings, found.seed)
    assert ({"granite-ws": "0.1.0"}, "abc") == (found.versions, found.data)
    assert ("dropped", ("unknown",)) == (found.outcome, found.causes)


def test_the_element_is_hidden_and_holds_no_markup() -> None:
    """Foreign words in provenance stay inside the attribute."""
    html = reproduction(*dropped(EVIL)).html
    assert EVIL not in html
    assert 1 == html.count('<data class="granite-ws-session"')
    assert 1 == len(read_embedded(html))


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(),
                                lambda more: st.lists(more) | st.dictionaries(st.text(), more))
       .map(json.dumps))  # fmt: skip
def test_any_other_value_is_refused_in_words(value: str) -> None:
    """Never another exception than ValueError, whatever stands there."""
    with pytest.raises(ValueError, match="its session"):
        read_embedded(f'<data class="granite-ws-session" value="{escape(value)}">')


@given(st.text())
def test_any_page_can_be_looked_through(html: str) -> None:
    """A page without the element carries no session."""
    assert [] == read_embedded(html.replace("granite-ws-session", ""))
