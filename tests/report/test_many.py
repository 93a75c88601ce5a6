"""The page around sections that speak of many sessions."""

from __future__ import annotations

import base64
import hashlib
import re

from markupsafe import Markup

from granite_ws.report.language import speaking
from granite_ws.report.many import hash_of, script, whole_page
from granite_ws.report.sections import Section

PART = Section("part", "Why?", Markup("<p>because</p>"), "because")


def test_only_our_own_script_may_run() -> None:
    """The policy names the hash of exactly what stands in the script element, and nothing else."""
    page = whole_page("Title", [PART], with_script=True)
    found = re.search(r"<script>(.*)</script>", page, re.S)
    assert found is not None
    digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert hash_of(script()) == f"sha256-{digest}"
    assert "default-src 'none'" in page


def test_a_page_without_tables_has_no_script() -> None:
    """Neither an element nor a word of it in the policy."""
    page = whole_page("Title", [PART])
    assert ("<script" in page, "script-src" in page) == (False, False)
    assert '<h2 id="part">Why?</h2>' in page


def test_titles_are_escaped_and_the_language_is_told() -> None:
    """A sweep's title is somebody's text."""
    with speaking("pt-BR"):
        page = whole_page("<script>x</script>", [])
    assert ("<script>x" in page, 'lang="pt-BR"' in page) == (False, True)
