"""The parts of the report on their own: escaping, choosing, counting, drawing."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from report_page import read
from tiny_pools import make, pools

from paser_core.config import AllocationRule, Order, SelectionConfig, of_count
from paser_core.explain.gains import gains
from paser_core.report.atlas import Frame, labels, path, thinned
from paser_core.report.instructive import MOST_REJECTIONS, instructive_rejections, near_misses
from paser_core.report.page import clean, templates
from paser_core.report.subject import Capability
from paser_core.report.wording import cut, last_part
from paser_core.selection import Overrides, Status, select

TEXTS = st.text(st.characters(codec=None), max_size=60)


@st.composite
def selections(draw):
    candidates = draw(pools())
    return select(candidates, SelectionConfig(of_count(draw(st.integers(1, candidates.n)))))


def shown(source, **values):
    """What a template of the report makes of values."""
    macros = '{% from "macros.html" import quoted, swatch, table, text_block %}'
    return templates().from_string(macros + source).render(values)


@given(TEXTS)
def test_any_text_stays_text(text):
    page = read(shown('<main><p title="{{ text }}">{{ text }}</p></main>', text=text))
    (paragraph,) = page.all("p")
    assert page.everything() == [page.children[0], paragraph]
    assert paragraph.text == clean(text)
    assert paragraph.attributes == {"title": clean(text)}
    clean(text).encode()  # no half of a surrogate pair is left


@given(TEXTS, TEXTS)
def test_what_a_macro_is_given_is_text_and_what_it_makes_is_not_escaped_again(text, other):
    page = read(
        shown(
            "{% call table(text, [(other, 'number')]) %}"
            "<tr><th>{{ quoted(other) }}</th><td>{{ text_block(text) }}</td></tr>{% endcall %}",
            text=text,
            other=other,
        )
    )
    assert [b.text for b in page.all("bdi")] == [clean(other)]
    assert [b.text for b in page.having("class", "text")] == [clean(text)]
    assert page.all("caption")[0].text == clean(text)
    assert [e.name for e in page.everything()] == (
        ["div", "table", "caption", "thead", "tr", "th", "tbody", "tr", "th", "bdi", "td", "div"]
    )


def test_nothing_gets_past_the_escaping():
    """No template declares a text safe, or turns escaping off; a missing name is no empty text."""
    names = templates().list_templates(extensions=["html", "svg"])
    assert len(names) > 12
    for name in names:
        source, _, _ = templates().loader.get_source(templates(), name)
        assert not re.search(r"\|\s*(safe|xmlattr|tojson)\b|autoescape|Markup", source), name
    with pytest.raises(UndefinedError):
        shown("{{ nobody }}")


@given(TEXTS, st.lists(st.sampled_from(["cat", "red cat", "city", "a.b", "(", "ice-cream"])))
def test_marking_changes_no_character(text, phrases):
    page = read(shown("{{ text_block(text, phrases) }}", text=text, phrases=phrases))
    assert page.text == clean(text)


@pytest.mark.parametrize(
    ("text", "phrase", "marked"),
    [
        ("Two Cities, one city.", "city", ["Cities", "city"]),
        ("46 dollars or 146 dollars", "46 dollar", ["46 dollars"]),
        ("The Berlin-Wall fell", "berlin wall", ["Berlin-Wall"]),
        ("concatenate the cats", "cat", ["cats"]),
        ("a+b", "a+b", ["a+b"]),
        ("boxes and classes", "box", ["boxes"]),
        ("nothing", "anything", []),
    ],
)
def test_a_phrase_is_found_in_the_words_of_the_text(text, phrase, marked):
    page = read(shown("{{ text_block(text, [phrase]) }}", text=text, phrase=phrase))
    assert [m.text for m in page.all("mark")] == marked


def test_a_long_text_is_cut_openly():
    assert cut("x" * 100_000) == ("x" * 500, 99_500)
    assert cut("short") == ("short", 0)


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/b/c.jsonl", "c.jsonl"), ("org/model/", "model"), (r"C:\d\x.csv", "x.csv"), ("/", "/")],
)
def test_the_last_part_of_a_path(path, name):
    assert last_part(path) == name


@given(selections())
def test_gains_are_what_larger_budgets_take(selection):
    """Every number is found again by making the selection anew for each budget."""
    found = gains(selection)
    candidates = selection.ranking.candidates
    usable = candidates.usable
    total = candidates.divergence[usable].sum()

    def taken(budget):
        return select(candidates, SelectionConfig(of_count(budget))).rows

    reach = len(found.covered) - 1
    carried = [candidates.divergence[taken(b)].sum() for b in range(reach + 1)]
    assert len(taken(candidates.n)) == reach
    if total:
        np.testing.assert_allclose(found.covered, np.array(carried) / total)
    ahead = np.array(carried) - found.mean_all * np.arange(reach + 1) if usable.any() else [0.0]
    assert ahead[found.turning_point] == pytest.approx(max(ahead))
    larger = selection.budget + max(1, round(0.1 * selection.budget))
    assert set(found.next_rows) == set(taken(larger)) - set(selection.rows)
    assert found.next_per_cluster.sum() == len(found.next_rows)


@pytest.mark.parametrize(
    "config",
    [
        SelectionConfig(3, order=Order.CLUSTERWISE),
        SelectionConfig(3, allocation=AllocationRule.PAPER),
    ],
)
@given(candidates=pools())
def test_nothing_is_said_about_other_budgets_where_selections_do_not_nest(config, candidates):
    selection = select(candidates, config)
    assert gains(selection) is None
    assert near_misses(selection) == ()


@given(selections())
def test_rejections_shown_are_rejections_by_the_letter_of_the_rule(selection):
    ranking = selection.ranking
    concepts = ranking.candidates.concepts
    accepted = {int(r): set(concepts.of(int(r))) for r in np.flatnonzero(ranking.rank)}

    def conflicts(row, ignored=()):
        until = ranking.rejected_at[row]
        before = [c for r, c in accepted.items() if ranking.rank[r] <= until]
        known = [c for c in concepts.of(row) if any(c in b for b in before) and c not in ignored]
        pairs = combinations(known, 2)
        return {frozenset(p) for p in pairs if not any(set(p) <= b for b in before)}

    rejected = np.flatnonzero(selection.status == Status.CONFLICT.code).tolist()
    pairs = [pair for row in rejected for pair in conflicts(row)]
    found = instructive_rejections(selection)
    assert found.n_pairs == len(set(pairs))
    assert len(found.shown) <= MOST_REJECTIONS
    assert bool(found.shown) == bool(rejected)
    rows = [r.evidence.row for r in found.shown]
    assert len(set(rows)) == len(rows)
    for rejection in found.shown:
        row, conflict = rejection.evidence.row, rejection.conflict
        pair = frozenset((conflict.first, conflict.second))
        assert row in rejected
        assert pair in conflicts(row)
        assert rejection.rejections == pairs.count(pair)
        assert not conflicts(row, rejection.evidence.without)
        for concept, source in (
            (conflict.first, conflict.first_from),
            (conflict.second, conflict.second_from),
        ):
            holders = [r for r, c in accepted.items() if concept in c]
            assert source == min(holders, key=lambda r: ranking.rank[r])
    counts = [r.rejections for r in found.shown]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize(
    ("most", "shown"), [(1, ["ab"]), (2, ["ab", "ef"]), (3, ["ab", "cd", "ef"])]
)
def test_a_second_rejection_of_a_capability_waits_for_the_first_of_the_others(most, shown):
    # The pair a, b rejects three samples of cluster 0, c, d two; e, f reject one of cluster 1.
    rejected = ["ab", "ab", "ab", "cd", "cd", "ef"]
    concepts = [*"abcdef", *rejected]
    labels = [0] * 11 + [1]
    candidates = make([0.5] * 12, [10] * 12, labels, [list(c) for c in concepts])
    selection = select(candidates, SelectionConfig(12), Overrides(forced_in=tuple(range(6))))
    found = instructive_rejections(selection, most)
    assert ["".join(sorted((r.conflict.first, r.conflict.second))) for r in found.shown] == shown
    assert found.n_pairs == 3
    assert {r.rejections for r in found.shown} <= {3, 2, 1}


@given(selections())
def test_a_near_miss_enters_at_the_budget_that_is_named(selection):
    candidates = selection.ranking.candidates
    found = near_misses(selection)
    rows = [miss.row for miss in found]
    assert len(set(rows)) == len(rows)
    for miss in found:
        at = select(candidates, SelectionConfig(of_count(miss.enters_at)))
        before = select(candidates, SelectionConfig(of_count(miss.enters_at - 1)))
        assert miss.row in at.rows
        assert miss.row not in before.rows
        assert miss.enters_at > selection.budget
    everything = set(select(candidates, SelectionConfig(of_count(candidates.n))).rows.tolist())
    waiting = everything - set(selection.rows.tolist())
    assert bool(found) == bool(waiting)
    if found:
        worst = max(candidates.divergence[row] for row in waiting)
        assert found[-1].most_damaged
        assert candidates.divergence[found[-1].row] == worst


def test_every_point_is_a_dot_inside_the_picture():
    points = np.random.default_rng(0).normal(size=(500, 2))
    drawn = path(Frame.around(points).place(points))
    places = np.array(re.findall(r"M(-?\d+) (-?\d+)h", drawn), int)
    assert len(places) == 500
    assert (places >= 0).all()
    assert (places <= [1000, 680]).all()
    # Equal scales, and what is further up in the plane is further up in the picture.
    moved = (places - places[0]) / np.where(points == points[0], 1, points - points[0])
    np.testing.assert_allclose(
        np.median(moved[1:], axis=0) * [1, -1], Frame.around(points).scale, rtol=0.01
    )


def test_names_at_one_place_stand_below_each_other():
    capabilities = [Capability(k, "x" * 30, "#111111", 1, (), "", None) for k in range(3)]
    lines = sorted(label.y for label in labels(capabilities, np.full((3, 2), 300.0)))
    assert (np.diff(lines) >= 20).all()


def test_a_map_of_one_point_or_none_is_drawn():
    for n in (0, 1):
        points = np.ones((n, 2))
        assert path(Frame.around(points).place(points)).count("h.1") == n


def test_thinning_is_the_same_every_time_and_keeps_small_maps_whole():
    few = thinned(44_000, seed=3)
    assert len(few) == len(set(few.tolist())) == 4_000
    assert np.array_equal(few, thinned(44_000, seed=3))
    assert not np.array_equal(few, thinned(44_000, seed=4))
    assert np.array_equal(thinned(7, seed=3), np.arange(7))
