"""The map component under a person's hands, apart from the pages that show it."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from app import DEMO, Server
from map_app import clouds
from map_page import MAP, SCRIPT, MapPage
from playwright.sync_api import expect

from dashboard.geometry import Camera, inside, quantize

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    server = Server(DEMO, tmp_path_factory.mktemp("map") / "log.txt", SCRIPT)
    yield server.url
    server.stop()


@pytest.fixture
def open_map(watched, address):
    return lambda query="", **more: MapPage(watched(f"{address}/{query}", **more))


@pytest.mark.parametrize("query", ["?d=2", "?d=3&chosen=7&search=1", "?n=0", "?n=1&d=3", "?n=2"])
def test_it_opens_clean(open_map, scheme, query):
    seen = open_map(query, scheme=scheme)
    seen.painted()
    assert seen.canvas.get_attribute("aria-label").startswith("Map of")
    empty = seen.page.get_by_text("There is no point to show.")
    assert empty.count() == ("n=0" in query)


@pytest.mark.parametrize("d", [2, 3])
def test_the_browser_and_numpy_agree_on_who_is_in_a_lasso(open_map, d):
    seen = open_map(f"?n=20000&d={d}&seed=3")
    seen.painted()
    seen.up.clear()
    seen.lasso(0.15)
    members, corners = seen.python()
    assert 0 < members < 19_999
    assert members == seen.browser()
    assert 3 <= corners <= 64
    assert sum(seen.up) < 5_000
    # Not only as many, but the same ones.
    grid = quantize(clouds(20_000, 12, 3)[0][:, :d])
    lasso = seen.page.evaluate(f"{MAP}.lasso")
    camera = Camera(*lasso["camera"]) if d == 3 else None
    theirs = seen.page.evaluate(f"Array.from({MAP}.lassoed)")
    np.testing.assert_array_equal(inside(grid, lasso["corners"], camera), np.array(theirs, bool))


def test_both_agree_from_many_sides(open_map):
    seen = open_map("?n=3000&d=3&seed=5")
    seen.painted()
    grid = quantize(clouds(3000, 12, 5)[0])
    for yaw, pitch in [(0, 90), (45, 0), (-117.31, -44.44), (179.99, 12.34), (90, -90)]:
        lasso = seen.page.evaluate(
            f"""([yaw, pitch]) => {{ const map = {MAP};
              map.view.turn(yaw, pitch);
              map.enclose([[300, 150], [600, 200], [450, 300], [620, 420], [330, 390]]);
              return {{ ...map.lasso, rows: Array.from(map.lassoed) }}; }}""",
            [yaw, pitch],
        )
        assert lasso["camera"] == [yaw, pitch]
        expected = inside(grid, lasso["corners"], Camera(yaw, pitch))
        assert 0 < expected.sum() < 2999
        np.testing.assert_array_equal(expected, np.array(lasso["rows"], bool))
        seen.quiet()
        assert seen.python()[0] == expected.sum()


def test_a_long_scribble_keeps_to_its_corners(open_map):
    seen = open_map("?n=500")
    seen.painted()
    turns = [k / 150 * 2 * math.pi for k in range(150)]
    seen.drag(
        [
            (0.5 + r * math.cos(a), 0.5 + r * math.sin(a))
            for a in turns
            for r in [0.2 + 0.05 * math.sin(9 * a)]
        ],
        shift=True,
    )
    members, corners = seen.python()
    assert 40 <= corners <= 64
    assert members == seen.browser()


@pytest.mark.parametrize("d", [2, 3])
def test_box_then_clear(open_map, d):
    seen = open_map(f"?d={d}")
    seen.painted()
    move, lasso, box = (
        seen.page.get_by_role("button", name=name, exact=True) for name in ("Move", "Lasso", "Box")
    )
    pressed = [b.get_attribute("aria-pressed") for b in (move, lasso, box)]
    assert pressed == ["true", "false", "false"]
    box.click()
    pressed = [b.get_attribute("aria-pressed") for b in (move, lasso, box)]
    assert pressed == ["false", "false", "true"]
    seen.drag([(0.4, 0.3), (0.6, 0.6)])
    members, corners = seen.python()
    assert corners == 4
    assert 0 < members == seen.browser()
    assert len(seen.page.locator("svg .lasso").get_attribute("points").split()) == 4
    seen.page.get_by_role("button", name="Clear").click()
    seen.quiet()
    assert seen.python() == (0, 0)
    assert seen.browser() is None
    assert not seen.page.locator("svg .lasso").get_attribute("points")


def test_escape_takes_the_lasso_away(open_map):
    seen = open_map()
    seen.painted()
    seen.lasso()
    assert seen.python()[0] > 0
    seen.canvas.focus()
    seen.page.keyboard.press("Escape")
    seen.quiet()
    assert seen.python() == (0, 0)


def test_python_takes_a_lasso_away(open_map):
    seen = open_map()
    seen.painted()
    seen.lasso()
    seen.page.get_by_role("button", name="Forget the lasso").click()
    expect(seen.page.locator(".line [role=status]").first).not_to_contain_text("in the lasso")
    seen.quiet()
    assert seen.python() == (0, 0)
    assert seen.browser() is None
    seen.lasso()  # the next one counts again
    assert seen.python()[0] == seen.browser() > 0


def test_a_lasso_that_python_has_not_heard_of_cannot_be_dismissed(open_map):
    """An answer may be on its way that was written before the lasso was drawn."""
    seen = open_map()
    seen.painted()
    seen.lasso()
    answer = f"""(heard) => {{ const {{ place }} = {MAP}, {{ overlay }} = place.parts;
      const header = {{ ...overlay.header, heard, dismissed: 2 ** 53 }};
      place.parts.overlay = {{ ...overlay, header }};
      {MAP}.take("overlay");
      return place.lasso !== null; }}"""
    drawn = seen.page.evaluate(f"{MAP}.lasso.drawn")
    assert seen.page.evaluate(answer, drawn - 1)
    assert not seen.page.evaluate(answer, drawn)


def test_turning_keeps_the_members_and_says_so(open_map):
    seen = open_map("?d=3")
    seen.painted()
    seen.lasso()
    members, _ = seen.python()
    outline = seen.page.locator("svg .lasso")
    drawn = outline.get_attribute("points")
    assert drawn
    seen.drag([(0.2, 0.8), (0.35, 0.7)])
    assert not outline.get_attribute("points")
    assert "drawn from another side" in seen.page.locator(".line").inner_text()
    assert seen.python()[0] == seen.browser() == members
    seen.page.get_by_role("button", name="Turn back").click()
    seen.quiet()
    assert outline.get_attribute("points") == drawn
    assert seen.page.get_by_role("button", name="Turn back").count() == 0


@pytest.mark.parametrize("d", [2, 3])
def test_moving_and_zooming_leave_the_lasso_around_its_points(open_map, d):
    seen = open_map(f"?d={d}")
    seen.painted()
    seen.lasso()
    members, _ = seen.python()
    outline = seen.page.locator("svg .lasso")
    drawn = outline.get_attribute("points")
    seen.drag([(0.8, 0.8), (0.7, 0.6)], button="right")
    moved = outline.get_attribute("points")
    assert moved
    assert moved != drawn
    seen.page.mouse.wheel(0, -300)
    seen.quiet()
    assert outline.get_attribute("points") != moved
    assert seen.python()[0] == seen.browser() == members


def test_a_slider_sends_bits_and_never_points(open_map):
    n = 44_000
    seen = open_map(f"?n={n}&d=3")
    seen.painted()
    seen.page.reload()
    seen.painted()
    assert sum(seen.down) > 7 * n  # the positions and the colors came
    version = seen.canvas.get_attribute("data-version")
    slider = seen.page.get_by_role("slider", name="Budget")
    slider.focus()
    for _ in range(2):
        seen.down.clear()
        seen.page.keyboard.press("ArrowRight")
        seen.quiet()
        assert n / 8 < sum(seen.down) < 60_000
    assert seen.canvas.get_attribute("data-version") != version


def test_another_coloring_sends_no_positions(open_map):
    n = 20_000
    seen = open_map(f"?n={n}&d=3")
    seen.painted()
    colors = seen.canvas.get_attribute("data-colors")
    seen.down.clear()
    seen.page.locator('[data-testid="stSelectbox"] input').focus()
    seen.page.keyboard.press("ArrowDown")
    seen.page.keyboard.press("ArrowDown")
    seen.page.keyboard.press("Enter")
    seen.quiet()
    assert seen.canvas.get_attribute("data-colors") != colors
    assert seen.page.locator(".scale").inner_text().split("\n") == ["-10 or less", "10 or more"]
    assert n < sum(seen.down) < 3 * n


@pytest.mark.parametrize("d", [2, 3])
def test_a_click_tells_the_row_and_that_it_is_new(open_map, d):
    seen = open_map(f"?n=300&d={d}")
    seen.painted()
    x, y = seen.place(17)
    seen.page.mouse.click(x, y)
    seen.page.get_by_text("clicks True").wait_for()
    clicked = re.search(r"clicked (\d+)", seen.page.get_by_text("clicks True").inner_text())
    # Another point may lie in front of it, but none that is further away than the cursor reaches.
    assert math.dist(seen.place(int(clicked[1])), (x, y)) < 10


def test_keys_turn_zoom_and_reset(open_map):
    seen = open_map("?d=3")
    seen.painted()
    start = seen.picture()
    seen.canvas.focus()
    for key in ("ArrowRight", "ArrowUp", "+", "Shift+ArrowLeft"):
        before = seen.page.evaluate(f"JSON.stringify({MAP}.view.place)")
        seen.page.keyboard.press(key)
        assert seen.page.evaluate(f"JSON.stringify({MAP}.view.place)") != before
    assert (seen.picture() != start).any()
    seen.page.keyboard.press("0")
    seen.canvas.blur()
    assert (seen.picture() == start).all()


def test_enter_chooses_what_is_nearest_to_the_middle(open_map):
    seen = open_map("?n=2000&d=2&clusters=1")
    seen.painted()
    seen.canvas.focus()
    seen.page.keyboard.press("ArrowRight")
    row = seen.page.evaluate(f"{MAP}.pick({MAP}.view.width / 2, {MAP}.view.height / 2, 40)")
    seen.page.keyboard.press("Enter")
    seen.page.get_by_text(f"clicked {row} clicks True").wait_for()


def test_leaving_and_coming_back_keeps_view_and_lasso(open_map):
    seen = open_map("?d=3")
    seen.painted()
    seen.drag([(0.2, 0.8), (0.35, 0.7)])
    seen.lasso()
    members, corners = seen.python()
    assert members > 0
    seen.drag([(0.2, 0.2), (0.3, 0.3)])  # seen from another side than the lasso was drawn from
    view = seen.page.evaluate(f"JSON.stringify({MAP}.view.place)")
    seen.page.get_by_role("link", name="Other").click()
    seen.page.get_by_role("heading", name="Other").wait_for()
    seen.quiet()
    seen.page.get_by_role("link", name="Map").click()
    seen.painted()
    seen.quiet()
    assert seen.page.evaluate(f"JSON.stringify({MAP}.view.place)") == view
    assert seen.browser() == members
    assert seen.python() == (members, corners)
    assert not seen.page.locator("svg .lasso").get_attribute("points")
    seen.page.get_by_role("button", name="Turn back").click()
    seen.quiet()
    assert seen.page.locator("svg .lasso").get_attribute("points")


def test_another_number_of_dimensions_drops_the_lasso_and_comes_back_to_it(open_map):
    seen = open_map("?d=2")
    seen.painted()
    seen.lasso()
    members = seen.python()
    seen.page.get_by_text("3-D", exact=True).click()
    seen.quiet()
    assert seen.python() == (0, 0)
    assert seen.browser() is None
    seen.page.get_by_text("3-D", exact=True).click()
    seen.quiet()
    assert seen.python() == members
    assert seen.browser() == members[0]


def test_two_maps_do_not_mix(open_map):
    seen = open_map("?maps=2")
    seen.painted()
    seen.lasso()
    assert seen.python(0)[0] == seen.browser(0) > 0
    assert seen.python(1) == (0, 0)
    assert seen.browser(1) is None
    zoom = "window.__paserMaps.map{}.map.view.place.zoom"
    seen.page.mouse.wheel(0, -300)
    assert seen.page.evaluate(zoom.format(0)) > 1
    assert seen.page.evaluate(zoom.format(1)) == 1
