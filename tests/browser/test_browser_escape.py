"""Escape closes one thing at a time: what is open within the page, and then what stands beside it."""

from __future__ import annotations

import pytest
from app import canvas_painted, lasso, quiet
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def beside(open_page, scheme):
    """A page with a cluster beside it."""

    def go(path: str):
        page = open_page(f"{path}?beside=1", scheme)
        expect(page.get_by_role("button", name="Close")).to_be_visible()
        quiet(page)
        return page

    return go


def test_an_open_list_is_closed_before_the_drawer(beside):
    page = beside("budget")
    close = page.get_by_role("button", name="Close")
    box = page.get_by_role("combobox", name="Selector")
    box.focus()
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    quiet(page)
    expect(close).to_be_visible()
    page.keyboard.press("Escape")
    expect(close).to_have_count(0)


def test_a_popover_and_the_list_in_it_are_closed_before_the_drawer(beside):
    page = beside("ledger")
    close = page.get_by_role("button", name="Close")
    page.get_by_role("button", name="Filter").click()
    box = page.get_by_role("combobox", name="Cluster", exact=True)
    box.focus()
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    quiet(page)
    expect(close).to_be_visible()
    while box.count() and box.is_visible():
        page.keyboard.press("Escape")
        quiet(page)
        expect(close).to_be_visible()
    page.keyboard.press("Escape")
    expect(close).to_have_count(0)


def test_the_lasso_goes_before_the_drawer(beside):
    page = beside("map")
    close = page.get_by_role("button", name="Close")
    canvas_painted(page)
    lasso(page, [(0.3, 0.3), (0.6, 0.3), (0.6, 0.6), (0.3, 0.6)])
    quiet(page)
    page.locator("canvas[role=img]").focus()
    clear = page.get_by_role("button", name="Clear", exact=True)
    expect(clear).to_be_visible()
    page.keyboard.press("Escape")
    expect(clear).to_be_hidden()
    quiet(page)
    expect(close).to_be_visible()
    page.keyboard.press("Escape")
    expect(close).to_have_count(0)


def test_what_listens_takes_no_room(watched, server):
    page = watched(f"{server.url}/ledger?beside=1", width=400)
    expect(page.get_by_role("button", name="Close")).to_be_visible()
    page.locator(".st-key-drawer-escape").wait_for(state="attached")
    quiet(page)
    wide, room = page.locator(".stMain").evaluate("main => [main.scrollWidth, main.clientWidth]")
    assert wide == room
