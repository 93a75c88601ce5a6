"""What notebooks import: the machine's checks, a sweep's results and their map."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from granite_ws.edges import forking
from granite_ws.edges.shelf import Shelf
from granite_ws.errors import SessionFailed, SettingsError
from granite_ws.notebook import bar, ready, settings_from, sweep_map, sweep_result
from granite_ws.settings import Settings
from granite_ws.sweep import FILE
from tests.edges.notebooks import notebook
from tests.report.many_records import alternatives, record, stalls

AXES = "map: {x: fault_seconds, y: ping_timeout}\n"


def stalls_sweep(folder: Path, *, axes: str = AXES) -> Path:
    """The results of a sweep over stalls and ping_timeout; the notebook alone has the rest.

    Its cells name neither ping_interval nor the phase: those are the notebook's own defaults.
    """
    own = "ping_interval = 1\nclient_kinds = 'python'\nfault_at_s = 0.5"
    text = notebook("settings_from(globals())").replace("seed = 0", own.replace("\n", "\\n"))
    folder.mkdir(parents=True)
    (folder / "book.ipynb").write_text(text)
    (folder / FILE).write_text(
        "notebook: book.ipynb\nparameters: {fault: gil_held_native}\n"
        f"matrix: {{ping_timeout: [2, 5], fault_seconds: [3, 6]}}\n{axes}"
    )
    shelf = Shelf(str(folder))
    for one in stalls():
        if not one.parameters["fault"]:
            continue
        known = {name: one.parameters[name] for name in ("ping_timeout", "fault_seconds")}
        drops = one.metrics["drops"]
        with shelf.attempt(one.key) as place:
            shelf.keep(record(one.number, drops=drops, **known, fault="gil_held_native"), place)
    return folder


def alternatives_sweep(folder: Path) -> Path:
    """The results of a sweep over two executors under two loads."""
    folder.mkdir(parents=True)
    (folder / "book.ipynb").write_text(notebook("settings_from(globals())"))
    (folder / FILE).write_text(
        "notebook: book.ipynb\nparameters: {cache_s: 0}\n"
        "matrix: {executor: [thread, process], load: [steady, crash]}\n"
    )
    shelf = Shelf(str(folder))
    for one in alternatives():
        with shelf.attempt(one.key) as place:
            shelf.keep(one, place)
    return folder


def test_only_settings_are_read_from_a_notebook() -> None:
    """Other names are the notebook's own; a value that is not allowed is named."""
    assert settings_from({"ping_timeout": 7, "answer": 42}) == Settings(ping_timeout=7)
    with pytest.raises(SettingsError, match="ping_timeout"):
        settings_from({"ping_timeout": -1})


def test_a_bar_is_over_when_all_is_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    """It shows the words and the share, and its last state stays."""
    tell = bar()
    tell(0.5, "watching")
    tell(1.0, "recorded")
    shown = capsys.readouterr().err
    assert "recorded" in shown
    assert "100 %" in shown


def test_a_machine_that_is_not_ready_is_an_answer() -> None:
    """No Granite model and none wanted but that: a row says so, and Python is good as ever."""
    rows = ready(Settings(engine="granite", hub_timeout_s=0, model_path="/nowhere"))
    states = {row["what"]: row["state"] for row in rows}
    assert ("good", "bad") == (states["Python"], states["Model"])
    assert all(row["why"] for row in rows)


def test_a_doctor_that_says_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no empty table."""
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    with pytest.raises(SessionFailed, match="granite-ws doctor failed"):
        ready(Settings())


def test_results_that_are_there_are_read_and_not_run(tmp_path: Path) -> None:
    """Four records, judged; the file to run otherwise need not even exist."""
    told: list[str] = []
    found = sweep_result(
        stalls_sweep(tmp_path / "out", axes=AXES + "thresholds: [drops == 0]\n"),
        otherwise=tmp_path / "none.yaml",
        progress=lambda _, words: told.append(words),
    )
    assert (4, [], ["broken"]) == (
        len(found.records), told, [one.truth.value for one in found.judged],
    )  # fmt: skip


def test_an_empty_folder_is_filled_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep is really run into it, and its progress is told."""
    monkeypatch.setenv(forking.VARIABLE, "fresh")
    (tmp_path / "book.ipynb").write_text(notebook("print(seed)"))
    file = tmp_path / "two.yaml"
    file.write_text("notebook: book.ipynb\nmatrix: {seed: [1, 2]}\n")
    told: list[tuple[float, str]] = []
    found = sweep_result(
        tmp_path / "out", otherwise=file, progress=lambda *said: told.append(said)
    )
    assert [1, 2] == sorted(one.parameters["seed"] for one in found.records)
    assert [0.0, 0.5, 1.0, 1.0] == [share for share, _ in told]
    assert ("running two", "recorded") == (told[0][1], told[-1][1])


@pytest.mark.parametrize("axes", [AXES, ""], ids=["named", "the-first-two"])
def test_the_map_knows_what_the_notebook_set(tmp_path: Path, axes: str) -> None:
    """The law's lines need the interval and the phase, which only the notebook names."""
    found = sweep_result(
        stalls_sweep(tmp_path / "out", axes=axes),
        otherwise=tmp_path / "none.yaml",
        progress=lambda *_: None,
    )
    assert "the drop law for the client python" in sweep_map(found).html
