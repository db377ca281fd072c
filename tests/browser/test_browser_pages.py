"""Every page as a person uses it."""

from __future__ import annotations

import pytest
from app import canvas_painted, quiet, serious
from tiny_run import loaders, write_workspace

from paser_core.measure import run_pipeline

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def no_models(tmp_path_factory):
    """A run that stopped after the clusters."""
    folder = tmp_path_factory.mktemp("bare")
    config = write_workspace(folder, 9, models=False)
    run_pipeline(config, folder / "run", loaders(config))
    return folder / "run"


PAGES = [
    "",
    "map",
    "clusters",
    "budget",
    "concepts",
    "ledger",
    "compare",
    "export",
    "study",
    "new_run",
]


# What reaches beyond the right edge of the page, which can then be scrolled sideways.
STICKS_OUT = """() => {
  const main = document.querySelector('[data-testid="stMain"]');
  if (main.scrollWidth <= main.clientWidth) return [];
  const edge = main.getBoundingClientRect().right;
  return [...main.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > edge + 1)
    .map((e) => e.dataset.testid ?? e.tagName);
}"""


BARS = ".js-plotly-plot .barlayer .point"
DRAWN = {"clusters": BARS, "budget": BARS, "compare": BARS, "concepts": ".network[data-painted]"}


def shown(page, path: str) -> None:
    """Until all of the page is there; nothing of it is an error or beyond the edge."""
    if path in DRAWN:
        page.locator(DRAWN[path]).first.wait_for(state="attached", timeout=60_000)
    if path in ("map", "compare"):
        canvas_painted(page)
    quiet(page)
    page.wait_for_timeout(300)
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator('[data-testid="stAlertContentError"]').count() == 0
    assert page.evaluate(STICKS_OUT) == []


@pytest.mark.parametrize("path", PAGES)
def test_page_opens_clean_in_the_dark_in_the_light_and_wide(open_page, path):
    page = open_page(f"{path}?sample=gen-logic-027", "dark")
    shown(page, path)
    assert serious(page) == []
    paper = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    dark = page.evaluate(paper)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"dark => {paper} !== dark", arg=dark)
    shown(page, path)
    assert serious(page) == []
    page.set_viewport_size({"width": 1920, "height": 900})
    shown(page, path)


def test_a_run_without_models_says_what_is_missing(watched, serve, no_models):
    served = serve(no_models)
    page = watched(served.url)
    for path in PAGES:
        page.goto(f"{served.url}/{path}")
        page.wait_for_selector("h1")
        quiet(page)
        assert page.locator('[data-testid="stException"]').count() == 0, path
        assert page.locator('[data-testid="stAlertContentError"]').count() == 0, path
        if path in ("", "budget", "ledger", "compare", "export"):
            page.get_by_text("This run has no models yet").first.wait_for()


def test_knobs_stay_when_the_page_changes(open_page):
    page = open_page("?budget=123")
    quiet(page)
    page.get_by_role("link", name="Budget").click()
    page.get_by_role("heading", name="Budget", level=1).wait_for()
    quiet(page)
    budget = page.locator('[data-testid="stMetric"]', has_text="Budget")
    assert budget.inner_text().split()[-1] == "123"
