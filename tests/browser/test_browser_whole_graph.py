"""The whole concept graph: from a line between two communities to the pair, from a dot to its concept."""

from __future__ import annotations

import pytest
from app import quiet, serious
from test_browser_concepts import address, click_line, drawn, title

from paser_core.explain.graph import ConceptGraph, communities
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def graph(demo):
    return ConceptGraph.of(select_from_run(demo, Setting.of(demo)))


def test_the_strongest_conflict_is_a_click_away_and_said_in_the_table(open_page, graph):
    found = communities(graph)
    names = graph.selection.ranking.candidates.concepts.vocabulary
    page = open_page("concepts", "dark")
    drawn(page)
    page.get_by_role("radio", name="Whole graph").click()
    page.get_by_text("of concepts that meet each other").wait_for()
    drawn(page)
    assert address(page)["graph"] == ["whole"]
    assert serious(page) == []
    lines = [
        [cell.inner_text() for cell in line.get_by_role("cell").all()]
        for line in page.get_by_role("table", name="Conflicts between communities")
        .get_by_role("row")
        .all()[1:]
    ]
    assert [line[-2:] for line in lines[:5]] == [
        [f"{link.samples:,}", " × ".join(names[c] for c in link.strongest)]
        for link in found.conflicts[:5]
    ]
    first = next(link for link in found.conflicts if link.first != link.second)
    ends = [found.shown[place].concepts[0] for place in (first.first, first.second)]
    click_line(page, page.locator(f'.conflicts line[data-pair="{ends[0]} {ends[1]}"]'))
    drawn(page)
    assert "graph" not in address(page)
    assert address(page)["pair"] == [names[c] for c in first.strongest]
    page.go_back()
    page.get_by_text("of concepts that meet each other").wait_for()


def test_a_community_is_entered_by_keyboard(open_page, graph):
    found = communities(graph)
    page = open_page("concepts?graph=whole")
    drawn(page)
    page.locator(f'[data-concept="{found.shown[0].concepts[0]}"]').focus()
    page.keyboard.press("Enter")
    quiet(page)
    drawn(page)
    names = graph.selection.ranking.candidates.concepts.vocabulary
    assert title(page) == names[found.shown[0].concepts[0]]
