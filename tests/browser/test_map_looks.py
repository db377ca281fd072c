"""What the map shows: texts, colors, marks, names; and what it does when the browser fails it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from app import DEMO, Server, serious
from map_app import NAUGHTY, clouds
from map_page import MAP, SCRIPT, MapPage
from playwright.sync_api import expect

from dashboard.components.drawn import drawn_of
from dashboard.geometry import inside, quantize

pytestmark = pytest.mark.browser
LEFT_OUT, MUTED, BRIGHT = 0, 1, 2  # as layers.js has them


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    server = Server(DEMO, tmp_path_factory.mktemp("map") / "log.txt", SCRIPT)
    yield server.url
    server.stop()


@pytest.fixture
def open_map(watched, address):
    return lambda query="", **more: MapPage(watched(f"{address}/{query}", **more))


@pytest.mark.parametrize("query", ["?n=4000&d=2", "?n=4000&d=3", "?n=44000&d=2&budget=0"])
def test_hover_shows_the_text_as_text_and_the_status(open_map, query):
    seen = open_map(query)
    seen.painted()
    seen.down.clear()
    tip = seen.page.locator(".tip")
    for row in range(0, 400, 20):
        seen.page.mouse.move(*seen.place(row))
        # Another point may lie on it.
        if seen.page.evaluate(f"{MAP}.pointing.here?.i") == row:
            break
    else:
        pytest.fail("no point could be hovered")
    expect(tip).to_contain_text(f"text of {row}: {NAUGHTY}")
    assert sum(seen.down) < 20_000  # that text, and no other
    assert tip.locator("img, b b").count() == 0
    cluster = clouds(int(re.search(r"n=(\d+)", query)[1]), 12, 0)[1][row]
    assert tip.inner_text().startswith(f"Cluster {cluster + 1}:")
    assert tip.inner_text().splitlines()[-1] in ("Selected", "Over budget", "Rejected (conflict)")


def test_until_the_texts_come_the_tip_names_the_cluster(open_map):
    seen = open_map("?n=4000&texts=0")
    seen.painted()
    seen.page.mouse.move(*seen.place(10))
    cluster = seen.page.locator(".tip").inner_text().splitlines()[0]
    assert cluster.startswith("Cluster ")


def test_the_tip_of_a_continuous_coloring_tells_the_value(open_map):
    seen = open_map("?n=4000&value=1")
    seen.painted()
    places, _ = clouds(4000, 12, 0)
    told = {}
    for row in range(0, 400, 20):
        seen.page.mouse.move(*seen.place(row))
        lines = seen.page.locator(".tip").inner_text().splitlines()
        if seen.page.evaluate(f"{MAP}.pointing.here?.i") == row:
            told[row] = lines[0]
    assert len(told) > 3
    for row, line in told.items():
        value = float(places[row, 0])
        if abs(value) < 9.9:
            assert line.startswith("Height: about ")
            # 64 colors over 20 units: half a color, and three digits.
            assert float(line.split()[-1]) == pytest.approx(value, abs=20 / 63 / 2 + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(open_map, scheme):
    seen = open_map("?n=2000&d=3&chosen=7&search=1", scheme=scheme)
    seen.painted()
    seen.page.get_by_role("button", name="Names").click()
    seen.lasso()
    seen.page.mouse.move(*seen.place(5))
    assert serious(seen.page) == []


def test_the_chosen_point_is_marked_where_it_is_even_when_muted(open_map):
    for d in (2, 3):
        seen = open_map(f"?d={d}&chosen=7")
        seen.painted()
        cross = seen.page.locator("svg .cross")
        x, y = seen.place(7)
        box = cross.bounding_box()
        assert box["x"] + box["width"] / 2 == pytest.approx(x, abs=2)
        assert box["y"] + box["height"] / 2 == pytest.approx(y, abs=2)
        links = seen.page.locator("svg .links").get_attribute("d")
        assert links.count("M") == 5


def test_what_was_found_is_ringed_and_counted(open_map):
    plain, search = open_map("?n=4000&d=2"), open_map("?n=4000&d=2&search=1")
    plain.painted()
    search.painted()
    found = sum(1 for i in range(4000) if i % 97 == 5)
    assert f"{found} found" in search.page.locator(".line").inner_text()
    x, y = search.place(5)
    box = search.canvas.bounding_box()
    left, top = int(x - box["x"]) - 9, int(y - box["y"]) - 9
    around = np.s_[top : top + 19, left : left + 19]
    # The ring has the color of text: dark on a light page.
    assert search.picture()[around].max(axis=2).min() < 90
    assert plain.picture()[around].max(axis=2).min() > 90


def test_a_legend_entry_shows_its_points_alone(open_map):
    seen = open_map("?n=4000&d=2")
    seen.painted()
    orange, green = "#E69F00", "#009E73"
    assert seen.shows(orange) > 200
    assert seen.shows(green) > 200
    second = seen.page.get_by_role("button", name=re.compile("^Cluster 2:"))
    second.focus()
    seen.page.keyboard.press("Enter")
    assert second.get_attribute("aria-pressed") == "true"
    assert seen.shows(orange) > 200
    assert seen.shows(green) == 0
    third = seen.page.get_by_role("button", name=re.compile("^Cluster 3:"))
    third.click(modifiers=["Control"])
    assert seen.shows(orange) > 200
    assert seen.shows(green) > 200
    third.click(modifiers=["Control"])
    assert seen.shows(green) == 0
    second.click()
    assert seen.shows(green) > 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_unselected_points_are_muted_not_hidden(open_map, scheme):
    seen = open_map("?n=4000&d=2", scheme=scheme)
    seen.painted()
    counts = seen.page.evaluate(f"{MAP}.counts")
    assert counts[MUTED] > 2000
    assert counts[LEFT_OUT] == 0
    background = seen.picture()[5, 5]
    muted = next(i for i in range(4000) if seen.page.evaluate(f"{MAP}.layer[{i}]") == MUTED)
    x, y = seen.place(muted)
    box = seen.canvas.bounding_box()
    pixel = seen.picture()[int(y - box["y"]), int(x - box["x"])]
    assert 12 < np.abs(pixel - background).max() < 130
    # It keeps its color, so that the legend still says what it is.
    assert np.ptp(pixel - background) > 8


def test_legend_and_muting_agree(open_map):
    seen = open_map("?n=4000&d=2")
    seen.painted()
    entry = seen.page.locator(".legend button").first
    said = entry.locator("span").inner_text()
    standing, total = (int(number) for number in re.findall(r"\d+", said))
    assert 0 < standing < total
    layers = "[...{map}.layer].map((l, i) => [l, {map}.colors[i]]).filter(([l, c]) => c === 0)"
    of_first = seen.page.evaluate(layers.format(map=MAP))
    assert sum(layer == BRIGHT for layer, _ in of_first) == standing
    assert sum(layer in (MUTED, BRIGHT) for layer, _ in of_first) == total
    entry.click()
    seen.quiet()
    # Alone, all of its points keep its color, whether they stand out or not; no others do.
    of_first = seen.page.evaluate(layers.format(map=MAP))
    assert sum(layer in (MUTED, BRIGHT) for layer, _ in of_first) == total
    assert seen.page.evaluate(f"{MAP}.counts[{LEFT_OUT}]") == 3999 - total


def test_the_wheel_scrolls_the_page_until_the_map_is_meant(open_map):
    seen = open_map("?n=500&d=2")
    seen.painted()
    page = seen.page
    zoom = f"{MAP}.view.place.zoom"
    scrolled = "() => document.querySelector('[data-testid=stMain]').scrollTop"
    page.set_viewport_size({"width": 1280, "height": 500})
    seen.quiet()
    box = seen.canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 60
    page.mouse.move(x, y)
    page.mouse.wheel(0, 100)
    page.wait_for_timeout(300)
    assert page.evaluate(scrolled) > 0
    assert page.evaluate(zoom) == 1
    assert page.locator(".wheel").is_visible()
    assert "wheel zooms" in page.locator(".wheel").inner_text()
    page.locator(".wheel").wait_for(state="hidden")
    page.mouse.wheel(0, -100)  # up again
    page.wait_for_timeout(300)
    at = page.evaluate(scrolled)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_timeout(100)
    close = page.evaluate(zoom)
    assert close > 1
    page.mouse.click(x, y)
    page.mouse.wheel(0, -100)
    page.wait_for_timeout(100)
    assert page.evaluate(zoom) > close
    assert page.evaluate(scrolled) == at
    # The pointer left the map: it is the page's wheel again.
    page.mouse.move(5, 5)
    page.mouse.move(x, y)
    close = page.evaluate(zoom)
    page.mouse.wheel(0, 100)
    page.wait_for_timeout(300)
    assert page.evaluate(zoom) == close


def test_a_lost_context_comes_back(open_map):
    seen = open_map("?d=2")
    seen.painted()
    before = seen.picture()
    lose = f"{MAP}.painter.gl.getExtension('WEBGL_lose_context')"
    seen.page.evaluate(f"() => {{ window.__lost = {lose}; window.__lost.loseContext(); }}")
    seen.page.wait_for_timeout(300)
    assert (seen.picture() != before).any()
    seen.page.evaluate("() => window.__lost.restoreContext()")
    seen.page.wait_for_timeout(500)
    assert (seen.picture() == before).all()


def test_without_webgl_there_is_a_sentence(open_map):
    seen = open_map("?d=3")
    seen.page.add_init_script(
        """const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
          return kind === "webgl2" ? null : get.call(this, kind, ...more); };"""
    )
    seen.page.reload()
    seen.page.get_by_text("WebGL 2 is switched off or missing").wait_for()
    seen.page.locator(".legend button").first.click()  # the rest still works
    seen.quiet()


def test_names_are_written_apart_from_each_other(open_map):
    seen = open_map("?n=4000&clusters=25&d=2", width=1920)
    seen.painted()
    button = seen.page.get_by_role("button", name="Names")
    assert button.get_attribute("aria-pressed") == "false"
    assert seen.page.locator(".names span").count() == 0
    button.click()
    seen.page.wait_for_timeout(300)
    boxes = [
        span.bounding_box()
        for span in seen.page.locator(".names span").all()
        if span.evaluate("(node) => getComputedStyle(node).visibility") == "visible"
    ]
    assert len(boxes) >= 20
    # Those that found no room are counted.
    status = seen.page.locator(".line [role=status]").inner_text()
    left = re.search(r"no room for (\d+) name", status)
    assert len(boxes) + (int(left[1]) if left else 0) == 25
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            apart = (
                a["x"] >= b["x"] + b["width"]
                or b["x"] >= a["x"] + a["width"]
                or a["y"] >= b["y"] + b["height"]
                or b["y"] >= a["y"] + a["height"]
            )
            assert apart


def test_of_very_many_points_a_sample_is_drawn_and_all_are_counted(open_map):
    # Row 7 is not in the sample; it is chosen, and so is what the search finds.
    seen = open_map("?n=250000&search=1&chosen=7&seed=2")
    seen.painted()
    assert 7 not in drawn_of(250_000).rows
    line = seen.page.locator(".line [role=status]")
    expect(line).to_contain_text("200,000 of 250,000 points are drawn, all are counted")
    found = len(range(5, 250_000, 97))
    expect(line).to_contain_text(f"{found:,} found")
    assert seen.page.evaluate(f"{MAP}.marked.chosen") >= 200_000
    numbers = seen.page.locator(".legend button span").all_inner_texts()
    standing, of = zip(*(map(_number, text.split(" of ")) for text in numbers), strict=True)
    assert sum(of) == 250_000
    bright = np.random.default_rng(1).random(250_000) * 100 < 40
    assert sum(standing) == bright[:-1].sum()  # the last point has no place
    seen.lasso(0.15)
    members, _ = seen.python()
    grid = quantize(clouds(250_000, 12, 2)[0][:, :2])
    lasso = seen.page.evaluate(f"{MAP}.lasso")
    assert members == inside(grid, lasso["corners"]).sum()
    expect(line).to_contain_text(f"{members:,} of 250,000 in the lasso")


def _number(text: str) -> int:
    return int(text.replace(",", ""))
