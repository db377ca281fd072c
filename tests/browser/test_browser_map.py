"""Map: finding samples by words, pattern and meaning; a lasso; from a rejection to what blocks it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from app import canvas_painted, ids_in_sight, pick_line, quiet
from map_page import MapPage
from playwright.sync_api import expect

from dashboard.geometry import inside, quantize
from paser_core.records.conversations import user_text
from paser_core.selection import Setting, Status, reason_of
from paser_core.selection.conflicts import ConflictTable
from paser_core.selection.of_run import select_from_run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def rows(demo):
    """The rows that the points of the map stand for."""
    return np.flatnonzero(demo.labels >= 0)


@pytest.fixture(scope="module")
def grid(demo, rows):
    """``(m, 2)``: where the points lie, as the browser is told."""
    return quantize(demo.samples[["x", "y"]].to_numpy(np.float32)[rows])


@pytest.fixture(scope="module")
def fields(demo):
    """``(n,)`` texts that a search looks through, read without the core's search."""
    columns = (demo.samples[c] for c in ("instruction", "input", "output"))
    return ["\n".join(parts) for parts in zip(*columns, strict=True)]


@pytest.fixture
def open_map(open_page):
    def go(query: str = "") -> MapPage:
        page = open_page(f"map{query}")
        quiet(page)
        canvas_painted(page)
        seen = MapPage(page, "map")
        seen.quiet()
        return seen

    return go


def search(page, query: str, mode: str) -> None:
    """Type a query and say how it is read."""
    page.get_by_role("radio", name=mode, exact=True).click()
    field = page.get_by_role("searchbox", name="Search", exact=True)
    field.fill(query)
    field.press("Enter")
    quiet(page)


def listed(page, count: int, what: str) -> None:
    """The table's heading tells the number."""
    noun = "sample" if count == 1 else "samples"
    heading = page.get_by_role("heading", level=2, name=f"{count:,} {noun} {what}", exact=True)
    heading.wait_for()


def agrees(page, demo, hits) -> None:
    """The map, the heading and the lines of the table show these rows and no others."""
    on_map = int((demo.labels[hits] >= 0).sum())
    listed(page, len(hits), "found")
    expect(page.locator(".line [role=status]")).to_have_text(f"{on_map:,} found")
    ids = ids_in_sight(page.locator('[data-testid="stDataFrame"]').first)
    assert ids == demo.samples["id"].iloc[hits[: len(ids)]].tolist()


def members(seen: MapPage, grid, rows):
    """The rows inside the lasso on the map, found without the browser."""
    corners = seen.page.evaluate(f"{seen.map}.lasso.corners")
    return rows[inside(grid, corners)]


# What every hit holds, in lower case. Words may come in any order; a quoted phrase is one word.
WORDS = {
    "tense": ("tense",),
    "Sentence PASSIVE": ("passive", "sentence"),
    '"passive voice"': ("passive voice",),
    "JARDÍN": ("jardín",),
}


def test_words_find_what_holds_all_of_them(open_map, demo, fields):
    page = open_map().page
    for query, needles in WORDS.items():
        hits = [i for i, t in enumerate(fields) if all(n in t.lower() for n in needles)]
        assert 0 < len(hits) < demo.n / 2, query
        search(page, query, "Words")
        agrees(page, demo, np.array(hits))
    # A dot is a dot.
    assert not any("pass.ve" in text for text in fields)
    search(page, "pass.ve", "Words")
    listed(page, 0, "found")
    page.get_by_text("Nothing here.").wait_for()
    # Without a query all are there again.
    search(page, "", "Words")
    listed(page, int((demo.labels >= 0).sum()), "on the map")


PATTERNS = [r"\b[0-9]{2} books?\b", "^translate", r"[0-9]{3,}$", r"(passive|active) VOICE\."]


def test_a_pattern_finds_what_python_finds(open_map, demo, fields):
    page = open_map().page
    for pattern in PATTERNS:
        compiled = re.compile(pattern, re.IGNORECASE | re.MULTILINE)
        hits = [i for i, text in enumerate(fields) if compiled.search(text)]
        assert 0 < len(hits) < demo.n / 2, pattern
        search(page, pattern, "Pattern")
        agrees(page, demo, np.array(hits))


