"""Verdicts as JUnit XML, as continuous integration reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree

from granite_ws.diagnosis.verdict import Verdict

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(cases: Iterable[tuple[str, Verdict]]) -> str:
    """One test case for each (name, verdict): explained drops and troubles are failures, what is
    unknown is an error, what held passes.
    """
    suite = ElementTree.Element("testsuite", name="granite-ws diagnose")
    counts = {"tests": 0, "failures": 0, "errors": 0}
    for name, verdict in cases:
        counts["tests"] += 1
        facts = {"classname": "granite_ws", "name": xml_text(name)}
        element = ElementTree.SubElement(suite, "testcase", facts)
        if verdict.exit_code == 0:
            continue
        word = "failure" if verdict.exit_code == 1 else "error"
        counts[f"{word}s"] += 1
        causes = sorted({drop.cause for drop in verdict.drops} | _troubles(verdict)) or ["unknown"]
        told = ElementTree.SubElement(
            element, word, message=xml_text(verdict.summary), type=", ".join(causes)
        )
        told.text = xml_text("\n".join(f.claim for f in verdict.findings if f.cause in causes))
    for name, count in counts.items():
        suite.set(name, str(count))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _troubles(verdict: Verdict) -> set[str]:
    return {finding.cause for finding in verdict.troubles}


def xml_text(text: str) -> str:
    """XML 1.0 has no control characters, not even escaped ones."""
    return _FORBIDDEN.sub("�", text)
