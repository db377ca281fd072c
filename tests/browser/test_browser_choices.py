"""A choice is what was chosen, whatever it is called meanwhile: by oneself, or by somebody else."""

from __future__ import annotations

import re

import pytest
from app import DEMO, quiet
from test_browser_clusters import (
    bars,
    close_names,
    follow,
    looks_at,
    open_names,
    ready,
    rename,
    sign,
)

from paser_core.review import Review
from paser_core.runs import Run

pytestmark = pytest.mark.browser

RUN = Run.open(DEMO)


class Bob:
    """Somebody else at work on the same run."""

    def __init__(self, path) -> None:
        self.run = Run.open(path)
        self.review = Review.of(self.run)

    def rename(self, cluster: int, name: str) -> None:
        seen = self.review.state().revision
        self.review.rename(cluster, name, author="Bob", seen=seen, automatic=self.run.names)


def names(tmp_path) -> dict[int, str]:
    run = Run.open(tmp_path / "copy")
    return dict(enumerate(Review.of(run).state().names_with(run.names)))


def test_a_cluster_that_is_renamed_again_and_again_stays_the_one_that_is_looked_at(
    watched, demo_copy, tmp_path
):
    page = watched(f"{demo_copy.url}/clusters?run=copy&cluster=3")
    ready(page)
    sign(page, "Ann")
    for name in ("Frist", "First", "Second", "Third"):
        rename(page, name)
        looks_at(page, name)
        close_names(page)
        # Whatever else is touched: the cluster stays.
        page.get_by_role("radio", name="Table").click()
        looks_at(page, name)
        page.get_by_role("tab", name="Who is at its edge?").click()
        looks_at(page, name)
        page.get_by_role("radio", name="Chart").click()
        looks_at(page, name)
        assert "cluster=3" in page.url
    renamed = {k: name for k, name in names(tmp_path).items() if name != RUN.names[k]}
    assert renamed == {3: "Third"}
    # Two clusters change names with one another: each still is what it was.
    box = page.get_by_role("combobox", name="Cluster").first
    box.scroll_into_view_if_needed()
    quiet(page)  # or the scrolling closes the list
    box.fill(RUN.names[5])
    page.get_by_role("option", name=RUN.names[5], exact=True).wait_for()
    box.press("Enter")
    looks_at(page, RUN.names[5])
    rename(page, "Fifth")
    looks_at(page, "Fifth")
    close_names(page)
    assert "cluster=5" in page.url
    assert names(tmp_path)[5] == "Fifth"
    assert names(tmp_path)[3] == "Third"


def test_after_a_conflict_the_next_name_goes_to_the_same_cluster(watched, demo_copy, tmp_path):
    others = Bob(tmp_path / "copy")
    others.rename(4, "Fourth")
    page = watched(f"{demo_copy.url}/clusters?cluster=4")
    ready(page)
    sign(page, "Ann")
    # Another cluster gets this one's name and this one another: labels now mean something else.
    others.rename(4, "Aside")
    others.rename(6, "Fourth")
    rename(page, "Mine")
    page.locator('[data-testid="stAlertContentError"]').wait_for()
    looks_at(page, "Aside")
    page.get_by_role("button", name="Rename", exact=True).click()
    looks_at(page, "Mine")
    close_names(page)
    page.get_by_role("tab", name="Who is at its edge?").click()
    looks_at(page, "Mine")
    rename(page, "Mine again")
    looks_at(page, "Mine again")
    assert "cluster=4" in page.url
    assert names(tmp_path)[4] == "Mine again"
    assert names(tmp_path)[6] == "Fourth"


def test_the_filters_of_ledger_and_compare_outlive_a_rename(watched, demo_copy, tmp_path):
    others = Bob(tmp_path / "copy")
    others.rename(2, "Second")
    page = watched(f"{demo_copy.url}/ledger?clusters=2&clusters=7")
    quiet(page)
    listed = page.locator(".st-key-narrowed")
    size = int(((RUN.labels == 2) | (RUN.labels == 7)).sum())
    listed.get_by_text(f"{size} of {RUN.n:,} samples").wait_for()
    others.rename(2, "Two")
    others.rename(9, "Second")
    page.get_by_role("button", name=re.compile("^Over budget")).click()
    quiet(page)
    page.get_by_role("button", name=re.compile("^Over budget")).click()
    quiet(page)
    listed.get_by_text(f"{size} of {RUN.n:,} samples").wait_for()
    assert "Two" in listed.inner_text()
    assert "clusters=2&clusters=7" in page.url
    listed.get_by_role("button", name="Cluster:").click()
    quiet(page)
    assert listed.count() == 0
    assert "clusters" not in page.url

    follow(page, "Compare")
    page.get_by_role("button", name=re.compile("Filter")).first.click()
    box = page.get_by_role("combobox", name="Cluster")
    box.scroll_into_view_if_needed()
    quiet(page)  # or the scrolling closes the list
    box.fill("Two")
    page.get_by_role("option", name=re.compile(r"^Two \(")).wait_for()
    box.press("Enter")
    quiet(page)
    others.rename(2, "Zwei")
    others.rename(9, "Two")
    page.get_by_role("radio", name="In both").click()
    quiet(page)
    assert "Zwei" in listed.inner_text()
    follow(page, "Clusters")
    ready(page)
    assert bars(page).count() == 1
    open_names(page)
