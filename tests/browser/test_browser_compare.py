"""Compare: choose a partner, see who differs, pick, measure; the address shows the same elsewhere."""

from __future__ import annotations

import shutil

import pytest
from app import DEMO, Server, canvas_painted, lasso, quiet, serious
from overlaps import overlap
from second_run import make_second_run
from selected import rows_by

from paser_core.export import write_export
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

pytestmark = pytest.mark.browser

RUN = Run.open(DEMO)
EVERYTHING = [(0.005, 0.005), (0.995, 0.005), (0.995, 0.99), (0.005, 0.99), (0.005, 0.005)]


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """A server on a folder with the demo and a second run."""
    folder = tmp_path_factory.mktemp("runs")
    shutil.copytree(DEMO, folder / "first", ignore=shutil.ignore_patterns("review.sqlite*"))
    make_second_run(DEMO, folder / "second")
    running = Server(folder, tmp_path_factory.mktemp("server") / "log.txt")
    yield running
    running.stop()


def ready(page) -> None:
    """Until chart and map are painted."""
    page.get_by_role("heading", name="Stability over seeds").wait_for()
    chart(page).locator(".barlayer .point").first.wait_for(state="attached", timeout=60_000)
    canvas_painted(page)
    quiet(page)


def chart(page):
    return page.locator(".st-key-shift-figure .js-plotly-plot")


def metrics(page) -> dict[str, str]:
    cells = page.locator('[data-testid="stMetric"]')
    return {
        cells.nth(i).locator('[data-testid="stMetricLabel"]').inner_text(): cells.nth(i)
        .locator('[data-testid="stMetricValue"]')
        .inner_text()
        for i in range(cells.count())
    }


def choose(page, label: str, option: str) -> None:
    box = page.get_by_role("combobox", name=label)
    box.scroll_into_view_if_needed()
    quiet(page)  # or the scrolling closes the list
    box.click()
    box.fill(option)  # a long list draws only a part of itself
    page.get_by_role("option", name=option, exact=True).click()
    quiet(page)


def listed(page) -> int:
    """How many samples the list below the map says it has."""
    return int(said(page).split()[0].replace(",", ""))


def said(page) -> str:
    return page.locator('.st-key-side-count [data-testid="stText"]').inner_text()


def test_the_map_is_drawn_when_it_comes_into_sight(open_page):
    page = open_page("compare")
    page.get_by_role("heading", name="Stability over seeds").wait_for()
    quiet(page)
    canvas = page.locator("canvas[role=img]")
    assert canvas.bounding_box()["y"] > page.viewport_size["height"]
    assert canvas.get_attribute("data-painted") is None
    canvas.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    assert canvas.get_attribute("data-painted") is not None
    assert page.locator(".notice:not([hidden])").count() == 0


def test_a_partner_is_chosen_and_the_address_shows_the_same_elsewhere(open_page):
    page = open_page("compare?budget=300&temperature=2.0")
    ready(page)
    page.get_by_role("spinbutton", name="Seed").fill("3")
    page.keyboard.press("Enter")
    quiet(page)
    ours = select_from_run(RUN, Setting(300, 2.0)).rows
    knobs = Setting(300, 2.0)
    assert metrics(page) == overlap(ours, rows_by("random", RUN, knobs, 3))
    assert "draw=3" in page.url
    choose(page, "Compare with", "Baseline: Highest damage")
    page.get_by_role("radio", name="Only in B").click()
    quiet(page)
    expected = overlap(ours, rows_by("divergence", RUN, knobs))
    assert metrics(page) == expected
    other = open_page(page.url.split("/", 3)[3])
    ready(other)
    assert metrics(other) == expected
    assert other.get_by_role("radio", name="Only in B").get_attribute("aria-checked") == "true"
    assert said(other) == f"{expected['Only in B']} samples only in B"


def test_it_stays_when_the_page_changes(open_page):
    page = open_page("compare?against=divergence")
    ready(page)
    before = metrics(page)
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("heading", name="Overview", level=1).wait_for()
    quiet(page)
    page.get_by_role("link", name="Compare").click()
    ready(page)
    assert metrics(page) == before
    assert "against=divergence" in page.url


def test_the_sliders_move_both_selections(open_page):
    page = open_page("compare?against=divergence&budget=300")
    ready(page)
    page.get_by_role("slider", name="Budget (samples)").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.get_by_text("budget 305, temperature").wait_for()
    quiet(page)
    knobs = Setting(305)
    expected = overlap(select_from_run(RUN, knobs).rows, rows_by("divergence", RUN, knobs))
    assert metrics(page) == expected


