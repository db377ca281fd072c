"""Every page as a person uses it."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from app import canvas_painted, quiet, serious
from playwright.sync_api import expect
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


def test_budget_slider_moves_the_selection_and_the_address(open_page):
    page = open_page("budget")
    quiet(page)
    selected = page.locator('[data-testid="stMetric"]', has_text="Selected")
    before = selected.inner_text()
    page.get_by_role("slider", name="Budget (samples)").focus()
    for _ in range(3):
        # As fast as a finger: presses within one frame are lost by the slider itself.
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(120)
    expect(selected).not_to_have_text(before, use_inner_text=True)
    expect(page).to_have_url(re.compile("budget="))
    quiet(page)
    # A copied address shows the same view elsewhere.
    other = open_page(page.url.split("/", 3)[3])
    quiet(other)
    theirs = other.locator('[data-testid="stMetric"]', has_text="Selected")
    assert theirs.inner_text() == selected.inner_text()


def test_knobs_stay_when_the_page_changes(open_page):
    page = open_page("?budget=123")
    quiet(page)
    page.get_by_role("link", name="Budget").click()
    page.get_by_role("heading", name="Budget", level=1).wait_for()
    quiet(page)
    budget = page.locator('[data-testid="stMetric"]', has_text="Budget")
    assert budget.inner_text().split()[-1] == "123"


def test_lasso_fills_the_table_and_clear_empties_it(open_page):
    page = open_page("map")
    quiet(page)
    canvas_painted(page)
    everything = page.get_by_role("heading", name="samples on the map").inner_text()
    box = page.locator("canvas[role=img]").bounding_box()
    page.keyboard.down("Shift")
    corners = [(0.35, 0.35), (0.65, 0.35), (0.65, 0.75), (0.35, 0.75), (0.35, 0.35)]
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()
    page.keyboard.up("Shift")
    page.get_by_role("heading", name="in the lasso").wait_for()
    inside = page.get_by_role("heading", name="in the lasso").inner_text()
    assert 0 < int(inside.split()[0].replace(",", "")) < int(everything.split()[0].replace(",", ""))
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("heading", name="samples on the map").wait_for()


def test_click_on_a_point_shows_the_sample_as_text(open_page):
    page = open_page("map")
    quiet(page)
    canvas_painted(page)
    canvas = page.locator("canvas[role=img]")
    box = canvas.bounding_box()
    # Walk over the middle until the hover text says that a point is there.
    for step in range(4, 60):
        x, y = box["x"] + box["width"] * (0.3 + step * 0.007), box["y"] + box["height"] * 0.55
        page.mouse.move(x, y)
        if page.locator(".tip:not([hidden])").count():
            page.mouse.click(x, y)
            break
    page.get_by_role("heading", name="Sample", exact=True).wait_for()
    page.get_by_text("Most similar samples").wait_for()


def test_export_is_built_checked_and_downloaded(open_page):
    page = open_page("export")
    quiet(page)
    page.get_by_role("button", name="Build export").click()
    page.get_by_text("read back with").wait_for(timeout=60_000)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download zip").click()
    with zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes())) as archive:
        names = {name.split("/")[-1]: name for name in archive.namelist()}
        assert {"train.jsonl", "scores.parquet", "rejected.jsonl", "selection.yaml"} <= set(names)
        first = json.loads(archive.read(names["train.jsonl"]).splitlines()[0])
    assert set(first) == {"instruction", "input", "output"}
