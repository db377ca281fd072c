"""A copied address shows the same view, also as the first thing a new server is asked for."""

from __future__ import annotations

import shutil

import pytest
from app import DEMO, quiet
from tiny_run import loaders, write_workspace

from paser_core.measure import run_pipeline

pytestmark = pytest.mark.browser
TITLES = {
    "": "Overview",
    "map": "Map",
    "clusters": "Clusters",
    "budget": "Budget",
    "concepts": "Concepts",
    "ledger": "Ledger",
    "compare": "Compare",
    "export": "Export",
    "study": "Study",
    "new_run": "New run",
}


def metrics(page) -> list[str]:
    shown = page.locator('[data-testid="stMetric"]')
    shown.first.wait_for()
    quiet(page)
    return shown.all_inner_texts()


@pytest.mark.parametrize("path", ["budget", "ledger", "new_run"])
def test_a_new_server_may_be_asked_for_any_page_first(watched, serve, path):
    # With a folder called `pages`, Streamlit would run that page alone.
    page = watched(f"{serve(DEMO).url}/{path}")
    quiet(page)
    page.get_by_role("heading", name=TITLES[path], level=1, exact=True).wait_for()
    links = page.locator('[data-testid="stSidebarNavLink"]').all_inner_texts()
    assert [text.split("\n")[-1] for text in links] == list(TITLES.values())


def test_every_knob_and_the_sample_travel_in_the_address(open_page):
    address = (
        "ledger?budget=1200&temperature=1.7&concepts=6&words=2&frequency=1.5"
        "&allocation=paper&order=clusterwise&sample=gen-logic-027&status=Rejected+(conflict)&q=the"
    )
    page = open_page(address)
    quiet(page)
    page.locator('[data-testid="stText"]', has_text="gen-logic-027").first.wait_for()
    shown = metrics(page)
    # A page switch keeps them, and the address it leads to shows the same elsewhere.
    page.get_by_role("link", name="Budget", exact=True).click()
    page.get_by_role("heading", name="Budget", level=1, exact=True).wait_for()
    quiet(page)
    for part in ("budget=1200", "temperature=1.7", "concepts=6", "sample=gen-logic-027"):
        assert part in page.url
    budget = metrics(page)
    other = open_page(page.url.split("/", 3)[3])
    quiet(other)
    assert metrics(other) == budget
    back = open_page(address)
    quiet(back)
    assert metrics(back) == shown


def test_back_and_forward_lead_to_the_run_of_the_address(watched, serve, tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    first = run_pipeline(config, tmp_path / "runs" / "one", loaders(config)).path
    shutil.copytree(first, tmp_path / "runs" / "two")
    page = watched(serve(tmp_path / "runs").url)
    one, two = (page.get_by_text(f"{name}: 9 samples") for name in ("one", "two"))
    one.wait_for()
    quiet(page)
    assert "run=one" in page.url
    page.get_by_role("combobox", name="Run").click()
    page.get_by_role("option", name="two", exact=True).click()
    two.wait_for()
    quiet(page)
    assert "run=two" in page.url
    page.go_back()
    one.wait_for()
    quiet(page)
    assert "run=one" in page.url
    page.go_forward()
    two.wait_for()
    quiet(page)
    assert "run=two" in page.url
    # Another page keeps it.
    page.get_by_role("link", name="Map", exact=True).click()
    page.get_by_role("heading", name="Map", level=1, exact=True).wait_for()
    quiet(page)
    assert "run=two" in page.url