def test_a_lasso_picks_for_the_list_and_for_other_pages(open_page):
    page = open_page("compare")
    ready(page)
    everyone = listed(page)
    page.locator("canvas[role=img]").scroll_into_view_if_needed()
    lasso(page, [(0.4, 0.3), (0.75, 0.3), (0.75, 0.8), (0.4, 0.8), (0.4, 0.3)])
    chip = page.get_by_role("button", name="samples picked: in the lasso")
    chip.wait_for()
    quiet(page)
    assert 0 < listed(page) < everyone
    picked = chip.inner_text().strip().split()[0]
    page.get_by_role("link", name="Map", exact=True).click()
    page.get_by_role("heading", name=f"{picked} samples in the lasso").wait_for()
    page.get_by_role("link", name="Compare").click()
    ready(page)
    chip.click()
    chip.wait_for(state="detached")
    quiet(page)
    assert listed(page) == everyone
    # What is seen is what there is: a lasso around everything picks everything.
    page.locator("canvas[role=img]").scroll_into_view_if_needed()
    lasso(page, EVERYTHING)
    chip.wait_for()
    quiet(page)
    assert listed(page) == everyone


def test_a_row_of_the_chart_lists_its_samples(open_page):
    page = open_page("compare")
    ready(page)
    everyone = listed(page)
    chart(page).scroll_into_view_if_needed()
    row = chart(page).locator(".barlayer .point").first.bounding_box()
    page.mouse.click(row["x"] + row["width"] * 0.9, row["y"] + row["height"] / 2)
    top = chart(page).locator(".yaxislayer-above .ytick text").first.text_content()
    chip = page.get_by_role("button", name=f"Cluster: {top}")
    chip.wait_for()
    quiet(page)
    assert 0 < listed(page) < everyone
    # Once more lets it go.
    page.mouse.click(row["x"] + row["width"] * 0.9, row["y"] + row["height"] / 2)
    chip.wait_for(state="detached")
    quiet(page)
    assert listed(page) == everyone


def test_a_click_on_the_map_shows_the_sample(open_page):
    page = open_page("compare")
    ready(page)
    canvas = page.locator("canvas[role=img]")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    # Ranking over the middle until the hover text says that a point is there.
    for step in range(4, 60):
        x, y = box["x"] + box["width"] * (0.3 + step * 0.007), box["y"] + box["height"] * 0.55
        page.mouse.move(x, y)
        if page.locator(".tip:not([hidden])").count():
            page.mouse.click(x, y)
            break
    page.get_by_role("heading", name="Sample", exact=True).wait_for()
    assert "sample=" in page.url


def test_another_run_is_compared(watched, two_runs):
    page = watched(f"{two_runs.url}/compare?run=first&against=Another+run&other=second")
    ready(page)
    assert "40 samples of A's data set are not in B's" in page.locator("body").inner_text()
    page.get_by_role("radio", name="Only in B").click()
    page.get_by_text("that B selected, and this run's data set does not have").wait_for()
    quiet(page)
    assert serious(page) == []


def test_a_folder_is_compared_and_a_wrong_one_is_a_sentence(open_page, tmp_path):
    knobs = Setting(400, 1.3)
    selection = select_from_run(RUN, knobs)
    write_export(RUN, selection, knobs, tmp_path / "export")
    page = open_page("compare?against=An+export+folder&budget=300")
    page.get_by_text("Name a folder that").wait_for()
    field = page.get_by_role("textbox", name="Folder of the export")
    field.fill(str(tmp_path / "<b>nowhere</b>"))
    field.press("Enter")
    page.get_by_text("this is not an export folder").wait_for()
    assert "<b>nowhere</b>" in page.locator('[data-testid="stAlertContentError"]').inner_text()
    field.fill(str(tmp_path / "export"))
    field.press("Enter")
    ready(page)
    ours = select_from_run(RUN, Setting(300)).rows
    assert metrics(page) == overlap(ours, selection.rows)


def test_stability_is_measured_while_the_page_is_used(open_page):
    page = open_page("compare?budget=300")
    ready(page)
    page.get_by_role("button", name="Measure").click()
    page.get_by_text("seeds done").wait_for()
    # The side bar answers meanwhile.
    page.get_by_role("slider", name="Budget (samples)").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("budget 301, temperature").wait_for(timeout=20_000)
    page.get_by_text("seeds done").wait_for(state="detached", timeout=240_000)
    quiet(page)
    shown = metrics(page)
    assert 0 < float(shown["Two random draws"]) < float(shown["Two seeds"]) <= 1
    assert page.locator(".st-key-agreement-figure .heatmaplayer image").count() == 1
    assert serious(page) == []
    # Measured once: another session has it at once.
    other = open_page("compare?budget=301")
    ready(other)
    other.get_by_role("button", name="Measure").click()
    other.locator('[data-testid="stMetric"]', has_text="Two seeds").wait_for(timeout=20_000)
    assert metrics(other) == shown


def test_names_that_people_give_are_text(watched, demo_copy):
    from paser_core.review import Review

    name = "<img src=x onerror=alert(1)> $x$ **b** ![](y)"
    review = Review.of(Run.open(demo_copy.runs))
    review.rename(0, name, author="Ann", seen=0, automatic=RUN.names)
    page = watched(f"{demo_copy.url}/compare?clusters=0")
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog), dialog.dismiss()))
    ready(page)
    page.get_by_role("button", name=f"Cluster: {name[:30]}").wait_for()
    assert said(page).endswith("only in A, after all filters")
    page.get_by_role("button", name="Pick them").click()
    page.get_by_role("button", name="samples picked: only in A").wait_for()
    quiet(page)
    assert dialogs == []
    assert page.locator("img[src=x]").count() == 0
