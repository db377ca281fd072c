"""A sample whose divergence is NaN was not measured: it gets no seat, and nothing is made of the NaN.

The oracle throughout: the same samples, those without a divergence marked invalid, with any number in
its place. Whatever is answered must be answered alike.
"""

from __future__ import annotations

from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_pools import pools

from paser_core.compare.temperatures import over_temperature
from paser_core.compare.worth import worth
from paser_core.config import AllocationRule, Order, SelectionConfig, of_count
from paser_core.explain.gains import gains
from paser_core.explain.whatif import (
    counterfactual,
    sentences,
    temperatures_for,
    without_sample,
)
from paser_core.selection import Status, rank_samples, select
from paser_core.selection.conflicts import ConflictTable
from paser_core.selection.curves import marginal_curves


@st.composite
def partly_measured(draw):
    """Candidates with NaN for one sample, a whole cluster or all; their twins; where the NaN are."""
    candidates = draw(pools())
    which = draw(st.sampled_from(["one", "cluster", "all"]))
    blank = np.ones(candidates.n, bool)
    if which == "one":
        blank = np.arange(candidates.n) == draw(st.integers(0, candidates.n - 1))
    elif which == "cluster":
        blank = candidates.labels == draw(st.integers(0, candidates.n_clusters - 1))
    number = draw(st.floats(0, 1))
    return (
        replace(candidates, divergence=np.where(blank, np.nan, candidates.divergence)),
        replace(
            candidates,
            divergence=np.where(blank, number, candidates.divergence),
            valid=candidates.valid & ~blank,
        ),
        blank,
    )


@st.composite
def knobs(draw, n):
    return SelectionConfig(
        of_count(draw(st.integers(1, n))),
        allocation=draw(st.sampled_from(list(AllocationRule))),
        order=draw(st.sampled_from(list(Order))),
    )


def assert_alike(one, other):
    """Two results, field by field; NaN is like NaN."""
    for field in fields(one):
        np.testing.assert_equal(getattr(one, field.name), getattr(other, field.name))


@given(partly_measured(), st.data())
@settings(max_examples=150, deadline=None)
def test_no_seat_and_no_status_but_invalid(drawn, data):
    candidates, twin, blank = drawn
    config = data.draw(knobs(candidates.n))
    got, same = select(candidates, config), select(twin, config)
    assert not blank[got.rows].any()
    assert (got.status[blank] == Status.INVALID.code).all()
    assert got.status.tolist() == same.status.tolist()
    assert got.rows.tolist() == same.rows.tolist()
    unmeasured = np.bincount(candidates.labels[candidates.usable], minlength=5) == 0
    for k in np.flatnonzero(unmeasured[: candidates.n_clusters]):
        assert np.isnan(got.ranking.cds[k])
        assert got.allocated[k] == got.accepted[k] == got.rejected[k] == 0


@given(partly_measured(), st.data())
@settings(max_examples=100, deadline=None)
def test_only_models_that_were_compared_can_be_said_to_agree(drawn, data):
    candidates, _, _ = drawn
    measured = candidates.divergence[candidates.usable]
    said = " ".join(select(candidates, data.draw(knobs(candidates.n))).warnings)
    assert ("agree" in said) == (len(measured) > 0 and not measured.any())
    assert ("Nothing was measured" in said) == (len(measured) == 0)
    assert "nan" not in said.lower()


@given(partly_measured(), st.data())
@settings(max_examples=100, deadline=None)
def test_curves_are_those_of_what_was_measured(drawn, data):
    candidates, twin, blank = drawn
    budget = data.draw(st.integers(0, candidates.n))
    got, same = (
        marginal_curves(rank_samples(c, SelectionConfig()).at(budget)) for c in (candidates, twin)
    )
    for curve, other in zip(got.clusters, same.clusters, strict=True):
        assert_alike(curve, other)
        assert np.isfinite([*curve.marginal, *curve.share, curve.total]).all()
        if blank[candidates.labels == curve.cluster].all():
            assert curve.n_seats == curve.now == curve.total == 0
    assert got.enough == same.enough
    np.testing.assert_equal((got.now, got.reachable), (same.now, same.reachable))
    if blank.all():
        assert np.isnan([got.now, got.reachable]).all()
        assert all(enough.budget is None for enough in got.enough)


