"""Clusters: choose one, question it, name it; nobody overwrites what somebody else has just written."""

from __future__ import annotations

import shutil

import pytest
from app import DEMO, Server, canvas_painted, quiet
from playwright.sync_api import expect

from paser_core.runs import Run

pytestmark = pytest.mark.browser

RUN = Run.open(DEMO)
BY_DAMAGE = RUN.clusters["cds"].to_numpy().argsort()[::-1].tolist()
_TOP, _ROW = 40, 27  # of the chart: margin above the first row, height of a row


def ready(page) -> None:
    """Until the bars are painted and the cluster below is there."""
    bars(page).locator(".barlayer .point").first.wait_for(timeout=60_000)
    page.get_by_role("button", name="Name and notes").wait_for()
    quiet(page)


def bars(page):
    return page.locator(".st-key-cluster-bars .js-plotly-plot")


def cluster_named(page) -> str:
    return page.locator("h2").first.inner_text()


def looks_at(page, name: str) -> None:
    page.get_by_role("heading", level=2, name=name, exact=True).wait_for()
    quiet(page)


def sign(page, name: str) -> None:
    page.get_by_role("button", name="Who are you?").click()
    field = page.get_by_role("textbox", name="Your name")
    field.fill(name)
    field.press("Enter")
    quiet(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name=name).wait_for()


def open_names(page) -> None:
    """The name, history and notes of the cluster, behind their button."""
    if not page.get_by_role("textbox", name="New name").is_visible():
        page.get_by_role("button", name="Name and notes").click()
        page.get_by_role("textbox", name="New name").wait_for()


def close_names(page) -> None:
    page.keyboard.press("Escape")
    page.get_by_role("textbox", name="New name").wait_for(state="detached")


def rename(page, name: str, reason: str = "") -> None:
    open_names(page)
    page.get_by_role("textbox", name="New name").fill(name)
    page.get_by_role("textbox", name="Reason").first.fill(reason)
    page.get_by_role("button", name="Rename", exact=True).click()


def follow(page, link: str) -> None:
    """Open another page by the side bar, as a person does."""
    page.get_by_role("link", name=link, exact=True).click()
    page.get_by_role("heading", name=link, level=1, exact=True).wait_for()
    quiet(page)


def test_a_click_on_a_row_of_the_chart_looks_at_the_cluster(open_page):
    page = open_page("clusters")
    ready(page)
    assert cluster_named(page) == RUN.names[BY_DAMAGE[0]]
    # At the far end of a short bar: the whole row counts. Then another, and the first one again.
    for place in (9, 3, 9):
        box = bars(page).bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + _TOP + _ROW * (place + 0.5))
        looks_at(page, RUN.names[BY_DAMAGE[place]])
        assert f"cluster={BY_DAMAGE[place]}" in page.url
        bars(page).locator(".barlayer .point").first.wait_for()
    # A copied address shows the same cluster elsewhere.
    other = open_page(page.url.split("/", 3)[3])
    ready(other)
    assert cluster_named(other) == RUN.names[BY_DAMAGE[9]]


def test_a_click_on_a_line_of_the_table_looks_at_the_cluster(open_page):
    page = open_page("clusters")
    ready(page)
    page.get_by_role("radio", name="Table").click()
    grid = page.locator('[class*="st-key-cluster-table"] [data-testid="stDataFrame"]')
    for place in (6, 2):
        grid.wait_for()
        quiet(page)
        box = grid.bounding_box()
        page.mouse.click(box["x"] + 120, box["y"] + 35 * (place + 1.5))
        looks_at(page, RUN.names[BY_DAMAGE[place]])
        assert f"cluster={BY_DAMAGE[place]}" in page.url


def test_the_box_needs_no_mouse(open_page):
    page = open_page("clusters")
    ready(page)
    page.get_by_role("combobox", name="Cluster").first.focus()
    page.keyboard.type(RUN.names[8][:12])
    page.keyboard.press("Enter")
    looks_at(page, RUN.names[8])


def test_an_exemplar_opens_as_the_sample_and_the_cluster_goes_to_the_map(open_page):
    page = open_page("clusters?cluster=4")
    ready(page)
    page.locator(".st-key-lines-damaged button").first.click()
    page.get_by_role("heading", name="Sample", exact=True).wait_for()
    quiet(page)
    assert f"sample={RUN.clusters['damaged'].iloc[4][0]}" in page.url
    page.get_by_role("button", name="Show on the map").click()
    page.get_by_role("heading", name="Map", level=1).wait_for()
    size = int(RUN.clusters["size"][4])
    page.get_by_role("heading", name=f"{size} samples in cluster").wait_for()
    canvas_painted(page)
    follow(page, "Clusters")
    assert cluster_named(page) == RUN.names[4]


def test_the_curious_see_why_there_are_so_many_clusters(open_page):
    page = open_page("clusters")
    ready(page)
    assert page.locator(".st-key-cluster-per-k").count() == 0  # drawn only when asked for
    page.get_by_text("For the curious").click()
    page.locator(".st-key-cluster-per-k .js-plotly-plot").wait_for()
    page.locator(".st-key-cluster-spectrum .js-plotly-plot").wait_for()
    page.get_by_text(RUN.reason_for_k[:40]).wait_for()


def test_temperature_moves_the_damage(open_page):
    page = open_page("clusters?cluster=1")
    ready(page)
    cds = page.locator('[data-testid="stMetric"]', has_text="CDS")
    before = cds.inner_text()
    page.get_by_role("slider", name="Temperature").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("t => !document.body.innerText.includes(t)", arg=before)
    quiet(page)
    assert page.locator('[data-testid="stException"]').count() == 0


