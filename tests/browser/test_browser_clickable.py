"""A line of Overview's table opens its cluster beside, by mouse and keyboard, and stays under the pointer."""

from __future__ import annotations

import pytest
from app import quiet, serious
from playwright.sync_api import expect

from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

pytestmark = pytest.mark.browser


def test_a_line_opens_its_cluster_and_stays_where_it_is(watched, server, demo):
    page = watched(server.url)
    lines = page.locator(".clickable tbody tr")
    lines.nth(3).scroll_into_view_if_needed()
    quiet(page)
    cds = select_from_run(demo, Setting.of(demo)).ranking.cds
    by_damage = [demo.names[k] for k in (-cds).argsort(kind="stable").tolist()]
    assert [b.inner_text() for b in lines.locator("button").all()] == by_damage
    before = lines.nth(3).bounding_box()["y"]
    lines.nth(3).locator("td").nth(2).click()
    drawer = page.locator(".st-key-drawer")
    expect(drawer.get_by_role("heading", name=by_damage[3])).to_be_visible()
    quiet(page)
    # Beside the drawer all texts above are higher, by some hundred pixels.
    assert lines.nth(3).bounding_box()["y"] == pytest.approx(before, abs=2)
    assert not serious(page)
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    lines.nth(5).locator("button").focus()
    page.keyboard.press("Enter")
    expect(drawer.get_by_role("heading", name=by_damage[5])).to_be_visible()
    expect(lines.nth(5).locator("button")).to_be_focused()
