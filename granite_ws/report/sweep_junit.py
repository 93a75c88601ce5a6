"""A sweep for continuous integration."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree

from granite_ws.matrix.record import CellRecord, Status
from granite_ws.matrix.thresholds import Judged, Truth
from granite_ws.report.junit import xml_text

_SUITE = "granite-ws sweep"
# The element, its type and its message; None for what passes.
_Told = tuple[str, str, str] | None


def sweep_as_junit(
    title: str,
    records: Iterable[CellRecord],
    judged: Iterable[Judged],
    *,
    missing: Iterable[str] = (),
) -> str:
    """One test case for each cell and one for each threshold.

    missing: the names of cells that were never run: each is an error.

    A cell that is not done is an error with its reason. What a done cell's session says counts
    only where there are no thresholds: explained drops and troubles are failures, what is
    unknown is an error. A broken threshold is a failure, an unknown one an error. Times are
    seconds of the whole cell.
    """
    thresholds = tuple(judged)
    suite = ElementTree.Element("testsuite", name=xml_text(title) or _SUITE)
    counts = {"tests": 0, "failures": 0, "errors": 0}
    spent_s = 0.0
    for record in records:
        spent_s += record.wall_s
        told = _of_cell(record, decides=not thresholds)
        case = _case(suite, counts, f"{_SUITE}.cells", _name(record), told)
        case.set("time", f"{record.wall_s:.3f}")
    for name in missing:
        told = "error", "missing", "this cell was not run"
        _case(suite, counts, f"{_SUITE}.cells", name, told)
    for one in thresholds:
        _case(suite, counts, f"{_SUITE}.thresholds", str(one.threshold), _of_threshold(one))
    for name, count in counts.items():
        suite.set(name, str(count))
    suite.set("time", f"{spent_s:.3f}")
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _name(record: CellRecord) -> str:
    """The label with the place and the key, so that no two cells have one name."""
    return f"{record.number} {record.label} [{record.key}]"


def _of_cell(record: CellRecord, *, decides: bool) -> _Told:
    if record.status is not Status.DONE:
        return "error", record.status.value, record.why or record.status.value
    if not decides or not record.exit_code:
        return None
    kind = "failure" if record.exit_code == 1 else "error"
    return kind, ", ".join(record.causes) or "unknown", record.summary


def _of_threshold(one: Judged) -> _Told:
    if one.truth is Truth.HOLDS:
        return None
    kind = "failure" if one.truth is Truth.BROKEN else "error"
    return kind, one.truth.value, one.sentence


def _case(
    suite: ElementTree.Element, counts: dict[str, int], group: str, name: str, told: _Told
) -> ElementTree.Element:
    case = ElementTree.SubElement(suite, "testcase", classname=group, name=xml_text(name))
    counts["tests"] += 1
    if told is not None:
        kind, about, message = told
        counts[f"{kind}s"] += 1
        ElementTree.SubElement(case, kind, type=xml_text(about), message=xml_text(message))
    return case
