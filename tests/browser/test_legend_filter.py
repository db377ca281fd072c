"""The legend of the map filters the page: by cluster, status, and a column of one's own."""

from __future__ import annotations

import re

import numpy as np
import pytest
from app import canvas_painted, quiet
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def entry(page, name: str):
    return page.get_by_role("button", name=re.compile(f"^{re.escape(name)}"))


def listed(page) -> int:
    text = page.locator(".st-key-narrowed").inner_text()
    return int(re.search(r"([\d,]+) of", text)[1].replace(",", ""))


def test_a_click_lists_what_it_stands_for_and_another_lets_go(open_page, demo):
    page = open_page("map")
    canvas_painted(page)
    quiet(page)
    first, second = (name[:48] for name in demo.names[2:4])
    entry(page, first).click()
    quiet(page)
    expect(entry(page, first)).to_have_attribute("aria-pressed", "true")
    assert listed(page) == int((demo.labels == 2).sum())
    assert "clusters=2" in page.url
    entry(page, second).click(modifiers=["Control"])
    quiet(page)
    assert listed(page) == int(np.isin(demo.labels, (2, 3)).sum())
    entry(page, first).click(modifiers=["Control"])
    quiet(page)
    expect(entry(page, first)).to_have_attribute("aria-pressed", "false")
    assert listed(page) == int((demo.labels == 3).sum())
    # Let go at the top of the page, it is let go in the legend.
    page.locator(".st-key-narrowed").get_by_role("button", name=re.compile("^Cluster:")).click()
    quiet(page)
    expect(entry(page, second)).to_have_attribute("aria-pressed", "false")
    assert "clusters" not in page.url


def test_a_column_of_ones_own_and_the_keyboard(open_page, demo):
    kind = demo.columns("capability")["capability"].iloc[0]
    page = open_page("map?color=capability")
    canvas_painted(page)
    quiet(page)
    entry(page, kind).focus()
    page.keyboard.press("Enter")
    quiet(page)
    inside = (demo.columns("capability")["capability"] == kind).to_numpy()
    assert listed(page) == int(inside.sum())
    page.get_by_role("link", name="Ledger", exact=True).click()
    page.get_by_role("heading", name="Ledger", level=1).wait_for()
    quiet(page)
    assert listed(page) == int(inside.sum())
