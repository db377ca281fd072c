"""What samples can be narrowed by, against loops over the rows."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paser_core.explain.columns import kinds
from paser_core.explain.facets import Facets, Filter, Measure, Range
from paser_core.runs import Run
from paser_core.selection import Setting, Status
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@pytest.fixture(scope="module")
def facets():
    run = Run.open(DEMO)
    return Facets(run, select_from_run(run, Setting.of(run)))


@pytest.fixture(scope="module")
def table(facets):
    """A dict for every row, out of what the run says of one sample at a time."""
    run, selection = facets.run, facets.selection
    damage = selection.ranking.candidates.divergence
    capability = run.columns("capability")["capability"].tolist()
    tokens = run.columns("prompt_tokens", "response_tokens").sum(axis=1).tolist()
    return [
        {
            "status": selection.status_of(row),
            "cluster": int(run.labels[row]),
            "capability": capability[row],
            Measure.DAMAGE: float(damage[row]),
            # No model read a row of 0 tokens: that is no length.
            Measure.TOKENS: float(tokens[row]) if tokens[row] else math.nan,
            Measure.IES: float(damage[row]) / (2 * math.log(max(tokens[row], 2))),
        }
        for row in range(run.n)
    ]


def passes(sample, asked, without=None):
    """Whether a sample passes, every facet but one."""
    if without != "status" and asked.statuses and sample["status"] not in asked.statuses:
        return False
    if without != "cluster" and asked.clusters and sample["cluster"] not in asked.clusters:
        return False
    wanted = asked.values.get("capability", ())
    if without != "capability" and wanted and sample["capability"] not in wanted:
        return False
    return all(
        measure == without or wanted.low <= sample[measure] <= wanted.high
        for measure, wanted in asked.ranges.items()
    )


def some_filters(table):
    names = sorted({sample["capability"] for sample in table})
    statuses = [(), (Status.SELECTED,), (Status.CONFLICT, Status.INVALID)]
    clusters = [(), (0,), (1, 3)]
    values = [{}, {"capability": tuple(names[:2])}, {"capability": ()}]
    ranges = [
        {},
        {Measure.TOKENS: Range(20, 60)},
        {Measure.DAMAGE: Range(0.05, 0.3), Measure.IES: Range(0.0, 0.02)},
    ]
    return [Filter(*parts) for parts in itertools.product(statuses, clusters, values, ranges)]


def test_rows_are_those_that_pass_every_facet(facets, table):
    lengths = set()
    for asked in some_filters(table):
        expected = [row for row, sample in enumerate(table) if passes(sample, asked)]
        assert facets.rows(asked).tolist() == expected
        lengths.add(len(expected))
    assert len(lengths) > 20, "the filters should differ in what they let through"


def test_counts_say_what_a_click_would_list(facets, table):
    column = facets.columns["capability"]
    for asked in some_filters(table)[::5]:
        for status in Status:
            alone = Filter((status,), asked.clusters, asked.values, asked.ranges)
            assert facets.of_status(asked)[status.code] == len(facets.rows(alone))
        for cluster, count in enumerate(facets.of_cluster(asked)):
            assert count == sum(
                passes(sample, asked, "cluster") and sample["cluster"] == cluster
                for sample in table
            )
        for value, count in zip(column.values, facets.of_value("capability", asked), strict=True):
            assert count == sum(
                passes(sample, asked, "capability") and sample["capability"] == value
                for sample in table
            )


@pytest.mark.parametrize("measure", list(Measure))
def test_a_histogram_counts_every_measured_sample_once(facets, table, measure):
    asked = Filter((Status.SELECTED,), (), {}, {measure: Range(0.0, 1.0)})
    spread = facets.histogram(measure, asked)
    numbers = [sample[measure] for sample in table if math.isfinite(sample[measure])]
    assert spread.all.sum() == len(numbers)
    assert spread.edges[0] == min(numbers)
    assert spread.edges[-1] == max(numbers)
    assert (np.diff(spread.edges) > 0).all()
    assert spread.unmeasured == len(table) - len(numbers)
    passing = [s for s in table if passes(s, asked, measure) and math.isfinite(s[measure])]
    assert spread.passing.sum() == len(passing)
    whole = Filter(ranges={measure: Range(float(spread.edges[0]), float(spread.edges[-1]))})
    assert len(facets.rows(whole)) == len(numbers), "the whole range lists all that have a number"


def test_what_was_picked_and_found_narrows_too(facets, table):
    picked, hits = np.arange(0, 400), np.arange(100, 900, 7)
    asked = Filter((), (0, 1))
    expected = [
        row
        for row in range(100, 400, 1)
        if (row - 100) % 7 == 0 and table[row]["cluster"] in (0, 1)
    ]
    assert facets.rows(asked, picked, hits).tolist() == expected
    assert facets.of_cluster(asked, picked, hits)[0] == sum(
        table[row]["cluster"] == 0 for row in expected
    )


def test_what_the_run_does_not_have_lets_nothing_pass(facets):
    nobody = Facets(facets.run, None)
    assert not len(nobody.rows(Filter((Status.SELECTED,))))
    assert not len(nobody.rows(Filter(ranges={Measure.IES: Range(0, 1)})))
    assert not len(facets.rows(Filter(values={"color": ("red",)})))
    assert len(nobody.rows(Filter())) == facets.run.n
    assert Measure.DAMAGE not in nobody.measures


def test_columns_that_name_samples_are_no_kinds(facets):
    found = kinds(facets.run)
    assert "capability" in found
    for name, column in found.items():
        texts = facets.run.columns(name)[name].astype("string").fillna("(none)").tolist()
        assert [column.values[code] for code in column.codes] == texts
        often = [texts.count(value) for value in column.values]
        assert often == sorted(often, reverse=True)
        assert 2 <= len(column.values) <= 60
    left = set(facets.run.user_columns) - set(found)
    for name in left:
        assert not 2 <= facets.run.columns(name)[name].astype("string").nunique(dropna=False) <= 60


def test_a_cell_that_says_none_is_not_an_empty_one():
    class Told:
        """A run with columns of its own."""

        user_columns = ("plain", "said", "both")
        frame = pd.DataFrame(
            {
                "plain": ["a", None, None, "b", None],
                "said": ["(none)", None, "(none)", "(none)", "b"],
                "both": ["(none)", None, "(empty)", None, "((empty))"],
            }
        )

        def columns(self, name):
            return self.frame[[name]]

    found = kinds(Told())
    assert found["plain"].values[0] == "(none)"  # nobody else is called so
    assert dict(zip(found["said"].values, np.bincount(found["said"].codes), strict=True)) == {
        "(none)": 3,
        "(empty)": 1,
        "b": 1,
    }
    both = found["both"]
    assert [both.values[code] for code in both.codes] == [
        "(none)",
        "(((empty)))",
        "(empty)",
        "(((empty)))",
        "((empty))",
    ]
