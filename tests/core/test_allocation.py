"""Seats: sum, caps, monotone, and an independent slow apportionment with exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.selection.allocation import paper_floor, seat_sequence

problems = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 30)), min_size=1, max_size=8)


def slow_sequence(weights: list[int], capacities: list[int]) -> list[int]:
    seats = [0] * len(weights)
    result = []
    while any(s < c for s, c in zip(seats, capacities, strict=True)):
        open_ = [k for k in range(len(weights)) if seats[k] < capacities[k]]
        best = min(open_, key=lambda k: (-Fraction(weights[k], 2 * seats[k] + 1), seats[k], k))
        if weights[best] > 0:
            top = Fraction(weights[best], 2 * seats[best] + 1)
            best = min(k for k in open_ if Fraction(weights[k], 2 * seats[k] + 1) == top)
        seats[best] += 1
        result.append(best)
    return result


@given(problems)
@settings(max_examples=200, deadline=None)
def test_sequence_equals_exact_fractions(problem):
    weights, capacities = zip(*problem, strict=True)
    got = seat_sequence(
        np.array(weights, float) * 2.0**-10, np.array(capacities, np.int64), sum(capacities)
    )
    expected = slow_sequence(list(weights), list(capacities))
    # Quotients that are equal as fractions can differ in the last bit of a float: compare those by
    # the sequence of quotients instead.
    if got.tolist() != expected:
        for sequence in (got.tolist(), expected):
            counts = np.bincount(sequence, minlength=len(weights))
            assert counts.tolist() == list(capacities)
        assert np.allclose(_quotients(weights, got), _quotients(weights, expected))


def _quotients(weights, sequence):
    seats = [0] * len(weights)
    values = []
    for k in sequence:
        values.append(weights[k] / (2 * seats[k] + 1))
        seats[k] += 1
    return values


@given(problems, st.integers(0, 300))
@settings(max_examples=200, deadline=None)
def test_sum_caps_and_monotone(problem, budget):
    weights = np.array([w for w, _ in problem], float)
    capacities = np.array([c for _, c in problem], np.int64)
    sequence = seat_sequence(weights, capacities, budget)
    counts = np.bincount(sequence, minlength=len(weights))
    assert len(sequence) == min(budget, capacities.sum())
    assert (counts <= capacities).all()
    longer = seat_sequence(weights, capacities, budget + 1)
    assert longer[: len(sequence)].tolist() == sequence.tolist()


@given(problems, st.integers(0, 300))
@settings(max_examples=200, deadline=None)
def test_floor_never_exceeds_budget_or_capacity(problem, budget):
    weights = np.array([w for w, _ in problem], float)
    capacities = np.array([c for _, c in problem], np.int64)
    floors = paper_floor(weights, budget, capacities)
    assert floors.sum() <= budget
    assert (floors <= capacities).all()
    if weights.sum() > 0:
        exact = [
            min(int(Fraction(int(w) * budget, int(weights.sum()))), int(c))
            for w, c in zip(weights, capacities, strict=True)
        ]
        assert floors.tolist() == exact