@pytest.mark.parametrize("pattern", ["(", "[a-", "(?<=a)b"])
def test_a_broken_pattern_is_a_sentence(open_map, demo, pattern):
    page = open_map().page
    search(page, pattern, "Pattern")
    alert = page.locator('[data-testid="stAlertContentError"]')
    expect(alert).to_contain_text(f"The pattern '{pattern}' cannot be used")
    expect(alert).to_contain_text("Accepted are regular expressions")
    assert page.locator('[data-testid="stException"]').count() == 0
    assert "Traceback" not in page.locator("body").inner_text()
    listed(page, int((demo.labels >= 0).sum()), "on the map")
    # The page goes on: a pattern that is right is found.
    search(page, "^translate", "Pattern")
    page.get_by_role("heading", name=re.compile(r"^\d+ samples found$")).wait_for()
    assert alert.count() == 0


def test_meaning_finds_a_samples_own_text_first(open_map, demo, rows):
    page = open_map().page
    samples = demo.samples
    columns = samples["instruction"].tolist(), samples["input"].tolist()
    texts = [user_text(*parts, "\n") for parts in zip(*columns, strict=True)]
    # A search field holds one line; of samples with the same text any may come first.
    once = [r for r in rows.tolist() if "\n" not in texts[r] and texts.count(texts[r]) == 1]
    for row in (once[0], once[len(once) // 2], once[-1]):
        search(page, texts[row], "Meaning")
        # Those as near as the page says, which rounds it: by all cosines.
        chip = page.get_by_text(re.compile(r": [\d,]+ found with cosine ≥ "))
        told = chip.first.inner_text()
        number, least = re.search(r": ([\d,]+) found with cosine ≥ (\S+)", told).groups()
        cosines = (demo.embeddings @ demo.embeddings[row])[rows]
        surely, perhaps = ((cosines >= float(least) + slack).sum() for slack in (0.006, -0.006))
        assert 0 < surely <= int(number.replace(",", "")) <= perhaps < len(rows) / 2
        listed(page, int(number.replace(",", "")), "found")
        expect(page.locator(".line [role=status]")).to_have_text(f"{number} found")
        table = page.locator('[data-testid="stDataFrame"]').first
        expect(table.locator('td[aria-colindex="1"]').first).to_have_text(samples["id"].iloc[row])
    # A click on that line shows it.
    pick_line(page)
    assert page.url.split("sample=")[1].split("&")[0] == samples["id"].iloc[once[-1]]


MIDDLE = [(0.35, 0.35), (0.65, 0.35), (0.65, 0.75), (0.35, 0.75), (0.35, 0.35)]


def test_lasso_fills_the_table_and_clear_empties_it(open_map, grid, rows):
    seen = open_map()
    page = seen.page
    listed(page, len(rows), "on the map")
    seen.drag(MIDDLE, shift=True)
    inner = members(seen, grid, rows)
    assert 0 < len(inner) < len(rows)
    listed(page, len(inner), "in the lasso")
    assert seen.browser() == len(inner)
    page.get_by_role("button", name="Clear", exact=True).click()
    listed(page, len(rows), "on the map")


def test_a_search_in_a_lasso_finds_what_is_in_both(open_map, grid, rows, fields):
    seen = open_map()
    page = seen.page
    seen.drag(MIDDLE, shift=True)
    inner = members(seen, grid, rows)
    both = [r for r in inner if "the" in fields[r].lower()]
    assert 0 < len(both) < len(inner)
    search(page, "the", "Words")
    listed(page, len(both), "found in the lasso")
    expect(page.locator(".line [role=status]")).to_contain_text(f"{len(inner):,} of {len(rows):,}")


def test_click_on_a_point_shows_its_sample(open_map, demo, grid, rows):
    seen = open_map()
    page = seen.page
    point = loneliest(seen, grid, np.arange(len(rows)))[0]
    page.mouse.move(*seen.place(point))
    instruction = demo.samples["instruction"].iloc[rows[point]]
    expect(page.locator(".tip")).to_contain_text(instruction[:30].split("\n")[0])
    page.mouse.click(*seen.place(point))
    page.get_by_role("heading", name="Sample", exact=True).wait_for()
    wanted = demo.samples["id"].iloc[rows[point]]
    page.locator('[data-testid="stText"]', has_text=wanted).first.wait_for()
    page.get_by_text("Most similar samples").wait_for()


def test_from_a_lasso_to_a_rejected_sample_and_what_blocks_it(open_map, demo, grid, rows):
    budget = 2000
    selection = select_from_run(demo, Setting.of(demo, budget=float(budget)))
    ids = demo.samples["id"].tolist()
    seen = open_map(f"?budget={budget}")
    page = seen.page
    rejected = np.flatnonzero(selection.status[rows] == Status.CONFLICT.code)
    point, reach = loneliest(seen, grid, rejected)
    row = int(rows[point])

    # A lasso around the rejected sample and a few others.
    box, (x, y) = seen.canvas.bounding_box(), seen.place(point)
    around = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    corners = [(x + reach * a - box["x"], y + reach * b - box["y"]) for a, b in around]
    seen.drag([(a / box["width"], b / box["height"]) for a, b in corners], shift=True)
    inner = members(seen, grid, rows)
    assert row in inner
    listed(page, len(inner), "in the lasso")
    assert seen.browser() == len(inner)

    # Its line, in the order of the data set.
    table = page.locator('[data-testid="stDataFrame"]').first
    in_sight = ids_in_sight(table)
    assert in_sight == [ids[r] for r in inner][: len(in_sight)]
    pick_line(page, inner.tolist().index(row))

    # Why it was rejected, in the words of the core.
    texts = page.locator('[data-testid="stText"]')
    texts.filter(
        has_text=re.compile(rf"^{re.escape(ids[row])} .*Rejected \(conflict\)$")
    ).wait_for()
    evidence = ConflictTable.of(selection.ranking).evidence(row)
    texts.filter(has_text=reason_of(selection, row, evidence)).wait_for()
    first = evidence.conflicts[0]
    expect(texts.filter(has_text=f"“{first.first}” first seen in").first).to_be_visible()
    expect(texts.filter(has_text=f"“{first.second}” first seen in").first).to_be_visible()

    # One click to the accepted sample that blocks it.
    blocker = first.first_from
    assert 0 < selection.rank[blocker] <= budget
    page.locator('[class*="st-key-blocking-0"] button', has_text=ids[blocker]).first.click()
    texts.filter(has_text=re.compile(rf"^{re.escape(ids[blocker])} .*Selected$")).wait_for()
    number = f"Selected as number {selection.rank[blocker]:,} of {budget:,}."
    texts.filter(has_text=number).wait_for()
    quiet(page)
    assert page.url.split("sample=")[1].split("&")[0] == ids[blocker]
    listed(page, len(inner), "in the lasso")  # which is still picked


def loneliest(seen: MapPage, grid, points) -> tuple[int, float]:
    """Of the points well inside the picture the one with most room, and a reach in pixels.

    A square of that reach around it holds at most eight points: their lines are all in sight.
    """
    side = seen.page.evaluate(f"{seen.map}.view.side()") / 65535
    box = seen.canvas.bounding_box()
    best, most = -1, 0.0
    for point in points.tolist():
        x, y = seen_at(box, side, grid[point])
        if not (0.1 < x / box["width"] < 0.9 and 0.15 < y / box["height"] < 0.9):
            continue
        far = np.abs(grid.astype(np.int64) - grid[point]).max(axis=1) * side
        room = float(np.partition(far, 8)[8]) * 0.9
        if room > most:
            best, most = point, room
    assert most > 6, "no point has room enough for a hand"
    return best, min(most, 40)


def seen_at(box, side: float, place) -> tuple[float, float]:
    """Where a place of the grid is in the picture as it first comes."""
    u, v = place.astype(float)
    return box["width"] / 2 + (u - 32768) * side, box["height"] / 2 - (v - 32768) * side
