"""The child process that asks the hub."""

from __future__ import annotations

import pytest

from granite_ws.edges.hub_fetch import main


def test_a_failure_is_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    """A repository name that no hub could have ends in one line for the parent to show."""
    code = main(["not a repository", "main", "config.json"])
    printed = capsys.readouterr()
    assert code == 1
    assert printed.out == ""
    assert len(printed.err.strip().splitlines()) == 1
