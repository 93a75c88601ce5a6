"""The first notebook in a real JupyterLab: displays and widgets are really drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import darken, jupyterlab, open_notebook, run_all

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
BOOK = "notebooks/00-start-here.ipynb"
QUICK = {"duration_s": "2", "engine": '"smoothing"', "hub_timeout_s": "0"}
RUNS_S = 120.0


def copy(root: Path) -> None:
    """The notebook with quick parameters, in a folder of its own: no output gets into git."""
    for folder in ("reports", "notebooks"):
        (root / folder).mkdir(parents=True)
    book = nbformat.read(str(ROOT / BOOK), as_version=4)
    (parameters,) = (c for c in book.cells if "parameters" in c.metadata.get("tags", []))
    for name, value in QUICK.items():
        parameters.source = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", parameters.source)
    nbformat.write(book, str(root / BOOK))


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The notebook, run to its end, for all tests of this module."""
    folder = tmp_path_factory.mktemp("jupyterlab")
    copy(folder / "project")
    with jupyterlab(folder / "project", folder / "own") as address:
        opened = chromium.new_page(viewport={"width": 1250, "height": 900})
        open_notebook(opened, address, BOOK)
        run_all(opened, within_s=RUNS_S)
        yield opened
        opened.close()


def test_it_runs_to_its_end(page: Page) -> None:
    """Every cell has its number, none failed, and the verdict stands in the page."""
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
    assert [f"[{number}]:" for number in range(1, len(prompts) + 1)] == prompts
    assert page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0
    expect(page.locator(".banner").filter(has_text="The connection held")).to_have_count(1)


def test_a_slider_changes_the_sentence(page: Page) -> None:
    """The widgets are drawn, not named; the arrow keys move the stall, and the law follows."""
    stall = page.locator(".widget-vbox .widget-hslider").filter(has_text="Stall length")
    sentence = page.locator(".widget-vbox [role=status]")
    expect(sentence).to_contain_text("gives up 125 s after its last PING")
    handle = stall.locator(".noUi-handle")
    handle.focus()
    # 130 s, down by half seconds: below 115 s, what a Python client bears at this moment.
    for _ in range(40):
        page.keyboard.press("ArrowLeft")
    expect(sentence).to_contain_text("survives", timeout=20_000)
    expect(stall.locator(".widget-readout")).to_have_text("110.0")


def test_tables_and_tiles_are_ours_not_jupyterlabs(page: Page) -> None:
    """JupyterLab's own style makes all columns alike and indents lists: ours goes before it."""
    table = page.locator(".jp-OutputArea-output .gws table").first
    widths = table.locator("thead th").evaluate_all("all => all.map(one => one.clientWidth)")
    assert widths[2] > 2 * widths[1], widths
    inset = page.locator(".gws ul.facts").first.evaluate(
        "one => getComputedStyle(one).paddingLeft"
    )
    assert inset == "0px"


def test_the_dark_theme_reaches_a_cell(page: Page) -> None:
    """JupyterLab's theme, not the system's: light words on its dark paper."""
    darken(page)
    banner = page.locator(".banner").filter(has_text="The connection held")
    colours = banner.evaluate(
        "one => ['backgroundColor', 'color'].map(name => getComputedStyle(one)[name])"
    )
    assert ["rgb(17, 40, 31)", "rgb(95, 211, 163)"] == colours
