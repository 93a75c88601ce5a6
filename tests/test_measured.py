"""A session as it is compared."""

from __future__ import annotations

from granite_ws.matrix.record import CellRecord, Status
from granite_ws.measured import measured, of_record
from tests.report.session_builder import dropped, held


def test_a_session_brings_its_single_measurements() -> None:
    """Each percentile's values in their order, and how many connections there were."""
    one = measured(*held())
    assert ("held", (), 1) == (one.outcome, one.causes, one.connections)
    assert {"stall", "forecast", "delivery", "ping", "ping_gap", "asked"} == set(one.values)
    assert 9 == len(one.values["forecast"])
    assert 0 == one.metrics["drops"]


def test_a_drop_without_a_cause_is_called_unknown() -> None:
    """The causes are those of the drops."""
    assert ("unknown",) == measured(*dropped()).causes


def test_a_cell_that_is_not_done_has_no_numbers() -> None:
    """Whatever its record holds; a done one has its own."""
    for status, expected in ((Status.DIED, {}), (Status.DONE, {"drops": 2.0})):
        record = CellRecord("k", 1, {"x": 1}, ("x",), 1, status, metrics={"drops": 2.0})
        assert expected == of_record(record).metrics
