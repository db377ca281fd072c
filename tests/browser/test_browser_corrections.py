"""A cluster is merged in a real browser, the budget follows, and the history takes it back."""

from __future__ import annotations

import pytest
from app import quiet, serious
from test_browser_ledger import sign

from paser_core.review import Correction, Review
from paser_core.runs import Run

pytestmark = pytest.mark.browser


def test_merged_and_taken_back(watched, demo_copy, scheme):
    page = watched(f"{demo_copy.url}/clusters?cluster=5", scheme)
    quiet(page)
    sign(page, "Quentin")
    review, run = Review.of(Run.open(demo_copy.runs)), Run.open(demo_copy.runs)
    page.get_by_role("button", name="Name and notes").click()
    page.get_by_text("Merge into another cluster").click()
    quiet(page)
    page.get_by_text("Together they have").wait_for()
    page.get_by_role("textbox", name="Reason").last.fill("One thing")
    page.locator('[class*="st-key-merge-clusters"] button').first.click()
    quiet(page)
    (correction,) = review.state().corrections
    assert isinstance(correction, Correction)
    assert correction.cluster == 5
    page.get_by_text("1 cluster merged, 0 samples moved").wait_for()
    # The cluster that it went into is on show, with the samples of both.
    number = int((run.labels == 5).sum() + (run.labels == correction.into).sum())
    page.get_by_role("button", name=f"Pick its {number} samples").wait_for()
    assert f"cluster={correction.into}" in page.url
    # The history of all edits is on the Ledger.
    page.goto(f"{demo_copy.url}/ledger")
    quiet(page)
    page.get_by_text("History", exact=True).click()
    page.locator('[data-testid="stText"]', has_text="merged this cluster into").wait_for()
    assert not serious(page)
    sign(page, "Ben", before="Quentin")
    page.get_by_role("button", name="Undo", exact=True).click()
    quiet(page)
    assert review.state().corrections == ()
