"""From a click on a cell to its detail, its answers and the map, in a real browser."""

from __future__ import annotations

import re

import pytest
from app import canvas_painted, quiet, serious
from made_results import made_study

from dashboard.jobs import control
from dashboard.jobs.folders import JobFiles
from dashboard.serving import DEMO
from paser_core.runs import Run
from paser_core.study.answers import beside
from paser_core.study.results import Results
from paser_core.study.steps import Places

pytestmark = pytest.mark.browser

SLOW = 120_000  # ms: a process that loads the libraries first
STICKS_OUT = """() => {
  const main = document.querySelector('[data-testid="stMain"]');
  return main.scrollWidth - main.clientWidth;
}"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Random answers; the runs of one compression are the demo."""
    folder = tmp_path_factory.mktemp("studies") / "mine"
    made_study(folder, seeds=2, items=240, pool=Run.open(DEMO).ids)
    run = Places(folder, Results.open(folder).config).run("magnitude")
    run.parent.mkdir()
    run.symlink_to(DEMO)
    return folder


def click_line(page, line: int) -> None:
    """A line of the table of cells, whose cells are drawn on a canvas."""
    grid = page.locator('[class*="st-key-study-cells"] canvas').first
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    page.mouse.click(box["x"] + 130, box["y"] + 35 * (line + 1) + 17)


def test_a_click_on_a_cell_shows_its_detail_and_the_way_to_the_map(serve, study, watched, scheme):
    server = serve(f"{DEMO}:{study}")
    page = watched(f"{server.url}/study?study=mine", scheme)
    page.get_by_role("heading", name="Cells", exact=True).wait_for()
    quiet(page)
    results = Results.open(study)
    for line in (3, 1):
        row = results.cells.iloc[line]
        click_line(page, line)
        name = f"{row['selector']} · {row['budget']} · sft · {row['compression']} · seed {row['number']}"
        page.get_by_role("heading", name=name, exact=True).wait_for()
        quiet(page)
        assert f"cell={row['key']}" in page.url
    # The answers beside another's, and only one detail on the page.
    reference = results.cells.query("selector == 'paser'").iloc[0]["key"]
    found = beside(results, row["key"], reference, "test")
    page.get_by_text(f"both have {found.both} right, only this cell {found.ours}").wait_for()
    assert page.get_by_role("button", name="Close").count() == 1
    assert serious(page) == []
    assert page.evaluate(STICKS_OUT) <= 0

    # A point of a figure shows its cell below the figure, and no longer at the end of the page.
    figure = page.locator('[class*="st-key-study-cost-figure"]')
    figure.scroll_into_view_if_needed()
    point = figure.locator(".scatterlayer .trace").nth(4).locator(".point").first
    point.wait_for(state="attached")
    box = point.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_role("heading", name="full · 1 % · sft · magnitude · seed 0", exact=True).wait_for()
    quiet(page)
    assert page.get_by_role("button", name="Close").count() == 1
    below = page.get_by_role("heading", name="Budget curves").bounding_box()["y"]
    assert page.get_by_role("button", name="Close").bounding_box()["y"] < below

    # So does a square of the heat map: the worst capability of the last selector.
    squares = page.locator('[class*="st-key-study-retention-figure"] .scatterlayer .point')
    squares.first.wait_for(state="attached")
    squares.last.scroll_into_view_if_needed()
    box = squares.last.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    quiet(page)
    assert page.get_by_role("button", name="Close").count() == 1
    below = page.get_by_role("heading", name="Cost and retention").bounding_box()["y"]
    assert page.get_by_role("button", name="Close").bounding_box()["y"] < below
    page.get_by_role(
        "heading", name=re.compile(r"^full · .* · sft · magnitude · seed 0$")
    ).wait_for()

    page.get_by_role("button", name="Show on the map").click()
    page.get_by_role("heading", name="Map", level=1).wait_for()
    canvas_painted(page)
    page.get_by_text("40 samples picked: of the cell full").first.wait_for()


def test_the_page_is_driven_by_keyboard(serve, study, watched):
    server = serve(f"{DEMO}:{study}")
    page = watched(f"{server.url}/study?study=mine&items=all", width=1920)
    page.get_by_role("heading", name="Cells", exact=True).wait_for()
    quiet(page)
    box = page.get_by_role("combobox", name="Cell", exact=True)
    box.focus()
    page.keyboard.type("full · 20 %")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="full · 20 %").wait_for()
    quiet(page)
    page.get_by_role("button", name="Close").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="full · 20 %").wait_for(state="detached")
    quiet(page)
    assert "cell=" not in page.url
    assert page.evaluate(STICKS_OUT) <= 0


def test_a_study_that_failed_is_looked_at_again_when_it_is_resumed(
    serve, watched, monkeypatch, tmp_path
):
    told = {"PASER_STARTED_IN": str(tmp_path), "PASER_NEW_RUNS": str(tmp_path / "runs")}
    for name, value in (told | {"PASER_RUNS": str(DEMO)}).items():
        monkeypatch.setenv(name, value)
    work = tmp_path / "runs" / "studies" / "lost"
    plan = (
        "original: gone\ncompressions: [magnitude]\nbudgets: [5 pc]\n"  # no plan: it ends at once
    )
    server = serve(DEMO, **told)
    page = watched(f"{server.url}/study")
    control.begin(work, (control.study_step(work),), {JobFiles.STUDY: plan}, new=True)
    page.goto(f"{server.url}/study?study=lost")  # a reload stays with the study that was looked at
    page.get_by_role("heading", name="Progress").wait_for()
    for _ in range(2):
        page.get_by_text("Failed", exact=True).first.wait_for(timeout=SLOW)
        page.get_by_text("5 pc").first.wait_for()
        quiet(page)
        page.get_by_role("button", name="Resume").click()
        page.get_by_text("Starting", exact=True).first.wait_for()
    page.get_by_text("Failed", exact=True).first.wait_for(timeout=SLOW)
    assert page.get_by_role("button", name="Cancel").count() == 0
