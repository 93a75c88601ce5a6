"""axe-core in a page of a real Chromium: what it finds against a screen reader or a keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from granite_ws.edges.server import WEB

SOURCE = WEB / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


def violations(chromium: Browser, path: Path, *, scheme: str, width: int = 1280) -> list[str]:
    """What axe has against a file, everything unfolded: ``impact rule: where``."""
    page = chromium.new_page(
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 900},
    )
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate(SOURCE.read_text())
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
    )
    page.close()
    assert found["passes"], "axe looked at nothing"
    return [
        f"{one['impact']} {one['id']}: {[node['target'] for node in one['nodes']][:5]}"
        for one in found["violations"]
    ]


def needs_axe() -> None:
    """Skips without axe-core (``make web``)."""
    if not SOURCE.is_file():
        pytest.skip("axe-core missing (make web, needs Node)")