def test_a_new_name_is_seen_on_every_page_and_after_a_restart(watched, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(DEMO, copy, ignore=shutil.ignore_patterns("review.sqlite*"))
    first = Server(copy, tmp_path / "first.txt")
    page = watched(first.url)
    quiet(page)
    follow(page, "Clusters")
    ready(page)
    sign(page, "Ann")
    name = "Anything at all by Ann"
    cluster = BY_DAMAGE[0]
    rename(page, name, "arithmetic in all its shapes")
    looks_at(page, name)
    close_names(page)
    page.get_by_text(f"Automatic name: {RUN.names[cluster]}").wait_for()
    seen_everywhere(page, name)
    page.context.close()
    first.stop()

    second = Server(copy, tmp_path / "second.txt")
    page = watched(second.url)
    quiet(page)
    seen_everywhere(page, name)
    # What was done can be taken back by somebody else, with its reason still there.
    sign(page, "Bob")
    open_names(page)
    page.get_by_text("History (1)").click()
    page.locator('[data-testid="stText"]', has_text="arithmetic in all its shapes").wait_for()
    page.get_by_role("button", name="Undo").first.click()
    looks_at(page, RUN.names[cluster])
    page.context.close()
    second.stop()


def seen_everywhere(page, name: str) -> None:
    """On the overview, in the legend of the map, on the budget page, and on our own."""
    follow(page, "Map")
    canvas_painted(page)
    page.get_by_role("button", name=name).first.wait_for()
    follow(page, "Budget")
    page.locator(".js-plotly-plot", has_text=name).first.wait_for()
    follow(page, "Overview")
    page.get_by_role("table", name="Clusters with their damage").get_by_text(name).wait_for()
    follow(page, "Clusters")
    ready(page)
    assert cluster_named(page) == name
    bars(page).locator(".ytick", has_text=name).wait_for()


def test_a_name_full_of_markup_is_shown_as_it_is(watched, demo_copy):
    page = watched(demo_copy.url)
    quiet(page)
    follow(page, "Clusters")
    ready(page)
    sign(page, "Ann")
    name = "<b>x</b> $y$ *z* [a](b) :red[c]"
    rename(page, name)
    looks_at(page, name)
    close_names(page)
    assert bars(page).locator(".ytick text").first.text_content() == name
    page.get_by_role("button", name="Pick its").click()
    page.get_by_text(f"picked: in cluster {name}").first.wait_for()
    follow(page, "Map")
    page.get_by_role("heading", name=f"samples in cluster {name}").wait_for()


def test_a_name_is_asked_for_once(watched, server):
    page = watched(server.url)
    quiet(page)
    sign(page, "Ann")
    page.reload()
    page.get_by_role("button", name="Ann").wait_for()
    # Taken away, it is forgotten.
    page.get_by_role("button", name="Ann").click()
    field = page.get_by_role("textbox", name="Your name")
    expect(field).to_have_value("Ann")
    field.fill("")
    field.press("Enter")
    page.get_by_role("button", name="Who are you?").wait_for()
    page.reload()
    page.get_by_role("button", name="Who are you?").wait_for()
    quiet(page)
    assert page.get_by_role("button", name="Ann").count() == 0


def test_two_people_at_once_lose_nothing(watched, demo_copy):
    pages = []
    for person in ("Ann", "Bob"):
        page = watched(demo_copy.url)
        quiet(page)
        follow(page, "Clusters")
        ready(page)
        sign(page, person)
        pages.append(page)
    ann, bob = pages
    # Bob is typing while Ann renames: leaving a field must not count as having seen her name.
    open_names(bob)
    bob.get_by_role("textbox", name="New name").fill("Sums")
    # He looks for a reason meanwhile; what he typed stays.
    close_names(bob)
    rename(ann, "Arithmetic", "all of it is sums")
    looks_at(ann, "Arithmetic")
    open_names(bob)
    assert bob.get_by_role("textbox", name="New name").input_value() == "Sums"
    bob.get_by_role("textbox", name="Reason").first.fill("shorter")
    bob.get_by_role("textbox", name="New name").focus()
    bob.get_by_role("button", name="Rename", exact=True).click()
    said = bob.locator('[data-testid="stAlertContentError"]')
    said.wait_for()
    assert "Ann renamed this cluster to “Arithmetic”" in said.inner_text()
    assert "after you had looked" in said.inner_text()
    looks_at(bob, "Arithmetic")
    assert bob.get_by_role("textbox", name="New name").input_value() == "Sums"
    # He has seen it now, and may differ; the history keeps both.
    bob.get_by_role("button", name="Rename", exact=True).click()
    looks_at(bob, "Sums")
    close_names(bob)
    # Another cluster is nobody's business but the one's who renames it: no conflict.
    close_names(ann)
    ann.get_by_role("combobox", name="Cluster").first.focus()
    ann.keyboard.type(RUN.names[BY_DAMAGE[5]][:12])
    ann.keyboard.press("Enter")
    looks_at(ann, RUN.names[BY_DAMAGE[5]])
    rename(ann, "Capitals")
    looks_at(ann, "Capitals")
    close_names(ann)
    follow(bob, "Overview")
    follow(bob, "Clusters")
    ready(bob)
    bars(bob).locator(".ytick", has_text="Capitals").wait_for()
    open_names(bob)
    bob.get_by_text("History (2)").click()
    bob.locator('[data-testid="stText"]', has_text="all of it is sums").wait_for()
