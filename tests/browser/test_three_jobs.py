"""The three jobs of a new user, from the first page on, with the clicks counted: audit, tune, explain."""

from __future__ import annotations

import re

import numpy as np
import pytest
from app import quiet, serious
from playwright.sync_api import expect

from paser_core.explain.audit import mixtures_of
from paser_core.selection import Setting, Status
from paser_core.selection.of_run import select_from_run

pytestmark = pytest.mark.browser


class Clicks:
    """Clicks with the mouse, and counts."""

    def __init__(self, page) -> None:
        self.page, self.number = page, 0

    def on(self, locator) -> None:
        locator.first.click()
        self.number += 1
        quiet(self.page)

    def at(self, x: float, y: float) -> None:
        self.page.mouse.click(x, y)
        self.number += 1
        quiet(self.page)


@pytest.fixture
def first(open_page):
    page = open_page()
    quiet(page)
    return Clicks(page)


def heading(page, name: str):
    return page.get_by_role("heading", name=name, exact=True)


def test_audit_the_mixed_cluster_is_at_most_four_clicks_away(first, demo):
    selection = select_from_run(demo, Setting.of(demo))
    mixed = [
        demo.names[k]
        for k, found in enumerate(mixtures_of(demo, selection.ranking.candidates.divergence))
        if found.mixed
    ]
    page = first.page
    doubt = page.locator('[class*="st-key-in-short-Next"] button', has_text=mixed[0])
    first.on(doubt)
    heading(page, "Clusters").wait_for()
    page.get_by_text(mixed[0]).first.wait_for()
    page.get_by_text(
        re.compile("not one thing|unlike parts|two heights|parts that differ")
    ).first.wait_for()
    assert first.number <= 4


def test_tune_the_smallest_budget_that_covers_every_damaged_cluster_is_at_most_three(first):
    page = first.page
    first.on(page.get_by_role("link", name="Budget", exact=True))
    heading(page, "Budget").wait_for()
    take = page.get_by_role("button", name=re.compile("Set the budget to [0-9,]+ samples"))
    budget = int(re.search("[0-9,]+", take.inner_text())[0].replace(",", ""))
    first.on(take)
    slider = page.get_by_role("slider", name="Budget (samples)")
    expect(slider).to_have_attribute("aria-valuetext", str(budget))
    assert first.number <= 3


def test_explain_why_a_sample_was_rejected_is_at_most_three_and_stays_beside_its_list(first, demo):
    selection = select_from_run(demo, Setting.of(demo))
    row = int(np.flatnonzero(selection.status == Status.CONFLICT.code)[0])
    page = first.page
    first.on(page.get_by_role("link", name="Ledger", exact=True))
    heading(page, "Ledger").wait_for()
    first.on(page.get_by_role("button", name="Rejected (conflict)"))
    grid = page.locator('[data-testid="stDataFrame"]').first
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    first.at(box["x"] + 18, box["y"] + 35 + 17)
    drawer = page.locator(".st-key-drawer")
    drawer.get_by_text("both occur in accepted samples, but never together").wait_for()
    assert demo.ids[row] in page.url
    assert first.number <= 3
    # Beside, not below: both are in sight, and neither covers the other.
    beside, list_ = drawer.bounding_box(), grid.bounding_box()
    assert list_["x"] + list_["width"] <= beside["x"]
    assert beside["x"] + beside["width"] <= 1281


def test_the_drawer_obeys_the_keyboard_and_back(first, demo):
    page = first.page
    page.get_by_role("link", name="Ledger", exact=True).click()
    heading(page, "Ledger").wait_for()
    quiet(page)
    grid = page.locator('[data-testid="stDataFrame"]').first
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + 35 + 17)
    heading(page, "Sample").wait_for()
    quiet(page)
    assert f"sample={demo.ids[0]}" in page.url
    page.get_by_text(re.compile(r"^1 of [\d,]+ in the list$")).wait_for()
    page.keyboard.press("n")
    page.get_by_text(re.compile(r"^2 of [\d,]+ in the list$")).wait_for()
    quiet(page)
    assert f"sample={demo.ids[1]}" in page.url
    page.keyboard.press("p")
    page.get_by_text(re.compile(r"^1 of [\d,]+ in the list$")).wait_for()
    quiet(page)
    page.keyboard.press("Escape")
    heading(page, "Sample").wait_for(state="detached")
    quiet(page)
    assert "sample=" not in page.url
    page.go_back()
    heading(page, "Sample").wait_for()
    quiet(page)
    assert f"sample={demo.ids[0]}" in page.url
    # Further back: the one after it, the first again, and the list before anything was opened.
    for expected in (demo.ids[1], demo.ids[0]):
        page.go_back()
        quiet(page)
        assert f"sample={expected}" in page.url
    page.go_back()
    heading(page, "Sample").wait_for(state="detached")
    quiet(page)
    assert "sample=" not in page.url


def test_a_sample_that_was_closed_opens_again_with_one_click(open_page):
    page = open_page("ledger")
    quiet(page)
    for _ in range(2):
        grid = page.locator('[data-testid="stDataFrame"]').first
        grid.scroll_into_view_if_needed()
        box = grid.bounding_box()
        page.mouse.click(box["x"] + 18, box["y"] + 35 + 17)
        heading(page, "Sample").wait_for()
        quiet(page)
        page.get_by_role("button", name=re.compile("^Close")).click()
        heading(page, "Sample").wait_for(state="detached")
        quiet(page)


@pytest.mark.parametrize(("width", "scheme"), [(400, "dark"), (640, "light")])
def test_on_a_narrow_screen_the_drawer_is_in_sight_and_can_be_left(
    watched, server, demo, width, scheme
):
    page = watched(f"{server.url}/map?sample={demo.ids[5]}", scheme, width=width, height=800)
    heading(page, "Sample").wait_for()
    quiet(page)
    drawer = page.locator(".st-key-drawer").bounding_box()
    assert drawer["x"] >= 0
    assert drawer["x"] + drawer["width"] <= width
    wide = page.evaluate(
        "() => { const d = document.querySelector('.st-key-drawer');"
        " return d.scrollWidth - d.clientWidth; }"
    )
    assert wide <= 1, "nothing of it has to be scrolled to from the side"
    assert serious(page) == []
    page.get_by_role("button", name=re.compile("^Close")).click()
    heading(page, "Sample").wait_for(state="detached")


def test_a_range_is_chosen_with_the_keyboard_alone(open_page):
    page = open_page("ledger")
    quiet(page)
    page.get_by_role("button", name=re.compile("Filter")).first.focus()
    page.keyboard.press("Enter")
    thumb = page.get_by_role("slider", name="Tokens").first
    thumb.wait_for()
    quiet(page)
    thumb.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.get_by_text("listed here").wait_for()
    quiet(page)
    assert "tokens=" in page.url
    assert serious(page) == []
