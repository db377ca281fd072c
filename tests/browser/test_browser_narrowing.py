"""What is picked and pinned: named at the top of every page, kept over a reload, let go of in one place."""

from __future__ import annotations

import re

import pytest
from app import canvas_painted, lasso, quiet, serious
from playwright.sync_api import expect
from test_browser_clusters import ready

pytestmark = pytest.mark.browser
CORNERS = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.7), (0.2, 0.7))


def chip(page):
    return page.locator(".st-key-narrowed").get_by_role("button", name=re.compile("samples picked"))


def test_a_lasso_outlives_a_reload_and_is_named_on_every_page(watched, server, scheme):
    page = watched(f"{server.url}/map", scheme, height=800)
    canvas_painted(page)
    quiet(page)
    lasso(page, CORNERS)
    chip(page).wait_for()
    quiet(page)
    said = chip(page).inner_text()
    number = int(re.search(r"([\d,]+) samples picked: in the lasso", said)[1].replace(",", ""))
    assert number > 50
    outline = page.locator("svg .lasso").get_attribute("points")

    page.reload()
    chip(page).wait_for()
    quiet(page)
    assert chip(page).inner_text() == said
    canvas_painted(page)
    expect(page.locator("svg .lasso")).to_have_attribute("points", outline)
    assert page.get_by_text(f"{number:,} of 4,168 in the lasso").count() == 1
    for link in ("Ledger", "Overview", "Compare"):
        page.get_by_role("link", name=link, exact=True).click()
        page.get_by_role("heading", name=link, level=1, exact=True).wait_for()
        quiet(page)
        box = chip(page).bounding_box()
        assert box["y"] + box["height"] < 200  # in sight at 1280 x 800, without scrolling
        assert serious(page) == []
    page.reload()
    chip(page).wait_for()
    # Let go of, it stays so.
    chip(page).click()
    expect(chip(page)).to_have_count(0)
    quiet(page)
    page.reload()
    page.get_by_role("heading", name="Compare", level=1, exact=True).wait_for()
    quiet(page)
    assert chip(page).count() == 0
    page.get_by_role("link", name="Map", exact=True).click()
    canvas_painted(page)
    quiet(page)
    assert not page.locator("svg .lasso").get_attribute("points")


def test_a_pinned_setting_outlives_a_reload(watched, server):
    page = watched(f"{server.url}/budget?budget=700&temperature=2&order=clusterwise")
    quiet(page)
    page.get_by_role("button", name="Pin this setting").click()
    page.get_by_role("button", name="Unpin").wait_for()
    quiet(page)
    page.goto(f"{server.url}/budget?budget=900")
    page.get_by_text("Pinned: budget 700, temperature 2.00").wait_for()
    assert "Cluster after cluster" in page.get_by_text("Pinned: budget 700").inner_text()


def test_overview_answers_to_its_name(watched, server):
    page = watched(f"{server.url}/overview?budget=1200&cluster=3")
    page.get_by_role("heading", name="Overview", level=1, exact=True).wait_for()
    quiet(page)
    assert "budget=1200" in page.url
    assert "cluster=3" in page.url
    assert "/overview" not in page.url
    slider = page.get_by_role("slider", name="Budget (samples)")
    expect(slider).to_have_attribute("aria-valuetext", "1200")
    assert page.get_by_text("Page not found").count() == 0


def test_a_long_name_is_rejected_with_its_length(watched, demo_copy):
    page = watched(f"{demo_copy.url}/clusters?cluster=3")
    ready(page)
    page.get_by_role("button", name="Name and notes").click()
    field = page.get_by_role("textbox", name="New name")
    field.wait_for()
    # Pasted: all of it at once.
    field.focus()
    page.keyboard.insert_text("n" * 145)
    page.get_by_role("button", name="Rename", exact=True).click()
    said = page.locator('[data-testid="stAlertContentError"]')
    said.wait_for()
    assert "Say who you are first" in said.inner_text()
    assert page.get_by_text("Say who you are first").count() == 1
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Who are you?").click()
    page.get_by_role("textbox", name="Your name").fill("Ann")
    page.keyboard.press("Enter")
    quiet(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Name and notes").click()
    assert field.input_value() == "n" * 145
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(said).to_contain_text("has 145 characters; at most 80 are kept")
