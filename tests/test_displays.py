"""Rich displays, asked of a real IPython shell."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import granite_ws
from granite_ws import displays
from granite_ws.events import EventLog, Kind
from granite_ws.proof import Decision, Proof, Rerun
from granite_ws.settings import Settings
from tests.log_builder import event, log
from tests.report.session_builder import EVIL, dropped, held


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """A shell of its own, which is gone afterwards."""
    made = InteractiveShell.instance()
    yield made
    InteractiveShell.clear_instance()


def shown(shell: InteractiveShell, value: Any) -> tuple[str, str]:
    """The value's HTML and plain text, as a cell would keep them."""
    bundle, _ = shell.display_formatter.format(value)
    return bundle["text/html"], bundle["text/plain"]


def values(words: str = "x") -> dict[str, Any]:
    """One value of each type, with foreign words in every place that takes them."""
    session, verdict = dropped(words)
    rerun = Rerun("without", Path(words), failed=True, void=words)
    return {
        "Session": session,
        "Settings": Settings(data=words, ping_timeout=20),
        "EventLog": session.log,
        "Timeline": verdict.timeline,
        "Verdict": verdict,
        "Finding": replace(verdict.findings[0], claim=words, remedy=words, blocked_at=words),
        "Proof": Proof(words, Decision.NOT_PROVEN, (rerun,)),
    }


@pytest.mark.parametrize("name", list(values()))
def test_each_type_is_shown_in_the_pages_style_and_one_short_text(
    name: str, shell: InteractiveShell
) -> None:
    """HTML under the page's own class; beside it a text without the whole log."""
    displays.register(shell)
    html, text = shown(shell, values()[name])
    assert html.startswith('<div class="gws"><style>')
    assert len(text) < 500
    assert "Event(" not in text


@pytest.mark.parametrize("name", list(values()))
def test_foreign_words_are_escaped(name: str, shell: InteractiveShell) -> None:
    """Whatever a log, a client or a file said is text, never markup."""
    displays.register(shell)
    html, _ = shown(shell, values(EVIL)[name])
    assert EVIL not in html


def test_the_front_door_registers_where_ipython_runs(shell: InteractiveShell) -> None:
    """Asking for a name is enough; a second time changes nothing."""
    assert granite_ws.Session is granite_ws.Session
    html, _ = shown(shell, held()[0])
    assert "a-session" in html


def test_it_loads_as_an_extension(shell: InteractiveShell) -> None:
    """``%load_ext granite_ws.displays``."""
    shell.run_line_magic("load_ext", "granite_ws.displays")
    html, _ = shown(shell, held()[1])
    assert "The connection held" in html


def test_a_long_log_is_shown_by_its_ends(shell: InteractiveShell) -> None:
    """Sixteen lines of a thousand, and how many are between; data are cut."""
    displays.register(shell)
    many = log([event(n, Kind.SERVER_LOG, line="w" * 5000) for n in range(1000)])
    html, text = shown(shell, many)
    assert "984 events between them" in html
    assert "EventLog: 1000 events in 999.0 s" == text
    assert len(html) < 60_000


def test_an_empty_log_is_unknown_not_zero(shell: InteractiveShell) -> None:
    """Nothing was recorded: no duration is claimed."""
    displays.register(shell)
    assert "EventLog: 0 events in unknown" == shown(shell, EventLog(()))[1]


def test_a_session_names_only_what_is_not_the_default(shell: InteractiveShell) -> None:
    """One setting was changed, so one is listed."""
    displays.register(shell)
    session = replace(held()[0], settings=Settings(ping_timeout=20))
    html, _ = shown(shell, session)
    assert ("ping_timeout" in html, "ping_interval" in html) == (True, False)


def test_a_value_of_another_type_has_no_section() -> None:
    """Only our own types are drawn."""
    with pytest.raises(KeyError):
        displays.section_of(1)


def test_without_ipython_nothing_is_loaded() -> None:
    """In a plain interpreter the front door loads neither IPython nor what draws."""
    code = (
        "import sys, granite_ws; granite_ws.Settings; "
        "print([n for n in ('IPython', 'granite_ws.report', 'jinja2') if n in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "[]\n" == ended.stdout
