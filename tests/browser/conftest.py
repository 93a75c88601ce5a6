"""A real Chromium, driven by playwright without a download of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from granite_ws.edges.server import VENDOR
from tests.conftest import needs_chromium

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a module.

    No longer: while playwright is open its loop runs in this thread, and no test that needs an
    asyncio loop of its own could.
    """
    path = needs_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def vendor() -> None:
    """The page's JavaScript libraries, installed by ``make web``."""
    missing = [name for name, path in VENDOR.items() if not path.is_file()]
    if missing:
        pytest.skip(f"{', '.join(missing)} missing (make web, needs Node)")
