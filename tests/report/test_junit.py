"""Verdicts for continuous integration."""

from __future__ import annotations

from xml.etree import ElementTree

from granite_ws.events import Kind
from granite_ws.report.junit import as_junit
from tests.log_builder import connected, lost, process
from tests.report.session_builder import dropped, held, session


def parsed(*cases) -> ElementTree.Element:
    return ElementTree.fromstring(as_junit(cases))


def test_what_held_passes() -> None:
    """A test case without a failure or an error."""
    suite = parsed(("quiet", held()[1]))
    assert suite.attrib == {
        "name": "granite-ws diagnose",
        "tests": "1",
        "failures": "0",
        "errors": "0",
    }
    assert len(suite[0]) == 0


def test_an_unknown_drop_is_an_error() -> None:
    """Not a failure: nobody knows what failed."""
    suite = parsed(("odd", dropped()[1]))
    assert suite.attrib["errors"] == "1"
    assert suite[0][0].tag == "error"
    assert suite[0][0].attrib["type"] == "unknown"


def test_an_explained_drop_is_a_failure_with_its_claim() -> None:
    """The cause is the type, the claim the text."""
    _, verdict = session(
        connected(1),
        lost(5),
        process(5, Kind.PROCESS_ENDED, exit_code=-15, asked=False),
    )
    [told] = parsed(("ended", verdict))[0]
    assert (told.tag, told.attrib["type"]) == ("failure", "server_ended")
    assert "signal 15" in (told.text or "")


def test_names_with_control_characters_stay_xml() -> None:
    """XML has no control characters; a file name may."""
    suite = parsed(("a\x00b\x1bc", held()[1]))
    assert suite[0].attrib["name"] == "a�b�c"