@given(partly_measured(), st.data())
@settings(max_examples=100, deadline=None)
def test_gains_are_those_of_what_was_measured(drawn, data):
    candidates, twin, blank = drawn
    budget = data.draw(st.integers(0, candidates.n))
    got, same = (gains(rank_samples(c, SelectionConfig()).at(budget)) for c in (candidates, twin))
    assert_alike(got, same)
    assert not blank[got.next_rows].any()
    if blank.all():
        assert got.usable == got.turning_point == len(got.next_rows) == 0
        # Of nothing no share is carried, not even none of it.
        assert np.isnan([*got.covered, got.carried, got.mean_all, got.mean_selected]).all()
        assert np.isnan(got.next_mean)


@given(partly_measured(), st.data())
@settings(max_examples=100, deadline=None)
def test_no_other_setting_is_promised_to_bring_it_in(drawn, data):
    candidates, twin, blank = drawn
    budget = data.draw(st.integers(1, candidates.n))
    selection, same = (rank_samples(c, SelectionConfig()).at(budget) for c in (candidates, twin))
    table, other = (ConflictTable.of(s.ranking) for s in (selection, same))
    for row in range(candidates.n):
        assert counterfactual(selection, table, row) == counterfactual(same, other, row)
    ids = [str(row) for row in range(candidates.n)]
    for row in np.flatnonzero(blank).tolist():
        found = counterfactual(selection, table, row)
        assert found.status is Status.INVALID
        assert found.enters_at is found.rejected_from is None
        assert not found.conflicts
        tried = temperatures_for(
            lambda _: rank_samples(candidates, SelectionConfig()), selection, row, [0.5, 2.0]
        )
        assert not tried.different
        assert sentences(found, ids, temperatures=tried) == (
            "Only other data changes that.",
            "At every temperature tried, 0.5 to 2, it is invalid too.",
        )
        for blocker in selection.rows.tolist():
            what = without_sample(
                lambda overrides: rank_samples(candidates, SelectionConfig(), overrides),
                selection,
                row,
                blocker,
            )
            assert what.status is Status.INVALID


@given(partly_measured(), st.data())
@settings(max_examples=50, deadline=None)
def test_compared_over_temperatures_and_by_worth_it_counts_for_nothing(drawn, data):
    candidates, twin, blank = drawn
    budget = data.draw(st.integers(1, candidates.n))
    got, same = (
        over_temperature(1.0, budget, lambda _, c=c: rank_samples(c, SelectionConfig()))
        for c in (candidates, twin)
    )
    assert_alike(got, same)
    for k in range(candidates.n_clusters):
        if blank[candidates.labels == k].all():
            assert np.isnan(got.cds[:, k]).all()
            assert np.isnan(got.ranks[:, k]).all()
    rows = np.array(data.draw(st.permutations(range(candidates.n))), np.int64)
    found, alike = (
        worth(as_run(c), rows, SelectionConfig(), c.concepts) for c in (candidates, twin)
    )
    assert_alike(found, alike)
    if blank.all():
        assert np.isnan([got.chance, *got.kept, found.divergence, found.covered]).all()
        assert found.clusters == 0
        assert got.sentence.startswith("Nothing is selected")


def as_run(candidates):
    """What :func:`worth` reads of a run."""
    return SimpleNamespace(
        divergence_at=lambda _: candidates.divergence,
        valid=candidates.valid,
        labels=candidates.labels,
        tokens=candidates.tokens,
        columns=lambda name: pd.DataFrame({name: candidates.tokens}),
    )
