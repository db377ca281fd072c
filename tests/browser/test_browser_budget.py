"""Budget: the sliders under the keyboard, and what they change against a pinned setting."""

from __future__ import annotations

import re

import pytest
from app import ids_in_sight, quiet
from playwright.sync_api import expect

from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

pytestmark = pytest.mark.browser

BUDGET = "Budget (samples)"


def press(page, name: str, key: str, *values: str) -> None:
    """One press for each value that the slider is to say; each waits until the page has answered."""
    slider = page.get_by_role("slider", name=name)
    slider.focus()
    for value in values:
        slider.press(key)
        expect(slider).to_have_attribute("aria-valuetext", value)
        if name == BUDGET:
            expect(page.get_by_role("spinbutton", name="Budget as a count")).to_have_value(value)
        quiet(page)


def metric(page, label: str):
    """The number of the card with this label."""
    card = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return card.get_by_test_id("stMetricValue")


def selected_at(demo, budget: int, temperature: float):
    knobs = Setting.of(demo, budget=float(budget), temperature=temperature)
    return select_from_run(demo, knobs)


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


def test_pinned_then_both_sliders_moved_tells_who_enters_and_who_leaves(open_page, demo):
    page = open_page("budget?budget=800")
    quiet(page)
    page.get_by_role("button", name="Pin this setting").click()
    page.get_by_text("The two selections are the same.").wait_for()
    pinned = set(selected_at(demo, 800, 1.0).rows.tolist())

    # The budget alone: selections nest, so samples only leave.
    press(page, BUDGET, "ArrowLeft", "799", "798", "797", "796")
    fewer = set(selected_at(demo, 796, 1.0).rows.tolist())
    assert (len(fewer - pinned), len(pinned - fewer), len(pinned & fewer)) == (0, 4, 796)
    expect(metric(page, "Enter")).to_have_text("0")
    expect(metric(page, "Leave")).to_have_text("4")
    expect(metric(page, "Stay")).to_have_text("796")

    # The temperature too: samples enter as well.
    press(page, "Temperature", "ArrowRight", *(f"{1 + 0.05 * k:.2f}" for k in range(1, 9)))
    now = selected_at(demo, 796, 1.4)
    rows = set(now.rows.tolist())
    assert rows - pinned, "the temperature must make a difference for this test to see one"
    expect(metric(page, "Enter")).to_have_text(f"{len(rows - pinned):,}")
    expect(metric(page, "Leave")).to_have_text(f"{len(pinned - rows):,}")
    expect(metric(page, "Stay")).to_have_text(f"{len(pinned & rows):,}")
    quiet(page)
    assert {"budget=796", "temperature=1.4"} <= set(re.split("[?&]", page.url))

    # Not only as many, but the same ones: first who enters, then who leaves.
    radio = page.get_by_role("radiogroup", name="List the samples that").get_by_role("radio")
    for which, moved in (("enter", rows - pinned), ("leave", pinned - rows)):
        radio.filter(has_text=which).click()
        quiet(page)
        table = page.locator(f'[class*="st-key-changes-{which}"] [data-testid="stDataFrame"]')
        ids = ids_in_sight(table)
        assert set(ids) <= set(demo.samples["id"].iloc[sorted(moved)])

    page.get_by_text("Pinned: budget 800, temperature 1.00").wait_for()


def test_no_move_of_the_slider_is_lost_to_the_boxes_that_follow_it(open_page):
    page = open_page("budget?budget=800")
    quiet(page)
    slider = page.get_by_role("slider", name=BUDGET)
    slider.focus()
    for _ in range(9):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(120)  # faster than the page answers
    expect(page.get_by_role("spinbutton", name="Budget as a count")).to_have_value("791")
    quiet(page)
    expect(slider).to_have_attribute("aria-valuetext", "791")
    expect(metric(page, "Budget")).to_have_text("791")


def test_moving_back_to_the_pinned_setting_changes_nothing(open_page):
    page = open_page("budget?budget=800&temperature=1.1")
    quiet(page)
    page.get_by_role("button", name="Pin this setting").click()
    page.get_by_text("The two selections are the same.").wait_for()
    press(page, "Temperature", "ArrowRight", "1.15", "1.20")
    metric(page, "Enter").wait_for()
    press(page, "Temperature", "ArrowLeft", "1.15", "1.10")
    page.get_by_text("The two selections are the same.").wait_for()
    page.get_by_role("button", name="Unpin").click()
    page.get_by_role("button", name="Pin this setting").wait_for()
    expect(page.get_by_role("heading", name="Against the pinned setting")).to_have_count(0)
