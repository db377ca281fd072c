"""What a person does in the dashboard, timed: open a page, move a slider, draw, switch, click."""

from __future__ import annotations

import time

from browser import Series, Wire, read, repeat, rest, wait_until
from playwright.sync_api import Browser, Page, ViewportSize
from real_app import Server

TIMES = 30
SIZE: ViewportSize = {"width": 1280, "height": 900}
SETTLED = "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
BARS = "document.querySelector('.js-plotly-plot .barlayer')"
PAGES = {
    "Overview": "document.querySelector('[data-testid=stMetric]')",
    "Map": "find('canvas[role=img]').dataset.painted",
    "Clusters": BARS,
    "Budget": BARS,
    "Concepts": "find('.network').dataset.painted",
    "Ledger": "document.querySelector('[data-testid=stDataFrame]')",
    "Compare": "document.querySelector('[data-testid=stMetric]')",
    "Export": "document.querySelector('[data-testid=stCode]')",
    "New run": "document.querySelector('[data-testid=stFileUploader]')",
}
"""What has to be there before a page counts as painted."""


def address(name: str) -> str:
    """Where a page is."""
    return "" if name == "Overview" else name.lower().replace(" ", "_")


def shows(name: str) -> str:
    """The page is painted, and its script has ended."""
    return f"document.querySelector('h1')?.textContent === '{name}' && {PAGES[name]} && {SETTLED}"


def open_page(
    browser: Browser, served: Server, path: str, painted: str, *, watched: bool = True
) -> tuple[Page, Wire, float]:
    """A page in a context of its own, and how long its first paint took.

    Watching the wire costs time for every message: not where a page sends a hundred of them and
    only the time is asked for.
    """
    page = browser.new_context(viewport=SIZE).new_page()
    wire = Wire().watch(page) if watched else Wire()
    began = time.perf_counter()
    page.goto(f"{served.url}/{path}")
    wait_until(page, painted)
    seconds = time.perf_counter() - began
    rest(page)
    return page, wire, seconds


def move_slider(page: Page, wire: Wire, slider: str, picture: str) -> Series:
    """A step up and a step down again; painted when the picture has changed."""
    before: dict[str, object] = {}

    def ready(_: int) -> None:
        before["picture"] = read(page, picture)
        page.get_by_role("slider", name=slider).focus()

    def act(number: int) -> None:
        page.keyboard.press("PageDown" if number % 2 else "PageUp")

    def painted(_: int) -> None:
        wait_until(page, f"({picture}) !== before", before["picture"])

    return repeat(page, wire, ready, act, painted, TIMES)


def draw_lasso(page: Page, wire: Wire) -> Series:
    """A lasso of another size each time; counted from letting go of the button."""
    box = page.locator("canvas[role=img]").bounding_box()
    assert box is not None
    before: dict[str, object] = {}
    counted = "[...document.querySelectorAll('h2')].map(h => h.innerText).join()"

    def ready(number: int) -> None:
        reach = 0.12 + 0.25 * (number % 7) / 7
        corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -0.9)]
        x0, y0 = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        before["count"] = read(page, counted)
        page.keyboard.down("Shift")
        places = [
            (x0 + reach * box["width"] * x, y0 + reach * box["height"] * y) for x, y in corners
        ]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=4)

    def act(_: int) -> None:
        page.mouse.up()

    def painted(_: int) -> None:
        wait_until(page, f"({counted}) !== before && {counted}.includes('lasso')", before["count"])
        page.keyboard.up("Shift")

    return repeat(page, wire, ready, act, painted, TIMES)


def click_link(page: Page, wire: Wire, names: list[str], rounds: int) -> dict[str, Series]:
    """Through the pages again and again, and how long each takes to be shown."""
    series = {name: Series() for name in names}
    for _ in range(rounds):
        for name in names:
            wire.reset()
            began = time.perf_counter()
            page.get_by_role("link", name=name, exact=True).click()
            wait_until(page, shows(name) if name in PAGES else empty_shows(name))
            series[name].add(time.perf_counter() - began, page, wire)
    return series


def empty_shows(name: str) -> str:
    """A page of the empty app is painted."""
    return f"document.querySelector('h1')?.textContent === '{name}' && {SETTLED}"


def click_network(page: Page, wire: Wire) -> Series:
    """From one concept to a neighbor of it; painted when the new neighborhood is drawn."""
    drawn = "find('.network').dataset.painted"
    node = page.locator("svg[role=group] g[data-concept]")
    before: dict[str, object] = {}

    def ready(_: int) -> None:
        before["drawn"] = read(page, drawn)
        page.mouse.move(5, 5)

    def act(number: int) -> None:
        # The center comes first; a strong neighbor is never hidden under another.
        node.nth(1 + number % 3).locator("circle").click(force=True)

    def painted(_: int) -> None:
        wait_until(page, f"({drawn}) !== before && {SETTLED}", before["drawn"])

    return repeat(page, wire, ready, act, painted, TIMES)


def click_rows(page: Page, wire: Wire, picture: str, top: float, row: float, detail: str) -> Series:
    """One row after another of the first ``picture`` (a chart, a table); painted when ``detail`` is new.

    ``top`` and ``row`` in pixels: where the first row begins, and how high it is.
    """
    shown = page.locator(picture).first
    before: dict[str, object] = {}
    place = {"x": 0.0, "y": 0.0}

    def ready(_: int) -> None:
        # Nobody clicks twice in a second; a click that meets a chart being drawn again is lost.
        page.wait_for_timeout(700)
        before["detail"] = read(page, detail)
        shown.scroll_into_view_if_needed()
        box = shown.bounding_box()
        assert box is not None
        place.update(x=box["x"] + box["width"] / 3, y=box["y"] + top)

    def act(number: int) -> None:
        page.mouse.click(place["x"], place["y"] + row * (3.5 + number % 3))

    def painted(_: int) -> None:
        wait_until(page, f"({detail}) !== before && {SETTLED}", before["detail"])

    return repeat(page, wire, ready, act, painted, TIMES)


def memory_of_a_session(browser: Browser, served: Server, count: int = 5) -> float:
    """Server memory, in MB, for each of ``count`` further sessions on map, budget and ledger.

    On a new server: what an old one has freed would hide what a session takes.
    """
    pages: list[Page] = []
    for number in range(count + 1):
        if number == 1:
            before = served.memory()
        page, wire, _ = open_page(browser, served, "map", shows("Map"))
        click_link(page, wire, ["Budget", "Ledger"], 1)
        pages.append(page)
    each = (served.memory() - before) / count
    for page in pages:
        page.context.close()
    return each
