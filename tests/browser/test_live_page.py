"""The live page in a real browser, beside a real Python client, on real data."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import socketio
from playwright.sync_api import Browser, Page

from granite_ws import contract
from tests.test_serve import LIMIT_S, serving, wait_for_line

FORECASTS = 50
REAL = (
    "--data",
    "co2",
    "--point-interval-s",
    "0.1",
    "--ping-interval",
    "1",
    "--ping-timeout",
    "2",
)

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("vendor")]


def until(page: Page, expression: str, wanted: Callable[[Any], bool]) -> Any:
    """The expression's value once it is wanted, within an absolute deadline.

    Playwright's own waiting evaluates text in the page, which the page's policy forbids.
    """
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        value = page.evaluate(expression)
        if wanted(value):
            return value
        page.wait_for_timeout(50)
    raise AssertionError(f"{expression} stayed {page.evaluate(expression)!r}")


class Watcher:
    """A Python client that counts forecasts and what is not finite in them."""

    def __init__(self, url: str) -> None:
        self.forecasts = self.non_finite = self.drops = 0
        self.enough = threading.Event()
        self.client = socketio.Client(reconnection=False)
        self.client.on(contract.NEW_DATA, self.see)
        self.client.on("disconnect", self.lose)
        self.leaving = False
        self.client.connect(url, transports=["websocket"], wait_timeout=30)

    def see(self, payload: dict[str, Any]) -> None:
        self.non_finite += contract.count_non_finite(payload)
        self.forecasts += payload["forecast"] is not None
        if self.forecasts >= FORECASTS:
            self.enough.set()

    def lose(self, *_: object) -> None:
        self.drops += not self.leaving

    def leave(self) -> None:
        self.leaving = True
        self.client.disconnect()


def test_both_clients_stay_through_fifty_forecasts(chromium: Browser, tmp_path: Path) -> None:
    """JS in Chromium and Python get 50 Granite forecasts of CO2 data: no drop, no NaN, PINGs."""
    log = tmp_path / "granite_debug.log"
    problems: list[str] = []
    with serving(log, *REAL) as (url, process):
        wait_for_line(log, "Model ready", process)
        page = chromium.new_page()
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(url)
        watcher = Watcher(url)
        until(page, "graniteWs.connected", bool)
        page.click("#start")
        until(page, "graniteWs.forecasts", lambda count: count >= FORECASTS)
        assert watcher.enough.wait(LIMIT_S)
        until(page, "graniteWs.pings", lambda count: count >= 2)
        seen = page.evaluate(
            "({drops: graniteWs.drops.length, nonFinite: graniteWs.nonFinite,"
            " transport: graniteWs.transport, model: graniteWs.lastForecast.model})"
        )
        watcher.leave()
        page.close()
    assert {"drops": 0, "nonFinite": 0, "transport": "websocket"} == {
        key: seen[key] for key in ("drops", "nonFinite", "transport")
    }
    assert "demo weights" in seen["model"]
    assert (0, 0) == (watcher.drops, watcher.non_finite)
    assert problems == []


def test_the_page_shows_why_a_connection_was_lost(chromium: Browser, tmp_path: Path) -> None:
    """When the server dies the page keeps its history and names the reason."""
    log = tmp_path / "log"
    with serving(log, *REAL, "--engine", "smoothing", "--forecast-horizon", "12") as (
        url,
        process,
    ):
        page = chromium.new_page()
        page.goto(url)
        until(page, "graniteWs.connected", bool)
        page.click("#start")
        points = until(page, "graniteWs.points", lambda count: count >= 3)
        process.kill()
        drop = until(page, "graniteWs.drops", bool)[0]
        assert drop["reason"] == "transport close"
        assert page.evaluate("graniteWs.points") >= points
        assert "transport close" in page.inner_text("body")
        page.close()


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_is_cut_off(chromium: Browser, tmp_path: Path, width: int) -> None:
    """On a phone and on a desk the live page needs no sideways scrolling."""
    with serving(tmp_path / "log", *REAL, "--engine", "smoothing") as (url, _):
        page = chromium.new_page(viewport={"width": width, "height": 900})
        page.goto(url)
        until(page, "graniteWs.connected", bool)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()


def test_the_page_asks_for_a_forecast(chromium: Browser, tmp_path: Path) -> None:
    """The button's answer names who made it and how long that took; the second one is cached."""
    log = tmp_path / "granite_debug.log"
    with serving(log, "--engine", "smoothing", "--data", "elnino") as (url, process):
        wait_for_line(log, "Model ready", process)
        page = chromium.new_page()
        page.goto(url)
        until(page, "graniteWs.connected", bool)
        answer = "document.querySelector('[data-field=answer]').textContent"
        page.click("#ask")
        until(page, answer, lambda text: "exponential-smoothing, by thread" in text)
        page.click("#ask")
        until(page, answer, lambda text: "from the cache" in text)
        asked = page.evaluate("document.querySelector('[data-field=asked]').textContent")
        cache = until(
            page, "document.querySelector('[data-field=cache]').textContent", lambda t: "%" in t
        )
        page.close()
    assert ("2 / 2", "50 % of the look-ups") == (asked, cache)
