"""The report in a real browser: from disk, with the network off, in light, dark and print."""

from __future__ import annotations

import re

import pytest
from app import DEMO

from paser_core.report import build_report, write_report
from paser_core.review import ReviewState
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

HOSTILE = "<script>document.title = 'taken over'</script><img src='http://example.com/x.png'> $x$"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The demo's report, with hostile names on its clusters."""
    run = Run.open(DEMO)
    knobs = Setting()
    names = [f"{k} {HOSTILE}" for k in range(run.n_clusters)]
    html = build_report(run, select_from_run(run, knobs), knobs, ReviewState(), names)
    return write_report(html, tmp_path_factory.mktemp("report") / "a report, ümlaut #1.html")


@pytest.fixture
def opened(browser, report):
    """``opened(scheme, width)``: the report with the network off; whatever it asks for is kept."""
    contexts, asked, said = [], [], []

    def go(scheme="light", width=1280):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(report.as_uri())
        page.wait_for_selector("h1")
        return page

    yield go
    for context in contexts:
        context.close()
    assert asked == [report.as_uri()] * len(contexts)
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_from_disk_without_asking_for_anything(opened, scheme):
    page = opened(scheme)
    assert re.match(r"PASER report: [\d,]+ of [\d,]+ samples", page.title())
    assert HOSTILE in page.inner_text("#capabilities ~ .scroll")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    bright = sum(int(part) for part in ground[4:-1].split(",")) > 3 * 128
    assert bright == (scheme == "light")


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_it_never_scrolls_sideways(opened, width):
    page = opened(width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # What is wider than the screen scrolls in its own box, which the keyboard reaches.
    for box in page.query_selector_all(".scroll"):
        assert box.get_attribute("tabindex") == "0"


def test_every_figure_is_drawn(opened):
    page = opened()
    for figure in ("svg.map", "svg.gains", "svg.bar >> nth=0"):
        box = page.locator(figure).bounding_box()
        assert box["width"] > 100
        assert box["height"] > 15
    drawn = page.evaluate("document.querySelector('svg.map path').getBBox().width")
    assert drawn > 0
    for name in page.locator("svg.map text").all():  # inside the picture
        box, frame = name.bounding_box(), page.locator("svg.map").bounding_box()
        assert box["x"] >= frame["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]


def test_it_prints_on_light_ground_whatever_the_screen(opened):
    page = opened("dark")
    page.emulate_media(media="print")
    ground = page.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--ground')"
    )
    assert ground == "#ffffff"
    assert page.locator("nav").is_hidden()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
