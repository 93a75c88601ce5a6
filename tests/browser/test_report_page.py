"""The report in a real browser: whole, quiet and offline."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from granite_ws import Session, judge, render_report

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [400, 1280])
def test_it_fits_and_asks_nothing_from_outside(
    held: Session, chromium: Browser, tmp_path: Path, width: int
) -> None:
    """One request (the file itself), no console error, no sideways scrolling, 3 pictures."""
    path = tmp_path / "page.html"
    path.write_text(render_report(held, judge(held)))
    page = chromium.new_page(viewport={"width": width, "height": 900})
    requests: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: problems.append(message.text))
    page.goto(path.as_uri())
    assert ([path.as_uri()], []) == (requests, problems)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown = page.locator("figure svg:visible").count()
    assert shown == 3
    page.close()
