"""Reports for keyboards, screen readers and tired eyes: axe-core in Chromium, by day and night."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from granite_ws import Session, judge, render_report
from granite_ws.report.sections import outcome
from tests.browser.axe import needs_axe, violations
from tests.report.session_builder import executed_notebook

pytestmark = pytest.mark.browser
BY_DAY_AND_NIGHT = pytest.mark.parametrize("scheme", ["light", "dark"])


@pytest.fixture(scope="module", autouse=True)
def _axe() -> None:
    needs_axe()


@pytest.fixture(scope="module")
def pages(held: Session, stalled: Session, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A held session, a stalled one, and the notebook of the stalled one."""
    folder = tmp_path_factory.mktemp("pages")
    for name, session in (("held", held), ("stalled", stalled)):
        (folder / f"{name}.html").write_text(render_report(session, judge(session)))
    executed_notebook(stalled, judge(stalled), folder)
    return folder


@BY_DAY_AND_NIGHT
@pytest.mark.parametrize("name", ["held", "stalled", "notebook"])
def test_axe_has_nothing_against_a_page(
    name: str, scheme: str, pages: Path, chromium: Browser
) -> None:
    """WCAG A and AA and best practice, everything unfolded: no violation of any impact."""
    assert [] == violations(chromium, pages / f"{name}.html", scheme=scheme)


def test_nor_against_a_page_on_a_phone(pages: Path, chromium: Browser) -> None:
    """Where tables are lists and the narrow pictures are shown."""
    assert [] == violations(chromium, pages / "stalled.html", scheme="light", width=400)


def test_axe_finds_what_is_wrong(chromium: Browser, tmp_path: Path) -> None:
    """A picture without words, and grey on grey: the check can fail."""
    page = tmp_path / "bad.html"
    page.write_text(
        '<html lang="en"><title>x</title><main><h1>x</h1><img src="data:,">'
        '<p style="color: #aaa; background: #bbb">cannot be read</p></main></html>'
    )
    found = " ".join(violations(chromium, page, scheme="light"))
    assert ("image-alt" in found, "color-contrast" in found) == (True, True)


def test_the_keyboard_reaches_the_answer_first(pages: Path, chromium: Browser) -> None:
    """The first tab stop skips to the answer, and is seen when it has the focus."""
    page = chromium.new_page()
    page.goto((pages / "stalled.html").as_uri())
    page.keyboard.press("Tab")
    assert "Skip to the answer" == page.evaluate("document.activeElement.textContent")
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    assert "none" != page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    page.keyboard.press("Enter")
    assert "answer" == page.evaluate("document.activeElement.id")
    page.close()


def test_a_claim_opens_its_raw_event_and_leads_back(pages: Path, chromium: Browser) -> None:
    """Following a link unfolds the events, without a script; "back" returns to the claim."""
    page = chromium.new_page()
    page.goto((pages / "stalled.html").as_uri())
    link = page.locator(".path a").first
    event = page.locator(f"[id='{link.get_attribute('href')[1:]}']")
    assert not event.is_visible()
    link.click()
    event.wait_for(state="visible", timeout=5_000)
    assert '"kind":' in event.inner_text()
    event.locator("a").click()
    assert page.url.endswith("-from")
    assert page.locator(":target").evaluate("one => one.matches('.cause a')")
    page.close()


def test_night_is_dark_and_paper_is_white(pages: Path, chromium: Browser) -> None:
    """The page follows the system, pictures included; printed, it is black on white."""
    page = chromium.new_page(color_scheme="dark")
    page.goto((pages / "stalled.html").as_uri())
    colours = (
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    axis = "getComputedStyle(document.querySelector('figure svg text')).fill"
    assert ["rgb(228, 232, 238)", "rgb(20, 23, 28)"] == page.evaluate(colours)
    assert "rgb(206, 213, 223)" == page.evaluate(axis)
    page.emulate_media(media="print")
    assert ["rgb(0, 0, 0)", "rgb(255, 255, 255)"] == page.evaluate(colours)
    assert "rgb(51, 56, 64)" == page.evaluate(axis)
    page.close()


def test_what_is_folded_is_printed_but_for_raw_events(pages: Path, chromium: Browser) -> None:
    """Settings stand on paper; raw events are told by their number, and stay in the file."""
    page = chromium.new_page()
    page.goto((pages / "stalled.html").as_uri())
    settings = page.get_by_text("max_http_buffer_size", exact=True)
    event = page.locator(".raw li").first
    assert (False, False) == (settings.is_visible(), event.is_visible())
    page.emulate_media(media="print")
    assert (True, False) == (settings.is_visible(), event.is_visible())
    page.close()


def test_a_cell_follows_jupyterlabs_theme(
    stalled: Session, chromium: Browser, tmp_path: Path
) -> None:
    """Dark where the theme is dark, light where it is light, whatever the system says."""
    path = tmp_path / "lab.html"
    shown = outcome(stalled, judge(stalled))._repr_html_()
    path.write_text(f"<!doctype html><body data-jp-theme-light='true'>{shown}</body>")
    page = chromium.new_page(color_scheme="dark")
    page.goto(path.as_uri())
    fact = "getComputedStyle(document.querySelector('.facts b')).color"
    assert "rgb(32, 36, 44)" == page.evaluate(fact)
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    assert "rgb(228, 232, 238)" == page.evaluate(fact)
    page.close()
