"""Concepts: search, neighborhood, conflict, both samples, why rejected, the sample that blocks."""

from __future__ import annotations

import re
import shutil
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from app import DEMO, Server, quiet
from run_damage import reseal

from paser_core.explain.graph import ConceptGraph, worst
from paser_core.runs import Run
from paser_core.runs.vocabulary import pack_concepts
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run
from paser_core.stages.concepts import build_table
from paser_core.workspace.store import Store

pytestmark = pytest.mark.browser

MARKUP = "<img/src='x'/onerror='window.taken=1'>**bold**$x$ [a](b)"
# Where a line is, nearer to its far end, where no other passes.
ON_LINE = """line => {
  const box = line.ownerSVGElement.getBoundingClientRect(), at = (name) => Number(line.getAttribute(name));
  return [box.x + 0.45 * at('x1') + 0.55 * at('x2'), box.y + 0.45 * at('y1') + 0.55 * at('y2')];
}"""


@pytest.fixture(scope="module")
def graph():
    return ConceptGraph.of(select_from_run(Run.open(DEMO), Setting(0.2)))


def drawn(page) -> None:
    page.locator(".network svg[role=group]").wait_for()
    page.locator(".network[data-painted]").wait_for()
    quiet(page)


def address(page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def click_line(page, line) -> None:
    page.locator(".network").scroll_into_view_if_needed()
    page.mouse.click(*line.evaluate(ON_LINE))
    quiet(page)


def pick_line(page, alt: str, number: int = 0) -> None:
    """Click a line of a table; its cells are drawn on a canvas, so by place."""
    grid = page.locator('[data-testid="stDataFrame"]', has=page.get_by_label(alt))
    if not grid.count():
        grid = page.locator(f'[data-testid="stDataFrame"][aria-label="{alt}"]')
    grid.last.scroll_into_view_if_needed()
    box = grid.last.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + 35 * (number + 1) + 17)
    quiet(page)


def title(page) -> str:
    return page.get_by_role("heading", level=2).first.inner_text()


def test_from_a_search_to_the_sample_that_blocks(open_page, graph):
    name = worst(graph).concepts[0].name
    page = open_page("concepts")
    drawn(page)
    field = page.get_by_label("Find a concept")
    field.fill(name)
    field.press("Enter")
    page.get_by_text("concepts found").or_(page.get_by_text("concept found")).wait_for()
    quiet(page)
    pick_line(page, "Concepts found")
    page.get_by_role("heading", level=2, name=name, exact=True).wait_for()
    assert address(page)["concept"] == [name]

    line = page.locator(".conflicts line.of-center").first
    numbers = [int(n) for n in line.get_attribute("data-pair").split()]
    ends = [graph.concept(n) for n in numbers]
    click_line(page, line)
    page.get_by_role("heading", name=f"{ends[0].name} × {ends[1].name}").wait_for()
    assert address(page)["pair"] == [end.name for end in ends]
    ids = Run.open(DEMO).samples["id"]
    for end in ends:
        page.get_by_role("button", name=ids.iloc[end.brought_by]).first.wait_for()

    pick_line(page, "Samples")
    page.get_by_role("heading", name="Sample", exact=True).wait_for()
    rejected = address(page)["sample"][0]
    assert rejected in set(ids.iloc[graph.rejected_on(*numbers)])
    page.locator('[data-testid="stText"]', has_text="both occur in accepted samples").wait_for()
    page.locator('[class*="st-key-blocking-"] button').first.click()
    page.locator('[data-testid="stText"]', has_text="Selected as number").wait_for()
    quiet(page)
    assert address(page)["sample"][0] != rejected
    # The concept, the conflict and the sample are all in the address.
    other = open_page(page.url.split("/", 3)[3])
    drawn(other)
    assert title(other) == name
    # The sample lies over the connection, whose samples are listed on the page.
    other.get_by_text(f"{ends[0].name} × {ends[1].name}: ").wait_for()
    assert other.locator(".conflicts line.chosen").count() == 1
    other.locator('[data-testid="stText"]', has_text="Selected as number").wait_for()


def test_a_click_goes_on_and_the_trail_leads_back(open_page, graph):
    name = worst(graph).concepts[0].name
    page = open_page(f"concepts?concept={quote(name)}")
    drawn(page)
    node = page.locator(".nodes g", has=page.locator("circle.neighbor")).first
    other = graph.concept(int(node.get_attribute("data-concept"))).name
    page.locator(".network").scroll_into_view_if_needed()
    box = node.locator("circle").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_role("heading", level=2, name=other, exact=True).wait_for()
    quiet(page)
    assert address(page)["concept"] == [other]
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("heading", level=2, name=name, exact=True).wait_for()


