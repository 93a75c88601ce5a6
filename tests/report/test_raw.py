"""Raw events: every link leads to its event, every event back."""

from __future__ import annotations

import re

import pytest

from granite_ws import render_report
from granite_ws.report.raw import LONGEST_LINE, MOST_CHARACTERS, MOST_EVENTS, RawEvents
from granite_ws.report.sections import causes, lost_connections
from granite_ws.timeline import read_timeline
from tests.log_builder import log, lost, stall
from tests.report.session_builder import EVIL, dropped, executed_notebook, held, killed

TIMELINE = read_timeline(log(lost(8)))


def ids(html: str) -> list[str]:
    return re.findall(r'\bid="([^"]+)"', html)


def targets(html: str) -> set[str]:
    return set(re.findall(r'\bhref="#([^"]+)"', html))


def raw() -> RawEvents:
    return RawEvents("causes", "a-session", TIMELINE)


@pytest.mark.parametrize("make", [held, dropped, killed])
def test_no_link_of_a_page_leads_nowhere(make: object) -> None:
    """Each has its target, no id is there twice."""
    page = render_report(*make())
    assert targets(page) <= set(ids(page))
    assert len(ids(page)) == len(set(ids(page)))


def test_on_a_notebooks_page_sections_do_not_collide(tmp_path: object) -> None:
    """Each section brings its own events along, under ids of its own."""
    page = executed_notebook(*killed(), tmp_path).read_text()
    assert targets(page) <= set(ids(page))
    assert len(ids(page)) == len(set(ids(page)))


def test_two_sessions_have_ids_of_their_own() -> None:
    """The same event of another session is another one."""
    other = RawEvents("causes", "b-session", TIMELINE)
    assert raw().link(lost(8)).href != other.link(lost(8)).href


def test_each_step_of_a_path_and_each_fact_of_a_drop_is_linked() -> None:
    """Cause: evidence and path. Drop: what each side said, and when it last heard."""
    shown = causes(*killed()).html
    path = re.search(r'<ol class="path">(.*?)</ol>', shown, re.S)[1]
    assert path.count("<li>") == path.count("<a href=") > 0
    facts = re.findall(r'<span class="note">(.*?)</span>', lost_connections(*killed()).html)
    linked = [fact for fact in facts if fact.startswith("<a href=")]
    assert {"reason", "last words", "last PING in", "connected for"} <= {
        re.search(r">([a-zA-Z ]+?)(?:: | \d)", fact)[1] for fact in linked
    }


def test_an_event_is_shown_as_it_was_written() -> None:
    """The very line of events.jsonl, escaped."""
    session, verdict = dropped(EVIL)
    html = lost_connections(session, verdict).html
    assert EVIL not in html
    assert "&#34;kind&#34;:&#34;disconnected&#34;" in html


def test_an_event_links_back_to_the_first_claim_that_needs_it() -> None:
    """A second link to the same event has no id: it would be there twice."""
    events = raw()
    first, second = events.link(lost(8)), events.link(lost(8))
    assert (f"{first.href[1:]}-from", "") == (first.id, second.id)
    assert first.href == second.href
    assert 1 == len(events.entries)


def test_too_many_events_are_counted_and_not_shown() -> None:
    """Some hundreds are linked; of the others it is said how many there are."""
    events = raw()
    links = [events.link(stall(second, 0.5)) for second in range(MOST_EVENTS + 5)]
    assert [None] * 5 == links[-5:]
    assert (MOST_EVENTS, 5) == (len(events.entries), events.left_out)


def test_long_events_need_more_room() -> None:
    """A hundred stacks are too many, too: a page has an end."""
    events = raw()
    links = [events.link(lost(second, last_log="x" * 10_000)) for second in range(100)]
    shown = len([link for link in links if link is not None])
    assert MOST_CHARACTERS / LONGEST_LINE == pytest.approx(shown, abs=1)
    assert shown == len(events.entries)
    assert 100 - shown == events.left_out


def test_a_line_of_pages_is_cut_and_says_so() -> None:
    """A whole message in one event does not become the report."""
    events = raw()
    events.link(lost(8, last_log="x" * 3 * LONGEST_LINE))
    [entry] = events.entries
    assert LONGEST_LINE == len(entry.line)
    assert "more characters" in entry.cut
    assert raw().link(None) is None
