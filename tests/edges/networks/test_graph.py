"""Graphs are made once, and never used where they are wrong."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from granite_ws import Settings
from granite_ws.edges.networks import graph as graphs
from granite_ws.edges.networks.graph import VARIABLE, find_graph, report_of
from granite_ws.edges.networks.network import open_network
from granite_ws.errors import ModelError
from tests.edges.networks.network_lab import demo


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, which has the graph that the machine's cache has."""
    whole = find_graph(demo())
    kept = tmp_path / "graphs"
    kept.mkdir()
    for path in (whole, report_of(whole)):
        shutil.copy(path, kept)
    monkeypatch.setenv(VARIABLE, str(kept))
    return kept


def test_a_graph_that_is_there_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exporter is not called; the report says how near to torch it is."""
    monkeypatch.setattr(graphs, "_export", None)
    told = json.loads(report_of(find_graph(demo())).read_text())
    assert 0 < told["relative_difference"] <= 1e-5
    assert 200 == told["windows"]


def test_a_graph_that_differs_is_not_used() -> None:
    """And auto says so, and takes torch."""
    report = report_of(find_graph(demo()))
    report.write_text(json.dumps({"relative_difference": 0.5}))
    with pytest.raises(ModelError, match=r"this one does by 0\.5"):
        find_graph(demo())
    opened = open_network(demo(), Settings(runtime="auto"))
    assert "torch" == opened.network.runtime
    assert "by 0.5" in opened.why_not_faster


def test_a_number_that_is_none_is_no_agreement() -> None:
    """NaN compares with nothing."""
    report_of(find_graph(demo())).write_text('{"relative_difference": NaN}')
    with pytest.raises(ModelError, match="differs from torch"):
        find_graph(demo())


def test_a_graph_that_is_cut_off_is_an_error_of_one_line() -> None:
    """onnxruntime's own words, no traceback."""
    find_graph(demo()).write_bytes(b"half")
    with pytest.raises(ModelError) as caught:
        open_network(demo(), Settings(runtime="onnx"))
    assert "\n" not in str(caught.value)


def test_other_weights_have_another_graph_and_broken_ones_none(
    tmp_path: Path, folder: Path
) -> None:
    """A changed byte is another key; what cannot be exported leaves nothing behind."""
    shutil.copytree(demo().folder, tmp_path / "model")
    path = tmp_path / "model/model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    before = sorted(folder.iterdir())
    with pytest.raises(ModelError, match="weights that can be exported"):
        find_graph(replace(demo(), folder=tmp_path / "model"))
    assert before == sorted(folder.iterdir())


def test_auto_exports_nothing_by_itself(folder: Path) -> None:
    """Without a graph it takes torch at once, and says how one is made."""
    for path in folder.iterdir():
        path.unlink()
    opened = open_network(demo(), Settings(runtime="auto"))
    assert "torch" == opened.network.runtime
    assert "granite-ws export" in opened.why_not_faster
    assert [] == list(folder.iterdir())


@pytest.mark.parametrize("damaged", ["", "{", "[]", "{}", '{"relative_difference": "x"}'])
def test_a_damaged_report_is_none(damaged: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Auto takes torch and says how a graph is made; whoever asks for ONNX gets it made anew."""
    report = report_of(find_graph(demo()))
    whole = report.read_text()
    report.write_text(damaged)
    opened = open_network(demo(), Settings(runtime="auto"))
    assert "torch" == opened.network.runtime
    assert "granite-ws export" in opened.why_not_faster
    monkeypatch.setattr(graphs, "_export", lambda *_: report.write_text(whole))
    assert "onnx" == open_network(demo(), Settings(runtime="onnx")).network.runtime
