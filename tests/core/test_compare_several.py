"""Several selections against plain sets, and the terms against one sample at a time."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.cli import main
from paser_core.compare import (
    Chosen,
    Term,
    alone_terms,
    chosen,
    compare_several,
    expected_overlap,
    lengths,
    makeup,
    terms_of,
)
from paser_core.errors import ConfigError
from paser_core.runs import Run
from paser_core.selection import Setting, Status
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
UNIVERSE = tuple("abcdefghij")
RULES = ("paser", "random", "ies", "longest", "proportional")


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


@pytest.fixture(scope="module")
def made(demo):
    setting = Setting(500, forced_in=(demo.ids[7],), forced_out=(demo.ids[11],))
    first = select_from_run(demo, setting)
    others = [select_from_run(demo, setting.alone(rule, 500)) for rule in RULES[1:]]
    return [first, *others]


def chosen_of(ids):
    return Chosen(
        "x",
        tuple(ids),
        UNIVERSE,
        np.zeros(len(UNIVERSE), np.int32),
        np.ones(len(UNIVERSE), bool),
        ("k",),
        {"sha256": "data"},
    )


@given(st.lists(st.lists(st.sampled_from(UNIVERSE), unique=True), min_size=2, max_size=8))
@settings(max_examples=100, deadline=None)
def test_several_are_what_sets_say(lists):
    found = compare_several([chosen_of(ids) for ids in lists])
    sets = [set(ids) for ids in lists]
    for i, j in itertools.product(range(len(sets)), repeat=2):
        both, either = sets[i] & sets[j], sets[i] | sets[j]
        assert found.shared[i, j] == len(both)
        assert found.jaccard[i, j] == pytest.approx(
            len(both) / len(either) if either else np.nan, nan_ok=True
        )
        if i != j:
            drawn = expected_overlap(len(UNIVERSE), len(sets[i]), len(sets[j]))
            assert found.chance[i, j] == pytest.approx(drawn.mean)
            assert (found.chance_low[i, j], found.chance_high[i, j]) == (drawn.low, drawn.high)
    for k, own in enumerate(sets):
        others = [s for i, s in enumerate(sets) if i != k]
        assert set(found.taken_alone[k]) == own - set().union(*others)
        assert set(found.left_alone[k]) == set.intersection(*others) - own
    assert found.in_all == len(set.intersection(*sets))
    assert found.in_any == len(set().union(*sets))


@pytest.mark.parametrize("n", [0, 1, 9])
def test_too_few_and_too_many_are_refused(n):
    with pytest.raises(ConfigError, match=rf"^{n} selections .*must be 2 to 8"):
        compare_several([chosen_of("ab")] * n)


def slow_term(leaver, taker, row):
    """One sample, looked at alone."""
    status = leaver.status_of(row)
    if taker.status_of(row) is Status.FORCED_IN or status is Status.FORCED_OUT:
        return Term.FORCED
    if status is Status.INVALID:
        return Term.NOT_RANKED
    if status is Status.CONFLICT:
        return Term.CONFLICT
    if leaver.ranking.weights is None and taker.ranking.weights is None:
        return Term.SCORE
    pool, score = leaver.ranking.candidates, leaver.ranking.score
    mates = [i for i in range(pool.n) if pool.labels[i] == pool.labels[row] and pool.usable[i]]
    ahead = sum(score[i] > score[row] or (score[i] == score[row] and i < row) for i in mates)
    has = sum(pool.labels[i] == pool.labels[row] for i in taker.rows.tolist())
    return Term.QUOTA if ahead < has else Term.SCORE


def test_terms_are_those_of_each_sample_alone(made):
    seen = set()
    for leaver, taker in itertools.permutations(made, 2):
        rows = np.setdiff1d(taker.rows, leaver.rows)
        few = rows[:: max(1, len(rows) // 60)]
        terms = terms_of(leaver, taker, few)
        assert list(terms) == [slow_term(leaver, taker, int(row)) for row in few]
        seen |= set(terms)
    assert {Term.QUOTA, Term.SCORE, Term.CONFLICT} <= seen


def test_people_and_exports_have_terms_of_their_own(demo, made):
    forced_in, forced_out = np.array([7]), np.array([11])
    assert terms_of(made[1], made[0], forced_in) == (Term.FORCED,)
    assert terms_of(made[0], made[1], forced_out) == (Term.FORCED,)
    assert terms_of(None, made[0], np.array([0, 7])) == (Term.UNKNOWN, Term.FORCED)


def test_what_is_taken_alone_has_one_term_or_several(demo, made):
    found = compare_several([chosen(demo, s, str(i)) for i, s in enumerate(made)])
    row_of = {identifier: row for row, identifier in enumerate(demo.ids)}
    for k in range(len(made)):
        explained = alone_terms(found, made, k, taken=True)
        terms = explained.terms
        assert explained.ids == found.taken_alone[k]
        assert len(terms) == len(explained.ids) == sum(explained.counts)
        for identifier, term in list(zip(found.taken_alone[k], terms, strict=True))[::25]:
            each = {
                slow_term(other, made[k], row_of[identifier])
                for j, other in enumerate(made)
                if j != k
            }
            assert term == (each.pop() if len(each) == 1 else Term.MIXED)


def test_lengths_and_makeup_are_counts_of_the_samples(demo, made):
    rows = made[0].rows
    samples = demo.samples.iloc[rows]
    got = lengths(demo, rows)
    assert got.n == len(rows)
    assert got.tokens == demo.tokens[rows].sum()
    assert got.response_mean == pytest.approx(samples["response_tokens"].astype(float).mean())
    assert got.characters_mean == pytest.approx(samples["output"].str.len().mean())
    column = demo.user_columns[0]
    frame = makeup(demo, column, {"A": rows, "none": np.zeros(0, np.int64)}).set_index("value")
    counts = samples[column].astype(str).value_counts()
    for value, share in frame["A"].items():
        assert share == pytest.approx(100 * counts.get(value, 0) / len(rows))
    assert frame["A"].sum() == pytest.approx(100)
    assert frame["none"].isna().all()


def test_the_command_compares_any_number(demo, capsys):
    code = main(
        ["compare", str(DEMO), "--budget=300", "--no-review", "--selector=random", "--selector=ies"]
    )
    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    setting = Setting(300)
    sides = [select_from_run(demo, setting)]
    sides += [select_from_run(demo, setting.alone(r, 300)) for r in ("random", "ies")]
    sets = [set(s.rows.tolist()) for s in sides]
    begin = lines.index("Samples in both")
    assert lines[begin + 1].split() == ["A", "B", "C"]
    for letter, own, line in zip("ABC", sets, lines[begin + 2 : begin + 5], strict=True):
        assert line.split() == [letter, *(str(len(own & other)) for other in sets)]
    alone = [line.split() for line in lines if line[1:].startswith(" takes alone")]
    for k, cells in enumerate(alone):
        others = set().union(*(s for i, s in enumerate(sets) if i != k))
        assert int(cells[3]) == len(sets[k] - others) == sum(map(int, cells[4:]))