def test_all_of_it_by_keyboard(open_page, graph):
    name = worst(graph).concepts[0].name
    page = open_page(f"concepts?concept={quote(name)}")
    drawn(page)
    focused = """() => { let node = document.activeElement;
      while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
      return node.dataset.concept ?? null; }"""
    center = page.locator('.nodes g[tabindex="0"]')
    assert center.get_attribute("data-concept") == str(graph.find(name))
    center.focus()
    reached = set()
    for key in ["ArrowUp", "ArrowRight", "ArrowDown", "ArrowLeft"] * 4:
        page.keyboard.press(key)
        reached.add(page.evaluate(focused))
    assert len(reached) > 3
    # A partner or neighbor: Space shows its connection, the focus stays on it.
    near = page.locator(".nodes g", has=page.locator("circle.partner")).first
    number = near.get_attribute("data-concept")
    near.focus()
    page.keyboard.press("Space")
    page.get_by_role("heading", name=f"{name} × ").or_(
        page.get_by_role("heading", name=f" × {name}")
    ).first.wait_for()
    quiet(page)
    assert page.evaluate(focused) == number
    page.keyboard.press("Enter")
    there = graph.concept(int(number)).name
    page.get_by_role("heading", level=2, name=there, exact=True).wait_for()
    quiet(page)
    assert page.evaluate(focused) == number  # now the center


def test_the_drawing_can_be_moved_and_put_back(open_page):
    page = open_page("concepts")
    drawn(page)
    circle = page.locator("circle.center")
    box = page.locator(".network svg[role=group]").bounding_box()
    before = circle.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] - 8)
    page.mouse.wheel(0, -400)  # that is the page's
    page.wait_for_timeout(150)
    assert circle.bounding_box()["x"] == pytest.approx(before["x"], abs=1)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    page.wait_for_timeout(150)
    zoomed = circle.bounding_box()
    assert zoomed["x"] > before["x"] + 20
    page.mouse.down()
    page.mouse.move(box["x"] + 38, box["y"] + box["height"] - 48, steps=4)
    page.mouse.up()
    page.wait_for_timeout(150)
    moved = circle.bounding_box()
    assert moved["x"] - zoomed["x"] == pytest.approx(30, abs=2)
    assert moved["y"] - zoomed["y"] == pytest.approx(-40, abs=2)
    page.get_by_role("button", name="Show everything (0)").click()
    page.wait_for_timeout(150)
    assert circle.bounding_box() == pytest.approx(before)


def test_a_concept_of_a_sample_leads_here(open_page, graph):
    row = int(graph.samples_with(worst(graph).concepts[0].number)[0])
    sample_id = Run.open(DEMO).samples["id"].iloc[row]
    page = open_page(f"ledger?sample={quote(sample_id)}")
    quiet(page)
    button = page.locator('[class*="st-key-concept-"] button').first
    name = button.inner_text().strip()
    button.click()
    drawn(page)
    assert title(page) == name
    assert address(page)["concept"] == [name]


@pytest.fixture(scope="module")
def marked_up(tmp_path_factory, graph):
    """A server on a copy of the demo, one concept of which is called like markup."""
    copy = tmp_path_factory.mktemp("marked") / "run"
    shutil.copytree(DEMO, copy, ignore=shutil.ignore_patterns("review.sqlite*"))
    name, table = worst(graph).concepts[0].name, Run.open(DEMO).concepts
    rows = [[MARKUP if c == name else c for c in table.of(row)] for row in range(table.n)]
    Store(copy).write_arrays("concepts.npz", pack_concepts(build_table(rows)))
    reseal(copy)
    running = Server(copy, copy.parent / "log.txt")
    yield running
    running.stop()


def test_markup_in_a_name_is_text(watched, marked_up):
    page = watched(f"{marked_up.url}")
    quiet(page)
    page.goto(f"{marked_up.url}/concepts?concept={quote(MARKUP)}")
    drawn(page)
    assert title(page) == MARKUP
    center = page.locator("text.center")
    assert center.text_content() == MARKUP[:27] + "…"
    box = page.locator("circle.center").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.locator(".tip b").text_content() == MARKUP
    click_line(page, page.locator(".conflicts line.of-center").first)
    page.get_by_role("heading", name="×").wait_for()
    assert MARKUP in page.locator(".st-key-concept-card").inner_text()
    # On the trail, in the lists and at the top of the page too.
    page.locator(".nodes g", has=page.locator("circle.partner")).first.focus()
    page.keyboard.press("Enter")
    quiet(page)
    page.locator('[class*="st-key-trail-0"] button', has_text="<img/src").click()
    quiet(page)
    page.get_by_role("button", name="Pick").click()
    chip = page.get_by_role("button", name=re.compile(r"samples? picked"))
    chip.wait_for()
    assert "<img/src" in chip.inner_text()
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.taken") is None
