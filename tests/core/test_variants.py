"""PASER's variants against slow readings of what they are called."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_pools import make, pools

from paser_core.config import of_count
from paser_core.runs import Run
from paser_core.selection import Overrides, Setting, rank_samples, selector_of
from paser_core.selection.of_run import candidates, select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


def cds_of(pool, cluster: int) -> float:
    """The mean damage of a cluster, not below 0."""
    known = [
        pool.divergence[r] for r in range(pool.n) if pool.valid[r] and pool.labels[r] == cluster
    ]
    return max(float(np.mean(known)), 0.0) if known else 0.0


def next_seat(weights: list[float], seats: list[int], left: list[int]) -> int:
    """Sainte-Laguë; without damage the emptiest cluster; ties to the lower number."""
    able = [k for k in range(len(weights)) if left[k]]
    return min(
        able, key=lambda k: (-weights[k] / (2 * seats[k] + 1), seats[k] if not weights[k] else 0, k)
    )


def softly(pool) -> tuple[list[int], list[float]]:
    """Rows in order, and what each was worth in its turn, counted anew each time."""
    rest = np.flatnonzero(pool.usable).tolist()
    k = pool.n_clusters
    weights = [cds_of(pool, c) for c in range(k)]
    seats = [0] * k
    vertices: set[str] = set()
    edges: set[frozenset[str]] = set()
    order, worths = [], []

    def worth(row: int) -> float:
        pairs = combinations(pool.concepts.of(row), 2)
        apart = sum({a, b} <= vertices and frozenset((a, b)) not in edges for a, b in pairs)
        ies = pool.divergence[row] / (2 * np.log(max(pool.tokens[row], 2)))
        return ies / (1 + apart) if ies > 0 else ies * (1 + apart)

    while rest:
        left = [sum(pool.labels[r] == c for r in rest) for c in range(k)]
        cluster = next_seat(weights, seats, left)
        row = min((r for r in rest if pool.labels[r] == cluster), key=lambda r: (-worth(r), r))
        order.append(row)
        worths.append(worth(row))
        seats[cluster] += 1
        rest.remove(row)
        words = pool.concepts.of(row)
        vertices |= set(words)
        edges |= {frozenset(pair) for pair in combinations(words, 2)}
    return order, worths


@given(pools(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_soft_conflicts_are_those_of_a_slow_walk(pool, signed):
    if signed:  # as the loss gap may be
        pool = replace(pool, divergence=pool.divergence - 0.3)
    ranking = rank_samples(pool, Setting(of_count(pool.n), selector="paser-soft"))
    order, worths = softly(pool)
    assert ranking.at(pool.n).rows.tolist() == order
    np.testing.assert_allclose(ranking.score[order], worths, rtol=1e-12)
    assert not (ranking.rejected_at >= 0).any()


def test_a_conflict_halves_a_score_and_does_not_reject():
    words = [["a", "x"], ["b", "y"], ["a", "b"], ["c"]]
    pool = make([0.9, 0.8, 0.7, 0.5], [8] * 4, [0] * 4, words)
    assert select_rows(pool, "paser") == [0, 1, 3]
    assert select_rows(pool, "paser-soft") == [0, 1, 3, 2]
    better = make([0.9, 0.8, 0.7, 0.3], [8] * 4, [0] * 4, words)
    assert select_rows(better, "paser-soft") == [0, 1, 2, 3]  # half of 0.7 is more than 0.3


def test_a_conflict_never_lifts_a_sample_that_became_better():
    words = [["a", "x"], ["b", "y"], ["a", "b"], ["c"]]
    pool = make([0.9, 0.8, -0.1, -0.15], [8] * 4, [0] * 4, words)
    assert select_rows(pool, "paser-soft") == [0, 1, 3, 2]


def select_rows(pool, name: str) -> list[int]:
    return rank_samples(pool, Setting(of_count(pool.n), selector=name)).at(pool.n).rows.tolist()


def test_without_conflicts_soft_is_paser(demo):
    setting = Setting(of_count(2000)).changed(concepts={"per_sample": 0})
    soft = select_from_run(demo, setting.changed(selector="paser-soft"))
    assert soft.rows.tolist() == select_from_run(demo, setting).rows.tolist()


def test_many_concepts_change_what_soft_takes(demo):
    setting = Setting(of_count(1000)).changed(
        concepts={"per_sample": 24, "max_document_frequency": 1.0}
    )
    soft = select_from_run(demo, setting.changed(selector="paser-soft"))
    free = select_from_run(demo, setting.changed(selector="paser-without-ntm"))
    assert soft.n_selected == 1000
    assert 0 < len(np.setdiff1d(soft.rows, free.rows)) < 1000


def similar_in(vectors: np.ndarray) -> np.ndarray:
    """Row i, column j: how well j stands for i. Itself and its 256 nearest, cosine, not below 0."""
    similar = np.maximum(vectors.astype(float) @ vectors.T.astype(float), 0)
    np.fill_diagonal(similar, 1)
    for row in similar:
        row[np.argsort(-row, kind="stable")[257:]] = 0
    return similar


@pytest.mark.parametrize("knobs", [{}, {"signal": "loss_gap", "aggregate": "sum"}])
def test_coverage_takes_what_adds_most_to_the_covered_damage(demo, knobs):
    setting = Setting(of_count(400), selector="paser-coverage", **knobs)
    pool = candidates(demo, setting)
    selection = rank_samples(pool, setting).at(400)
    score = selection.ranking.score
    for cluster in range(demo.n_clusters):
        rows = np.flatnonzero(pool.usable & (demo.labels == cluster))
        # Of equal vectors the first stands for all of them.
        _, first, place = np.unique(
            pool.vectors[rows], axis=0, return_index=True, return_inverse=True
        )
        damage = np.bincount(place.ravel(), weights=np.maximum(pool.divergence[rows], 0))
        distinct = rows[first]
        similar = similar_in(pool.vectors[distinct])
        best = np.zeros(len(distinct))
        for row in selection.rows[demo.labels[selection.rows] == cluster]:
            adds = np.maximum(similar - best[:, None], 0).T @ damage
            mine = int(np.flatnonzero(distinct == row)[0])
            assert adds[mine] >= adds.max() - 1e-4 * damage.sum()
            assert score[row] == pytest.approx(adds[mine], abs=1e-4 * damage.sum())
            best = np.maximum(best, similar[:, mine])


def test_coverage_changes_the_order_inside_a_cluster_and_nothing_else(demo):
    setting = Setting(of_count(418))
    free = select_from_run(demo, setting.changed(selector="paser-without-ntm"))
    covering = select_from_run(demo, setting.changed(selector="paser-coverage"))
    assert covering.allocated.tolist() == free.allocated.tolist() == covering.accepted.tolist()
    assert set(covering.rows.tolist()) != set(free.rows.tolist())
    small = select_from_run(demo, setting.changed(budget=of_count(60), selector="paser-coverage"))
    assert covering.rows[:60].tolist() == small.rows.tolist()


def test_one_part_differs():
    paser = selector_of("paser")

    def other(name: str, than=paser) -> set[str]:
        rule = selector_of(name)
        found = {f.name for f in fields(rule) if getattr(rule, f.name) != getattr(than, f.name)}
        return found - {"label", "family", "meaning", "drawn", "shown"}

    assert other("paser-coverage") == {"score", "graph"}
    assert other("paser-soft") == {"score", "graph", "weighs_graph"}
    assert other("paser-recoverable") == {"weights", "needs"}
    assert other("paser-balanced-coverage", selector_of("paser-coverage")) == {"weights"}
    assert other("paser-balanced", selector_of("proportional")) == {"weights", "damage"}


@pytest.mark.parametrize("name", ["paser-balanced", "paser-balanced-coverage"])
def test_half_of_the_seats_go_by_size_and_half_by_damage(demo, name):
    setting = Setting(of_count(400), selector=name)
    pool = candidates(demo, setting)
    found = rank_samples(pool, setting).at(400)
    usable = [np.flatnonzero(pool.usable & (demo.labels == c)) for c in range(demo.n_clusters)]
    sizes = np.array([len(rows) for rows in usable])
    cds = np.array([pool.divergence[rows].mean() for rows in usable])
    share = 200 * sizes / sizes.sum() + 200 * cds / cds.sum()
    assert found.accepted.sum() == 400
    assert np.abs(found.accepted - share).max() < 1  # rounded, not more
    # Others would be told apart.
    assert np.abs(found.accepted - 400 * sizes / sizes.sum()).max() > 2
    assert np.abs(found.accepted - 400 * cds / cds.sum()).max() > 2


def test_balanced_is_drawn_and_balanced_coverage_is_not(demo):
    for name, drawn in (("paser-balanced", True), ("paser-balanced-coverage", False)):
        one, other = (
            select_from_run(demo, Setting(of_count(400), selector=name, seed=seed))
            for seed in (0, 1)
        )
        assert one.accepted.tolist() == other.accepted.tolist()
        assert (set(one.rows.tolist()) != set(other.rows.tolist())) == drawn


def test_where_nothing_is_damaged_size_alone_gives_seats():
    pool = make([0.0] * 6, [8] * 6, [0, 0, 0, 0, 1, 1], [[]] * 6)
    found = rank_samples(pool, Setting(of_count(3), selector="paser-balanced")).at(3)
    assert found.accepted.tolist() == [2, 1]


def test_a_cluster_that_was_not_measured_gets_no_seat_and_takes_none_away():
    nan = float("nan")
    pool = make([0.5, 0.5, nan, nan, 0.1, 0.1], [8] * 6, [0, 0, 1, 1, 2, 2], [[]] * 6)
    for name in ("paser-balanced", "paser-soft"):
        assert sorted(select_rows(pool, name)) == [0, 1, 4, 5]


def test_what_is_forced_in_comes_first_and_the_order_stays(demo):
    setting = Setting(of_count(300), selector="paser-coverage")
    pool = candidates(demo, setting)
    plain = rank_samples(pool, setting).at(300).rows
    late = int(np.flatnonzero(pool.usable & ~np.isin(np.arange(demo.n), plain))[0])
    forced = rank_samples(pool, setting, Overrides((late,))).at(300).rows
    assert forced[0] == late
    for cluster in range(demo.n_clusters):
        inside = [r for r in forced[1:] if demo.labels[r] == cluster]
        before = [r for r in plain if demo.labels[r] == cluster]
        assert inside == before[: len(inside)] or before == inside[: len(before)]
