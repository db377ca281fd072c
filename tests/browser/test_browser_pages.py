"""Every page as a person uses it."""

from __future__ import annotations

import pytest
from app import canvas_painted, quiet, serious
from tiny_run import loaders, write_workspace

from paser_core.pipeline import run_pipeline

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def no_models(tmp_path_factory):
    """A run that stopped after the clusters."""
    folder = tmp_path_factory.mktemp("bare")
    config = write_workspace(folder, 30, models=False)
    run_pipeline(config, folder / "run", loaders(config))
    return folder / "run"


PAGES = ["", "map", "clusters", "budget", "concepts", "ledger", "compare", "export", "new_run"]


# What reaches beyond the right edge of the page, which can then be scrolled sideways.
STICKS_OUT = """() => {
  const main = document.querySelector('[data-testid="stMain"]');
  if (main.scrollWidth <= main.clientWidth) return [];
  const edge = main.getBoundingClientRect().right;
  return [...main.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > edge + 1)
    .map((e) => e.dataset.testid ?? e.tagName);
}"""


@pytest.mark.parametrize("path", PAGES)
def test_page_opens_clean(open_page, path, scheme):
    page = open_page(f"{path}?sample=gen-logic-027", scheme)
    quiet(page)
    if path in ("map", "compare"):
        canvas_painted(page)
    page.wait_for_timeout(500)
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator('[data-testid="stAlertContentError"]').count() == 0
    assert serious(page) == []


def test_every_page_opens_clean_on_a_wide_screen(watched, server, scheme):
    page = watched(server.url, scheme, width=1920)
    for path in PAGES:
        page.goto(f"{server.url}/{path}?sample=gen-logic-027")
        page.wait_for_selector("h1")
        quiet(page)
        if path in ("map", "compare"):
            canvas_painted(page)
        assert page.locator('[data-testid="stException"]').count() == 0, path
        assert page.locator('[data-testid="stAlertContentError"]').count() == 0, path
        assert page.evaluate(STICKS_OUT) == [], path


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
