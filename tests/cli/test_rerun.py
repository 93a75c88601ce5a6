"""``granite-ws rerun``: the session that a page carries, run again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from granite_ws import Session, judge, render_report
from granite_ws.cli import rerun
from granite_ws.cli.rerun import came_out_the_same, differences, read_report
from granite_ws.errors import SessionError
from granite_ws.report.embedded import Embedded
from tests.cli.test_init import granite_ws
from tests.report.session_builder import dropped, executed_notebook
from tests.report.session_builder import held as made_up

NOW = {"data": {"sha256": "abc"}, "versions": {"granite-ws": "0.1.0", "numpy": "2.0"}}


def test_a_page_is_enough_to_run_its_session_again(held: Session, tmp_path: Path) -> None:
    """The same settings, a new folder, the verdict's exit code, and that it came out the same."""
    page = tmp_path / "page.html"
    page.write_text(render_report(held, judge(held)))
    out = tmp_path / "again"
    ended = granite_ws("rerun", str(page), "--out", str(out), "--json")
    assert (0, "") == (ended.returncode, "\n".join(_warnings(ended.stderr)))
    told = json.loads(ended.stdout)
    assert (True, "held", []) == (told["same"], told["outcome"], told["warnings"])
    again = json.loads((out / "session.json").read_text())
    assert held.settings.to_dict() == again["settings"]


def _warnings(stderr: str) -> list[str]:
    return [line for line in stderr.splitlines() if "warning" in line]


def test_a_notebooks_page_carries_it_as_well(tmp_path: Path) -> None:
    """However many cells show the session, it is one."""
    session, verdict = dropped()
    page = executed_notebook(session, verdict, tmp_path)
    known = read_report(page)
    assert session.settings.to_dict() == known.settings
    assert ("dropped", ("unknown",)) == (known.outcome, known.causes)


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (dropped, "It came out the same: dropped (unknown)."),
        (made_up, "It came out otherwise: held then, dropped (unknown) now."),
    ],
)
def test_a_person_is_told_whether_it_came_out_the_same(
    then: Callable[[], tuple], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the verdict, in one line; the exit code is the new verdict's."""
    page = tmp_path / "page.html"
    page.write_text(render_report(*then()))
    again = replace(dropped()[0], folder=tmp_path)
    monkeypatch.setattr(rerun, "run_with_progress", lambda *_: again)
    ended = CliRunner().invoke(rerun.command, [str(page)])
    assert (3, words) == (ended.exit_code, ended.stdout.splitlines()[-1])


def test_a_change_of_data_or_packages_is_told() -> None:
    """Each in one line with both sides; what is equal says nothing."""
    same = Embedded({}, versions=NOW["versions"], data="abc")
    assert [] == list(differences(same, NOW))
    other = Embedded({}, versions={"numpy": "1.0", "gone": "3"}, data="abd")
    assert [
        "the data is not the same: SHA-256 abd then, abc now",
        "gone was 3 then, is missing now",
        "numpy was 1.0 then, is 2.0 now",
    ] == list(differences(other, NOW))


def test_the_same_is_the_outcome_and_the_causes() -> None:
    """In whatever order the causes stand; another cause or outcome is not the same."""
    verdict = dropped()[1]
    known = Embedded({}, outcome="dropped", causes=("unknown",))
    assert came_out_the_same(known, verdict)
    assert not came_out_the_same(replace(known, causes=("gil_held_native",)), verdict)
    assert not came_out_the_same(known, made_up()[1])


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>any page</p>", "it has no"),
        ('<data class="granite-ws-session" value="{"></data>', "no JSON"),
        ('<data class="granite-ws-session" value="[]"></data>', "schema"),
        ('<data class="granite-ws-session" value="{&quot;v&quot;: 1}"></data>', "lacks settings"),
    ],
)
def test_a_page_without_a_session_is_one_clear_error(
    html: str, words: str, tmp_path: Path
) -> None:
    """Another page, broken JSON, another schema: the file and what is wrong with it."""
    page = tmp_path / "odd.html"
    page.write_text(html)
    with pytest.raises(SessionError, match=rf"odd\.html.*{words}"):
        read_report(page)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ping_timout": 3}, "did you mean ping_timeout"),
        ({"ping_timeout": "soon"}, "a number from"),
        ({"data": "gone.csv"}, "gone.csv"),
    ],
)
def test_settings_that_cannot_be_used_are_one_clear_error(
    settings: dict, words: str, tmp_path: Path
) -> None:
    """Exit code 2, one line, no session folder."""
    value = json.dumps({"v": 1, "settings": settings}).replace('"', "&quot;")
    page = tmp_path / "page.html"
    page.write_text(f'<data class="granite-ws-session" value="{value}"></data>')
    ended = granite_ws("rerun", str(page), "--out", str(tmp_path / "s"), cwd=tmp_path)
    assert 2 == ended.returncode
    assert words in ended.stderr
    assert 1 == len(ended.stderr.strip().splitlines())
    assert not (tmp_path / "s").exists()


def test_two_sessions_on_a_page_are_refused(tmp_path: Path) -> None:
    """Which one is meant, nobody can know; the count is told."""
    pages = [render_report(*dropped()), render_report(*made_up())]
    page = tmp_path / "two.html"
    page.write_text("".join(pages))
    with pytest.raises(SessionError, match="it has 2"):
        read_report(page)
    page.write_text("".join([pages[0], pages[0]]))
    assert "dropped" == read_report(page).outcome


def test_a_page_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    """The path and the system's reason."""
    with pytest.raises(SessionError, match=r"none\.html.*No such file"):
        read_report(tmp_path / "none.html")
