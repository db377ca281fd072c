"""The map component as a person uses it, apart from the pages that show it."""

from __future__ import annotations

import io
import math
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from map_app import NAUGHTY, clouds
from PIL import Image

from dashboard.geometry import Camera, inside, quantise

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
APP = "tests/browser/map_app.py"
CANVAS = "canvas[role=img]"
# The map's own view of itself: used to aim the mouse and to count, never as the thing tested.
MAP = "window.__paserMaps.map0.map"
# Each map's overlay says which lasso Python has worked with.
ANSWERED = """() => Object.values(window.__paserMaps ?? {}).every(({ map, parts }) =>
  !map || parts.overlay?.header.held === (map.lasso?.drawn ?? 0))"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    log = tmp_path_factory.mktemp("map") / "log.txt"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", APP, f"--server.port={port}"],
            cwd=ROOT,
            env=os.environ,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{url}/_stcore/health") as answer:
                    if answer.read() == b"ok":
                        break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        yield url
        process.terminate()
        process.wait(10)
    assert "Traceback" not in log.read_text(), log.read_text()


class Seen:
    """A page with a map, and what went over its wire."""

    def __init__(self, page) -> None:
        self.page = page
        self.down: list[int] = []
        self.up: list[int] = []
        page.on("websocket", self._listen)

    def _listen(self, socket) -> None:
        socket.on("framereceived", lambda frame: self.down.append(len(frame)))
        socket.on("framesent", lambda frame: self.up.append(len(frame)))

    def painted(self) -> None:
        self.page.locator(f"{CANVAS}[data-painted]").first.wait_for()
        self.quiet()

    def quiet(self) -> None:
        """Wait until Python has answered the newest lasso and Streamlit has stopped running."""
        self.page.wait_for_function(ANSWERED)
        self.page.wait_for_timeout(100)
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        self.page.wait_for_timeout(100)

    @property
    def canvas(self):
        return self.page.locator(CANVAS).first

    def drag(self, path, *, shift: bool = False, button: str = "left") -> None:
        """``path``: shares of the canvas, from the left and from the top."""
        box = self.canvas.bounding_box()
        places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in path]
        if shift:
            self.page.keyboard.down("Shift")
        self.page.mouse.move(*places[0])
        self.page.mouse.down(button=button)
        for place in places[1:]:
            self.page.mouse.move(*place, steps=2)
        self.page.mouse.up(button=button)
        if shift:
            self.page.keyboard.up("Shift")
        self.quiet()

    def lasso(self, size: float = 0.3) -> None:
        around = [k * 2 * math.pi / 40 for k in range(40)]
        self.drag(
            [(0.5 + 0.6 * size * math.cos(a), 0.5 + size * math.sin(a)) for a in around],
            shift=True,
        )

    def place(self, row: int) -> tuple[float, float]:
        """Where a point is on the screen."""
        x, y = self.page.evaluate(
            f"(i) => {{ const {{ view }} = {MAP};"
            " return view.toPixel(...view.look(view.position(i))); }",
            row,
        )
        box = self.canvas.bounding_box()
        return box["x"] + x, box["y"] + y

    def python(self, which: int = 0) -> tuple[int, int]:
        """Members and corners as numpy has them."""
        text = self.page.get_by_text(re.compile("^members")).nth(which).inner_text()
        _, members, _, corners = text.split()
        return int(members), int(corners)

    def browser(self, which: int = 0) -> int | None:
        """Members as the browser says them."""
        text = self.page.locator(".line [role=status]").nth(which).inner_text()
        found = re.search(r"([\d,]+) of [\d,]+ in the lasso", text)
        return int(found[1].replace(",", "")) if found else None

    def picture(self) -> np.ndarray:
        self.page.mouse.move(2, 2)
        self.page.wait_for_timeout(250)
        return np.asarray(Image.open(io.BytesIO(self.canvas.screenshot())).convert("RGB")).astype(
            int
        )

    def shows(self, color: str) -> int:
        """How many pixels have a colour, nearly."""
        rgb = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
        return int((np.abs(self.picture() - rgb).max(axis=2) < 40).sum())


@pytest.fixture
def open_map(browser, address):
    """``open_map(query, scheme)``; whatever goes wrong in the browser fails the test at its end."""
    troubles: list[str] = []
    contexts = []

    def go(query: str = "", scheme: str = "light", script: str = "", width: int = 1280) -> Seen:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        if script:
            page.add_init_script(script)

        def heard(message):
            if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
                troubles.append(f"console: {message.text} {message.location}")

        def asked(request):
            if not request.url.startswith((address, "data:", "blob:", "ws://127.0.0.1")):
                troubles.append(f"request off this machine: {request.url}")

        page.on("console", heard)
        page.on("pageerror", lambda error: troubles.append(f"page error: {error}"))
        page.on("request", asked)
        seen = Seen(page)
        page.goto(f"{address}/{query}")
        return seen

    yield go
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


@pytest.mark.parametrize("query", ["?d=2", "?d=3&chosen=7&search=1", "?n=0", "?n=1&d=3", "?n=2"])
def test_it_opens_clean(open_map, scheme, query):
    seen = open_map(query, scheme)
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
    grid = quantise(clouds(20_000, 12, 3)[0][:, :d])
    lasso = seen.page.evaluate(f"{MAP}.lasso")
    camera = Camera(*lasso["camera"]) if d == 3 else None
    theirs = seen.page.evaluate(f"Array.from({MAP}.lassoed)")
    np.testing.assert_array_equal(inside(grid, lasso["corners"], camera), np.array(theirs, bool))


def test_both_agree_from_many_sides(open_map):
    seen = open_map("?n=3000&d=3&seed=5")
    seen.painted()
    grid = quantise(clouds(3000, 12, 5)[0])
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
    seen.quiet()
    assert seen.python() == (0, 0)
    assert seen.browser() is None
    seen.lasso()  # the next one counts again
    assert seen.python()[0] == seen.browser() > 0


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
    seen.page.wait_for_function("window.__paserMaps.map0.lines !== undefined")
    first = sum(seen.down)
    assert first > 7 * n  # the positions and the colours came
    version = seen.canvas.get_attribute("data-version")
    slider = seen.page.get_by_role("slider", name="Budget")
    slider.focus()
    for _ in range(2):
        seen.down.clear()
        seen.page.keyboard.press("ArrowRight")
        seen.quiet()
        assert n / 8 < sum(seen.down) < 60_000
    assert seen.canvas.get_attribute("data-version") != version


def test_another_colouring_sends_no_positions(open_map):
    n = 20_000
    seen = open_map(f"?n={n}&d=3")
    seen.painted()
    colours = seen.canvas.get_attribute("data-colours")
    seen.down.clear()
    seen.page.locator('[data-testid="stSelectbox"] input').focus()
    seen.page.keyboard.press("ArrowDown")
    seen.page.keyboard.press("ArrowDown")
    seen.page.keyboard.press("Enter")
    seen.quiet()
    assert seen.canvas.get_attribute("data-colours") != colours
    assert seen.page.locator(".scale").inner_text().split() == ["low", "high"]
    assert n < sum(seen.down) < 3 * n


@pytest.mark.parametrize("query", ["?n=4000&d=2", "?n=4000&d=3", "?n=44000&d=2&budget=0"])
def test_hover_shows_the_text_as_text_and_the_status(open_map, query):
    seen = open_map(query)
    seen.painted()
    seen.page.wait_for_function("window.__paserMaps.map0.lines")
    tip = seen.page.locator(".tip")
    for row in range(0, 400, 20):
        seen.page.mouse.move(*seen.place(row))
        if f"text of {row}:" in tip.inner_text():
            break
    else:
        pytest.fail("no point could be hovered")
    assert tip.is_visible()
    assert NAUGHTY in tip.inner_text()
    assert tip.locator("img, b b").count() == 0
    cluster = clouds(int(re.search(r"n=(\d+)", query)[1]), 12, 0)[1][row]
    assert tip.inner_text().startswith(f"Cluster {cluster + 1}:")
    assert tip.inner_text().splitlines()[-1] in ("Selected", "Over budget", "Refused (conflict)")


def test_until_the_texts_come_the_tip_names_the_cluster(open_map):
    seen = open_map("?n=4000&texts=0")
    seen.painted()
    seen.page.mouse.move(*seen.place(10))
    cluster = seen.page.locator(".tip").inner_text().splitlines()[0]
    assert cluster.startswith("Cluster ")


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
    # The ring has the colour of text: dark on a light page.
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


def test_unselected_points_are_muted_not_hidden(open_map, scheme):
    seen = open_map("?n=4000&d=2", scheme)
    seen.painted()
    counts = seen.page.evaluate(f"{MAP}.counts")
    assert counts[0] > 2000
    background = seen.picture()[5, 5]
    muted = next(i for i in range(4000) if seen.page.evaluate(f"{MAP}.layer[{i}]") == 0)
    x, y = seen.place(muted)
    box = seen.canvas.bounding_box()
    pixel = seen.picture()[int(y - box["y"]), int(x - box["x"])]
    assert 12 < np.abs(pixel - background).max() < 130


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
    seen = open_map(
        "?d=3",
        script="""const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
          return kind === "webgl2" ? null : get.call(this, kind, ...more); };""",
    )
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
    assert len(boxes) >= 8
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            apart = (
                a["x"] >= b["x"] + b["width"]
                or b["x"] >= a["x"] + a["width"]
                or a["y"] >= b["y"] + b["height"]
                or b["y"] >= a["y"] + a["height"]
            )
            assert apart
