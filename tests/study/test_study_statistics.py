"""Every test statistic against its definition, written out in loops or another library."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
from scipy import special, stats

from paser_core.evaluate.figures import wilson as evaluated_wilson
from paser_core.study.statistics import (
    clustered_spearman,
    holm,
    mcnemar,
    mcnemar_over_seeds,
    spearman,
    t_test,
    wilson,
)

EXACT = {"rel": 1e-8, "abs": 1e-8}


def binomial_two_tailed(k, n):
    """Twice the smaller tail of n throws of a fair coin, at most 1."""
    return min(1.0, 2 * sum(math.comb(n, i) for i in range(min(k, n - k) + 1)) / 2**n)


def student_two_tailed(t, df):
    return special.betainc(df / 2, 0.5, df / (df + t * t))


def pair(only_a, only_b, right=3, wrong=2):
    a = [1] * only_a + [0] * only_b + [1] * right + [0] * wrong
    b = [0] * only_a + [1] * only_b + [1] * right + [0] * wrong
    return np.array(a, float), np.array(b, float)


def test_mcnemar_is_a_fair_coin_on_the_items_that_differ():
    for only_a, only_b in itertools.product(range(12), repeat=2):
        found = mcnemar(*pair(only_a, only_b))
        assert (found.only_a, found.only_b, found.same) == (only_a, only_b, 5)
        assert found.p == pytest.approx(binomial_two_tailed(only_a, only_a + only_b), **EXACT)


def test_mcnemar_counts_what_was_not_measured_and_takes_nothing_graded():
    a, b = pair(4, 1)
    a[-1], b[0] = np.nan, np.nan
    found = mcnemar(a, b)
    assert (found.only_a, found.only_b, found.same, found.left_out) == (3, 1, 4, 2)
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        mcnemar([0.5, 1], [1, 0])
    with pytest.raises(ValueError, match="same items"):
        mcnemar([1, 0], [1])


def test_mcnemar_over_seeds_takes_what_most_seeds_answer():
    nan = np.nan
    #             a alone, a alone, tie in a, both, b alone; a seed not measured once
    a = np.array([[1, 1, 1, 1, 0], [1, 1, 0, 1, 0], [0, nan, nan, 1, 0]])
    b = np.array([[0, 0, 1, 1, 1], [0, 1, 1, 0, 0], [1, 0, 0, 1, 1]], float)
    found = mcnemar_over_seeds(a, b)
    assert found.majority == mcnemar([1, 1, nan, 1, 0], [0, 0, 1, 1, 1])
    assert found.each == tuple(mcnemar(x, y) for x, y in zip(a, b, strict=True))
    assert found.p == min(1.0, 2 * np.mean([one.p for one in found.each]))
    with pytest.raises(ValueError, match="of both"):
        mcnemar_over_seeds(a, b[:2])


def test_wilson_limits_are_the_shares_that_a_score_test_just_does_not_reject():
    for n in (1, 10, 65):
        for right in range(n + 1):
            p = right / n
            for z, level in ((1.959963984540054, 0.95), (1.6448536269514722, 0.9)):
                low, high = wilson(right, n, level=level)
                for p0 in (low, high):
                    away = abs(p - p0) - z * math.sqrt(p0 * (1 - p0) / n)
                    # At 0 and 1 a limit is the share itself, which is a root, too.
                    assert away == pytest.approx(0, abs=1e-8)
                assert low <= p + 1e-12
                assert high >= p - 1e-12
            assert wilson(right, n) == pytest.approx(evaluated_wilson(p, n), abs=2e-5)
    with pytest.raises(ValueError, match="3 right of 2"):
        wilson(3, 2)


def test_holm_is_the_closed_test_of_every_subset():
    # A hypothesis is rejected when every set of hypotheses with it in is rejected by Bonferroni.
    chance = np.random.default_rng(0)
    for n in range(1, 7):
        p = [*chance.random(n - 1) ** 3, 0.02]
        for i, found in enumerate(holm(p)):
            others = [j for j in range(n) if j != i]
            sets = [(i, *more) for k in range(n) for more in itertools.combinations(others, k)]
            slow = max(min(1.0, len(s) * min(p[j] for j in s)) for s in sets)
            assert found == pytest.approx(slow, **EXACT)


def test_holm_is_that_of_statsmodels():
    from statsmodels.stats.multitest import multipletests

    draw = np.random.default_rng(5)
    for count in (1, 2, 7, 30):
        p = draw.random(count) ** 3
        p[-1] = p[0]  # a tie
        assert holm(p.tolist()) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)


def test_holm_counts_a_comparison_that_could_not_be_made():
    assert holm([]) == ()
    first, missing, third = holm([0.01, None, 0.03])
    assert missing is None
    assert (first, third) == pytest.approx((0.03, 0.06))


def test_welch_by_hand():
    a, b = [0.79, 0.80, 0.792, 0.81, 0.788], [0.77, 0.82, 0.75]

    def mean_and_square(values):
        mean = sum(values) / len(values)
        return mean, sum((v - mean) ** 2 for v in values) / (len(values) - 1) / len(values)

    (ma, va), (mb, vb) = mean_and_square(a), mean_and_square(b)
    df = (va + vb) ** 2 / (va**2 / 4 + vb**2 / 2)
    found = t_test(a, b)
    t = (ma - mb) / math.sqrt(va + vb)
    assert (found.difference, found.t, found.df) == pytest.approx((ma - mb, t, df), **EXACT)
    assert found.p == pytest.approx(student_two_tailed(t, df), **EXACT)


def test_pairs_by_hand_and_what_is_missing():
    a, b = np.array([0.79, 0.80, np.nan, 0.81, 0.788]), np.array([0.77, 0.82, 0.75, 0.75, 0.78])
    found = t_test(a, b, paired=True)
    gaps = [0.02, -0.02, 0.06, 0.008]
    mean = sum(gaps) / 4
    t = mean / math.sqrt(sum((g - mean) ** 2 for g in gaps) / 3 / 4)
    assert (found.difference, found.t, found.df, found.left_out) == pytest.approx((mean, t, 3, 1))
    assert found.p == pytest.approx(student_two_tailed(t, 3), **EXACT)
    assert t_test(a, b).left_out == 1


@pytest.mark.parametrize(
    ("a", "b", "paired"),
    [
        ([0.5], [0.4, 0.6], False),  # one seed
        ([0.5, 0.5], [0.4, 0.4], False),  # no seed differs from another
        ([0.5, 0.75], [0.25, 0.5], True),  # no pair does
    ],
)
def test_a_t_test_of_what_does_not_vary_is_none(a, b, paired):
    found = t_test(a, b, paired=paired)
    assert found.p is found.t is found.df is None
    assert found.difference == pytest.approx(np.mean(a) - np.mean(b))


def test_a_t_test_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no seed"):
        t_test([np.nan], [1.0, 2.0])
    with pytest.raises(ValueError, match="as many"):
        t_test([1.0], [1.0, 2.0], paired=True)


def slow_rho(x, y):
    """Pearson's r of mid-ranks, counted."""

    def ranks(values):
        return [sum(w < v for w in values) + (sum(w == v for w in values) + 1) / 2 for v in values]

    rx, ry = ranks(x), ranks(y)
    mx, my = sum(rx) / len(rx), sum(ry) / len(ry)
    both = sum((a - mx) * (b - my) for a, b in zip(rx, ry, strict=True))
    return both / math.sqrt(sum((a - mx) ** 2 for a in rx) * sum((b - my) ** 2 for b in ry))


