"""Records of measurements are found from a checkout, a folder below it, or anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from granite_ws.edges.measurement import read_measurement
from granite_ws.errors import BadInput


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one record, seen from its folder of notebooks."""
    (tmp_path / "docs/results").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return tmp_path / "docs/results"


def test_it_is_found_from_a_folder_below(folder: Path) -> None:
    """As JupyterLab runs a notebook."""
    (folder / "mine.json").write_text('{"a": 1}')
    assert read_measurement("mine.json") == {"a": 1}


def test_elsewhere_the_checkouts_own_is_read(folder: Path) -> None:
    """The storm that was measured here."""
    assert "costs" in read_measurement("storm.json")


@pytest.mark.parametrize("text", ["", "[1]", "{"])
def test_what_is_no_record_is_refused(folder: Path, text: str) -> None:
    """One line that names the file."""
    (folder / "bad.json").write_text(text)
    with pytest.raises(BadInput, match=r"measurement = .*bad\.json"):
        read_measurement("bad.json")


def test_a_missing_record_is_refused(folder: Path) -> None:
    """One line that says where it is looked for."""
    with pytest.raises(BadInput, match="docs/results"):
        read_measurement("never.json")
