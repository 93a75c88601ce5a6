"""``granite-ws faults``."""

from __future__ import annotations

import json

from click.testing import CliRunner

from granite_ws.cli.faults import command
from granite_ws.faults import FAULTS


def test_every_fault_is_listed() -> None:
    """Name, place, what is broken, and whose connection it ends."""
    rows = json.loads(CliRunner().invoke(command, ["--json"]).stdout)
    assert [row["name"] for row in rows] == [fault.name for fault in FAULTS]
    assert all(row["about"] for row in rows)


def test_the_table_is_for_people() -> None:
    """Without ``--json`` a table."""
    assert FAULTS[0].name[:10] in CliRunner().invoke(command, []).stdout
