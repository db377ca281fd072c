"""The compiled pass against an oracle that shares no code with it: sets, networkx, floats."""

from __future__ import annotations

import itertools
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_pools import make, pools

from paser_core.config import AllocationRule, Order, SelectionConfig, of_count
from paser_core.errors import ConfigError, SelectionError
from paser_core.selection import (
    Candidates,
    ConflictTable,
    Overrides,
    Status,
    reason_of,
    resolve_budget,
    select,
)
from paser_core.selection.allocation import paper_floor


def oracle(c: Candidates, budget: int, forced_in=(), forced_out=()):
    """Seat after seat for this budget only: accepted rows in order, rejected rows."""
    usable = [i for i in range(c.n) if c.usable[i]]
    members = {k: [i for i in usable if c.labels[i] == k] for k in range(c.n_clusters)}
    cds = {
        k: (sum(float(c.divergence[i]) for i in rows) / len(rows) if rows else 0.0)
        for k, rows in members.items()
    }
    ies = {i: c.divergence[i] / np.log(float(max(c.tokens[i], 2)) ** 2) for i in usable}
    queue = {
        k: sorted(
            (i for i in rows if i not in forced_in and i not in forced_out),
            key=lambda i: (-ies[i], i),
        )
        for k, rows in members.items()
    }
    graph = nx.Graph()
    seats = dict.fromkeys(members, 0)
    accepted: list[int] = []
    rejected: list[int] = []

    def add(i):
        words = c.concepts.of(i)
        graph.add_nodes_from(words)
        graph.add_edges_from(combinations(words, 2))
        accepted.append(i)

    for i in forced_in:
        add(i)
        seats[int(c.labels[i])] += 1
    while len(accepted) < budget:
        open_clusters = [k for k in queue if queue[k]]
        if not open_clusters:
            break
        quotient = {k: cds[k] / (2 * seats[k] + 1) for k in open_clusters}
        top = max(quotient.values())
        # Ties go to the lower cluster; without any damage the emptiest cluster comes first.
        tied = [k for k in open_clusters if quotient[k] == top]
        best = min(tied, key=lambda k: (seats[k] if top == 0 else 0, k))
        while queue[best]:
            i = queue[best].pop(0)
            words = [w for w in c.concepts.of(i) if w in graph]
            if all(graph.has_edge(a, b) for a, b in combinations(words, 2)):
                add(i)
                seats[best] += 1
                break
            rejected.append(i)
    return accepted, rejected


@given(pools(), st.data())
@settings(max_examples=100, deadline=None)
def test_every_budget_equals_the_oracle(candidates, data):
    usable = np.flatnonzero(candidates.usable).tolist()
    forced = data.draw(st.permutations(usable)) if usable else []
    cut = data.draw(st.integers(0, min(3, len(forced))))
    forced_in, forced_out = tuple(forced[:cut]), tuple(forced[cut : cut + 2])
    overrides = Overrides(forced_in, forced_out)
    for budget in range(max(1, cut), candidates.n + 1):
        got = select(candidates, SelectionConfig(budget=of_count(budget)), overrides)
        accepted, rejected = oracle(candidates, budget, forced_in, forced_out)
        assert got.rows.tolist() == accepted
        conflicts = np.flatnonzero(got.status == Status.CONFLICT.code).tolist()
        assert sorted(conflicts) == sorted(rejected)


def quota_oracle(c: Candidates, quotas: list[int], clusterwise: bool):
    """Orders that know their budget: each cluster gives at most its quota, by its own queue."""
    usable = [i for i in range(c.n) if c.usable[i]]
    members = {k: [i for i in usable if c.labels[i] == k] for k in range(c.n_clusters)}
    cds = {k: float(np.mean(c.divergence[m])) if m else 0.0 for k, m in members.items()}
    queue = {
        k: sorted(m, key=lambda i: (-c.divergence[i] / np.log(float(max(c.tokens[i], 2)) ** 2), i))
        for k, m in members.items()
    }
    edges: set[frozenset[str]] = set()
    known: set[str] = set()
    given_by = dict.fromkeys(queue, 0)
    accepted: list[int] = []
    while True:
        open_ = [k for k in queue if queue[k] and given_by[k] < quotas[k]]
        if not open_:
            return accepted
        quotient = {k: cds[k] / (2 * given_by[k] + 1) for k in open_}
        top = max(quotient.values())
        tied = [k for k in open_ if quotient[k] == top]
        turn = min(tied, key=lambda k: (given_by[k] if top == 0 else 0, k))
        turn = min(open_) if clusterwise else turn
        while queue[turn]:
            i = queue[turn].pop(0)
            words = c.concepts.of(i)
            pairs = {frozenset(p) for p in combinations(words, 2)}
            if all(pair in edges for pair in pairs if pair <= known):
                accepted.append(i)
                given_by[turn] += 1
                known.update(words)
                edges |= pairs
                break


@given(pools())
@settings(max_examples=30, deadline=None)
def test_orders_that_know_their_budget_equal_an_oracle_too(candidates):
    for order, rule in itertools.product(Order, AllocationRule):
        if (order, rule) == (Order.INTERLEAVED, AllocationRule.SAINTE_LAGUE):
            continue  # needs no quotas; has its own oracle above
        for budget in range(1, candidates.n + 1):
            got = select(
                candidates, SelectionConfig(of_count(budget), allocation=rule, order=order)
            )
            usable = np.bincount(candidates.labels[candidates.usable], minlength=5)
            if rule is AllocationRule.PAPER:
                quotas = paper_floor(got.ranking.cds, budget, usable[: candidates.n_clusters])
            else:
                quotas = got.allocated
            expected = quota_oracle(candidates, list(quotas), order is Order.CLUSTERWISE)
            assert got.rows.tolist() == expected


