"""Rejected samples judged with one key each, in a real browser; many decided at once."""

from __future__ import annotations

import pytest
from app import quiet, serious
from test_browser_ledger import sign, texts

from paser_core.explain.precision import Rejections
from paser_core.review import Review, Verdict, unpack
from paser_core.runs import Run
from paser_core.selection import Setting

pytestmark = pytest.mark.browser


def test_a_key_is_a_verdict(watched, demo_copy, scheme):
    page = watched(f"{demo_copy.url}/ledger?budget=2000&show=queue", scheme)
    quiet(page)
    sign(page, "Ann")
    page.keyboard.press("Escape")
    run = Run.open(demo_copy.runs)
    rejected = Rejections.of_run(run, Setting(2000, 1.0))
    total = len(rejected.rows)
    for place, key in enumerate("tfu", 1):
        texts(page, f"Number {place} of {total}.").wait_for()
        page.keyboard.press(key)
        quiet(page)
    texts(page, f"Number 4 of {total}.").wait_for()
    texts(page, "1 of 2 conflicts is true; 3 of").wait_for()
    page.keyboard.press("b")
    quiet(page)
    texts(page, f"Number 3 of {total}.").wait_for()
    page.keyboard.press("f")
    quiet(page)
    texts(page, f"Number 4 of {total}.").wait_for()
    by = list(Review.of(run).state().verdicts.items())
    assert [clash.sample for clash, _ in by] == [run.ids[r] for r in rejected.rows[:3]]
    assert [unpack(edits["Ann"])[1] for _, edits in by] == [
        Verdict.TRUE,
        Verdict.FALSE,
        Verdict.FALSE,
    ]
    # What is typed into a field is no verdict.
    page.get_by_role("button", name="Decide about it").click()
    quiet(page)
    page.get_by_role("textbox", name="Reason").press_sequentially("but tufts fit")
    quiet(page)
    texts(page, f"Number 4 of {total}.").wait_for()
    assert Review.of(run).state().seen["Ann"] >= {clash.sample for clash, _ in by}
    assert len(Review.of(run).state().verdicts) == 3
    assert not serious(page)


def test_many_at_once_and_back(watched, demo_copy):
    page = watched(f"{demo_copy.url}/ledger?budget=2000&status=conflict")
    quiet(page)
    sign(page, "Ann")
    page.get_by_text("Decide on all of these samples").click()
    quiet(page)
    texts(page, "Force all in. 227 samples: 227 would be forced in.").wait_for()
    page.get_by_role("textbox", name="One reason for all of them").fill("Our customers ask these")
    page.get_by_role("button", name="Force all in").click()
    quiet(page)
    metric = page.locator('[data-testid="stMetric"]', has_text="Forced in")
    assert "227" in metric.inner_text()
    page.locator('[class*="st-key-bulk-undo"] button').first.click()
    quiet(page)
    assert metric.count() == 0
    assert Review.of(Run.open(demo_copy.runs)).state().forced_in == ()