def test_spearman_by_counted_ranks_with_ties_and_bonett_and_wrights_interval():
    x, y = [1, 2, 2, 5, 3, 9, 7], [0.1, 0.4, 0.3, 0.3, 0.9, 0.8, 0.7]
    found = spearman([*x, np.nan, 4], [*y, 1, np.nan])
    rho = slow_rho(x, y)
    assert (found.n, found.clusters, found.left_out) == (7, 7, 2)
    assert found.rho == pytest.approx(rho, **EXACT)
    half = 1.959963984540054 * math.sqrt((1 + rho**2 / 2) / 4)
    limits = [math.tanh(0.5 * math.log((1 + rho) / (1 - rho)) + sign * half) for sign in (-1, 1)]
    assert (found.low, found.high) == pytest.approx(limits, **EXACT)


def test_spearman_of_too_little():
    assert spearman([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]).rho is None
    few = spearman([1, 2, 3, 4], [1, 3, 2, 4])
    assert few.rho == pytest.approx(0.8)
    assert few.low is few.high is None
    with pytest.raises(ValueError, match="same points"):
        spearman([1, 2], [1])
    exact = spearman(range(6), range(6))
    assert 0.9 < exact.low < exact.high <= 1


@pytest.mark.parametrize("within", [False, True])
def test_clustered_rank_correlation_leaves_out_one_capability_at_a_time(within):
    chance = np.random.default_rng(1)
    x, y = chance.random((3, 8)), chance.random((3, 8))
    y[1, 2] = np.nan
    y[:, 5] = np.nan  # a capability of which nothing is known

    def rho(columns):
        rows = [[(x[k, c], y[k, c]) for c in columns if not math.isnan(y[k, c])] for k in range(3)]
        groups = rows if within else [[point for row in rows for point in row]]
        return sum(slow_rho(*zip(*group, strict=True)) for group in groups) / len(groups)

    there = [0, 1, 2, 3, 4, 6, 7]
    z = [math.atanh(rho([c for c in there if c != out])) for out in there]
    se = math.sqrt(6 / 7 * sum((one - sum(z) / 7) ** 2 for one in z))
    half = stats.t.ppf(0.975, 6) * se
    found = clustered_spearman(x, y, within=within)
    assert (found.n, found.clusters, found.left_out) == (20, 7, 4)
    assert found.rho == pytest.approx(rho(there), **EXACT)
    expected = [math.tanh(math.atanh(rho(there)) + sign * half) for sign in (-1, 1)]
    assert (found.low, found.high) == pytest.approx(expected, **EXACT)


def test_a_level_of_compressions_counts_only_between_them():
    chance = np.random.default_rng(2)
    x, y = chance.random((2, 12)), chance.random((2, 12))
    x[1] += 10
    y[1] += 10
    assert clustered_spearman(x, y).rho > 0.6
    assert abs(clustered_spearman(x, y, within=True).rho) < 0.5
    with pytest.raises(ValueError, match="compressions, capabilities"):
        clustered_spearman(x[0], y[0])


def test_importing_loads_no_library():
    code = (
        "import sys, paser_core.study.statistics\n"
        "print([n for n in ('scipy', 'statsmodels', 'pandas', 'torch') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
