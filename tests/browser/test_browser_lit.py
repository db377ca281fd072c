"""A line of the table under the pointer lights its point on the map, and a point its line."""

from __future__ import annotations

import pytest
from app import canvas_painted, quiet
from map_page import MapPage
from playwright.sync_api import expect

from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

pytestmark = pytest.mark.browser

LINE = 35  # of Streamlit's grid, as its head


@pytest.fixture
def both(watched, server):
    """The map and its table, both in sight."""

    def go(query: str = "") -> MapPage:
        page = watched(f"{server.url}/map{query}", width=1280, height=1900)
        page.get_by_role("heading", name="Map", exact=True).wait_for()
        quiet(page)
        canvas_painted(page)
        page.wait_for_function(
            "() => document.querySelector('[data-testid=stDataFrame]')?.getBoundingClientRect()"
            ".bottom <= innerHeight"
        )
        return MapPage(page, "map")

    return go


def frame(seen: MapPage) -> dict[str, float]:
    return seen.page.locator('[data-testid="stDataFrame"]').first.bounding_box()


def point_at_line(seen: MapPage, line: int) -> None:
    box = frame(seen)
    seen.page.mouse.move(box["x"] + 300, box["y"] + LINE * (line + 1) + LINE / 2)
    seen.page.wait_for_timeout(50)


def lit(seen: MapPage) -> tuple[float, float] | None:
    """The middle of the ring on the screen."""
    box = seen.page.locator("path.lit").bounding_box()
    shape = seen.page.locator("path.lit").get_attribute("d")
    if not shape:
        return None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_point_of_a_line_is_ringed_whatever_the_order_and_however_far_it_is_scrolled(
    both, demo
):
    seen = both("?status=selected&clusters=1")
    page = seen.page
    selection = select_from_run(demo, Setting.of(demo))
    rows = [r for r in sorted(selection.rows.tolist()) if demo.labels[r] == 1]
    places = {row: k for k, row in enumerate((demo.labels >= 0).nonzero()[0].tolist())}
    assert lit(seen) is None
    for line in (0, 3):
        point_at_line(seen, line)
        assert lit(seen) == pytest.approx(seen.place(places[rows[line]]), abs=1.5)
    page.mouse.wheel(0, 2 * LINE)
    page.wait_for_timeout(300)
    point_at_line(seen, 1)
    assert lit(seen) == pytest.approx(seen.place(places[rows[3]]), abs=1.5)
    box = frame(seen)
    page.mouse.move(box["x"] + 300, box["y"] + LINE / 2)  # the head is no line
    page.wait_for_timeout(50)
    assert lit(seen) is None


def test_the_line_of_a_point_lights_up_and_goes_out_again(both, demo):
    seen = both("?clusters=1")
    page = seen.page
    rows = (demo.labels == 1).nonzero()[0].tolist()
    places = {row: k for k, row in enumerate((demo.labels >= 0).nonzero()[0].tolist())}
    light = page.locator(".paser-lit-line")
    expect(light).to_be_hidden()
    hit = 0
    for line, row in enumerate(rows[:8]):
        page.mouse.move(*seen.place(places[row]))
        page.wait_for_timeout(80)
        if seen.page.evaluate(f"{seen.map}.pointing.here?.i") != places[row]:
            continue  # another point lies on top of it
        hit += 1
        expect(light).to_be_visible()
        box, over = frame(seen), light.bounding_box()
        assert over["y"] == pytest.approx(box["y"] + LINE * (line + 1), abs=1)
        assert over["width"] == pytest.approx(box["width"], abs=1)
    assert hit, "none of the first points could be pointed at"
    page.mouse.move(5, 5)
    expect(light).to_be_hidden()


def light_a_line(seen: MapPage, demo) -> None:
    """Point at a point whose line is in sight."""
    rows = (demo.labels == 1).nonzero()[0].tolist()
    places = {row: k for k, row in enumerate((demo.labels >= 0).nonzero()[0].tolist())}
    for row in rows[:8]:
        seen.page.mouse.move(*seen.place(places[row]))
        seen.page.wait_for_timeout(80)
        if seen.page.locator(".paser-lit-line").is_visible():
            return
    pytest.fail("none of the first points could be pointed at")


def test_a_lit_line_goes_where_the_table_goes(both, demo):
    seen = both("?clusters=1")
    light_a_line(seen, demo)
    light = seen.page.locator(".paser-lit-line")
    before, table = light.bounding_box(), frame(seen)
    seen.page.locator('[data-testid="stDataFrame"]').first.evaluate(
        "frame => { frame.style.marginTop = '-50px'; }"
    )
    seen.page.wait_for_timeout(100)
    assert frame(seen)["y"] == pytest.approx(table["y"] - 50, abs=1)
    assert light.bounding_box()["y"] == pytest.approx(before["y"] - 50, abs=1)


def test_nothing_is_pointed_at_any_more_when_the_map_has_another_size(both, demo):
    seen = both("?clusters=1")
    light_a_line(seen, demo)
    tip = seen.page.locator(".tip")
    expect(tip).to_be_visible()
    seen.page.mouse.down()  # the sample opens in the drawer, which takes room from map and table
    seen.page.mouse.up()
    seen.page.get_by_role("heading", name="Sample", exact=True).wait_for()
    quiet(seen.page)
    expect(tip).to_be_hidden()
    expect(seen.page.locator(".paser-lit-line")).to_be_hidden()
