"""Ledger: from a rejection to the sample that blocks it; people's decisions, kept and undone."""

from __future__ import annotations

import pytest
from app import pick_line, quiet

pytestmark = pytest.mark.browser


def sign(page, name: str, before: str = "Who are you?") -> None:
    page.get_by_role("button", name=before).click()
    field = page.get_by_role("textbox", name="Your name")
    field.fill(name)
    field.press("Enter")
    quiet(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name=name).wait_for()


def texts(page, text: str):
    """A text of the page itself: table cells have copies of theirs for screen readers."""
    return page.locator('[data-testid="stText"]', has_text=text)


def test_why_rejected_leads_to_the_sample_that_blocks(open_page):
    page = open_page("ledger?budget=2000")
    quiet(page)
    page.get_by_role("button", name="Rejected (conflict)").click()
    quiet(page)
    pick_line(page)
    texts(page, "both occur in accepted samples, but never together").wait_for()
    rejected = page.url.split("sample=")[1].split("&")[0]
    texts(page, "first seen in").first.wait_for()
    blocker = page.locator('[class*="st-key-blocking-0"] button').first
    name = blocker.inner_text()
    blocker.click()
    texts(page, "Selected as number").wait_for()
    quiet(page)
    assert rejected not in page.url
    assert name.split("\n")[-1].strip() in page.url
    # The address alone shows the same sample elsewhere.
    other = open_page(page.url.split("/", 3)[3])
    texts(other, "Selected as number").wait_for()


def test_forced_in_with_a_reason_changes_the_selection_and_can_be_undone(watched, demo_copy):
    page = watched(f"{demo_copy.url}/ledger?budget=500")
    quiet(page)
    selected = page.locator('[data-testid="stMetric"]', has_text="Over budget")
    before = selected.inner_text()
    page.get_by_role("button", name="Over budget").click()
    quiet(page)
    pick_line(page)
    # Nobody has said who they are: one sentence, and nothing is lost.
    page.get_by_role("textbox", name="Reason").fill("A case our customers ask about")
    page.get_by_role("button", name="Force in").click()
    page.get_by_text("Say who you are first").wait_for()
    assert (
        page.get_by_role("textbox", name="Reason").input_value() == "A case our customers ask about"
    )
    sign(page, "Ann")
    page.get_by_role("button", name="Force in").click()
    page.get_by_text("is forced in").first.wait_for()
    quiet(page)
    texts(page, "A person forced it in").wait_for()
    assert page.locator('[data-testid="stMetric"]', has_text="Forced in").count() == 1
    assert selected.inner_text() == before  # one in, another one out: the budget is the same
    # It outlives a reload, as does the name; the history says who and why.
    page.reload()
    page.get_by_text("1 edit; 1 sample forced.").wait_for()
    page.get_by_text("History", exact=True).click()
    texts(page, "A case our customers ask about").first.wait_for()
    sign(page, "Ben", before="Ann")
    page.get_by_role("button", name="Undo", exact=True).click()
    page.get_by_text("Taken back").wait_for()
    quiet(page)
    assert page.locator('[data-testid="stMetric"]', has_text="Forced in").count() == 0
    texts(page, "Ben undid").wait_for()


def test_esc_while_typing_leaves_the_field_and_what_was_typed_stays(open_page):
    page = open_page("ledger?budget=500")
    quiet(page)
    page.get_by_role("button", name="Over budget").click()
    quiet(page)
    pick_line(page)
    drawer, reason = page.locator(".st-key-drawer"), page.get_by_role("textbox", name="Reason")
    reason.wait_for()
    chosen = page.url
    reason.click()
    page.keyboard.type("Our customers ask this")
    page.keyboard.press("Escape")
    quiet(page)
    assert page.url == chosen
    assert reason.input_value() == "Our customers ask this"
    assert not reason.evaluate("field => field === document.activeElement")
    # Nobody types any more: now it is the shortcut, and the text waits for whoever comes back.
    page.keyboard.press("Escape")
    drawer.wait_for(state="detached")
    quiet(page)
    pick_line(page)
    quiet(page)
    assert page.url == chosen
    assert reason.input_value() == "Our customers ask this"
    # In a field without a text there is nothing to lose.
    reason.fill("")
    reason.press("Escape")
    drawer.wait_for(state="detached")