@given(pools())
@settings(max_examples=60, deadline=None)
def test_selections_are_nested_and_every_sample_has_one_status(candidates):
    before: set[int] = set()
    for budget in range(1, candidates.n + 1):
        got = select(candidates, SelectionConfig(budget=of_count(budget)))
        rows = set(got.rows.tolist())
        assert before <= rows
        assert len(rows) == got.n_selected <= budget
        assert got.accepted.sum() + got.shortfall == budget
        invalid = np.flatnonzero(got.status == Status.INVALID.code)
        assert set(invalid) == set(np.flatnonzero(~candidates.usable))
        before = rows


@given(pools())
@settings(max_examples=60, deadline=None)
def test_evidence_names_pairs_that_never_met(candidates):
    got = select(candidates, SelectionConfig(budget=of_count(candidates.n)))
    for row in np.flatnonzero(got.status == Status.CONFLICT.code):
        evidence = ConflictTable.of(got.ranking).evidence(int(row))
        assert evidence is not None
        assert evidence.conflicts
        until = got.ranking.rejected_at[row]
        earlier = [
            set(candidates.concepts.of(i))
            for i in np.flatnonzero((got.ranking.rank > 0) & (got.ranking.rank <= until))
        ]
        for conflict in evidence.conflicts:
            assert any(conflict.first in words for words in earlier)
            assert any(conflict.second in words for words in earlier)
            assert not any({conflict.first, conflict.second} <= words for words in earlier)
            assert conflict.first in candidates.concepts.of(conflict.first_from)
        # Without the named concepts nothing is left that conflicts.
        rest = set(candidates.concepts.of(int(row))) - set(evidence.without)
        known = [w for w in rest if any(w in words for words in earlier)]
        assert all(any({a, b} <= words for words in earlier) for a, b in combinations(known, 2))


def test_the_paper_s_appendix_j():
    samples = [
        ["quantum computing", "qubit", "superposition", "entanglement"],
        ["cpu", "ram", "hard drive", "binary logic"],
        ["deep learning", "neural network", "backpropagation", "optimization"],
        ["qubit", "quantum computer", "computational power", "quantum states",
         "error correction", "quantum parallelism", "coherence"],
        ["quantum computing", "deep learning", "neural network", "speedup"],
    ]  # fmt: skip
    # One cluster, falling divergence: the samples come in the order of the paper.
    candidates = make([0.9, 0.8, 0.7, 0.6, 0.5], [8] * 5, [0] * 5, samples)
    got = select(candidates, SelectionConfig(budget=5))
    assert got.rows.tolist() == [0, 1, 2, 3]
    assert got.status_of(4) is Status.CONFLICT
    evidence = ConflictTable.of(got.ranking).evidence(4)
    assert evidence is not None
    assert {frozenset((c.first, c.second)) for c in evidence.conflicts} == {
        frozenset(("quantum computing", "deep learning")),
        frozenset(("quantum computing", "neural network")),
    }
    assert evidence.without == ("quantum computing",)
    assert "quantum computing" in reason_of(got, 4, evidence)
    assert got.shortfall == 1
    assert got.warnings


def test_other_rules_keep_to_their_quotas():
    rng = np.random.default_rng(3)
    n = 300
    candidates = make(
        rng.random(n),
        rng.integers(5, 90, n),
        rng.integers(0, 4, n).tolist(),
        [[] for _ in range(n)],
    )
    cds = select(candidates, SelectionConfig(budget=10)).ranking.cds
    floor = select(candidates, SelectionConfig(100, allocation=AllocationRule.PAPER))
    assert floor.accepted.tolist() == np.floor(100 * cds / cds.sum()).astype(int).tolist()
    for order in Order:
        got = select(candidates, SelectionConfig(100, order=order))
        assert got.accepted.tolist() == got.allocated.tolist()


@pytest.mark.parametrize(("budget", "expected"), [(0.2, 2), (0.25, 3), (7, 7), (0.04, 0)])
def test_a_fraction_is_of_all_samples_rounded_to_nearest(budget, expected):
    candidates = make([0.5] * 10, [8] * 10, [0] * 10, [[] for _ in range(10)])
    assert select(candidates, SelectionConfig(budget=budget)).budget == expected


@pytest.mark.parametrize("budget", [-1, 1.5, float("nan"), float("inf"), 1, "1", "all", None, True])
def test_a_budget_without_meaning_is_rejected(budget):
    for rejected in (lambda: SelectionConfig(budget=budget), lambda: resolve_budget(budget, 9)):
        with pytest.raises(ConfigError, match="budget"):
            rejected()


def test_forced_samples_must_exist_and_fit():
    candidates = make([0.5, 0.4], [8, 8], [0, 0], [[], []], [True, False])
    for overrides, words in (
        (Overrides(forced_in=(1,)), "cannot be forced in"),
        (Overrides(forced_in=(5,)), "does not exist"),
        (Overrides(forced_in=(0,), forced_out=(0,)), "decide for one"),
    ):
        with pytest.raises(SelectionError, match=words):
            select(candidates, SelectionConfig(budget=2), overrides)
