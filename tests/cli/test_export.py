"""``granite-ws export``: the graph of the model that would run, made once."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_init import granite_ws


def test_the_graph_of_the_first_model_is_named_with_its_difference() -> None:
    """Made now or before; the demo weights where no hub is asked."""
    ended = granite_ws("export", "--hub-timeout-s", "0")
    assert 0 == ended.returncode
    graph, _, told = ended.stdout.partition(": differs from torch by ")
    assert Path(graph).is_file()
    assert told.startswith(("1e-", "2e-", "3e-", "4e-", "5e-", "6e-", "7e-", "8e-", "9e-"))


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    """One line that names the folder, exit code 2."""
    ended = granite_ws("export", "--model-path", str(tmp_path))
    assert 2 == ended.returncode
    assert f"granite-ws: error: model: model_path = '{tmp_path}'" in ended.stderr
    assert 1 == ended.stderr.count("\n")
