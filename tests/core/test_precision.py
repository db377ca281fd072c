"""The precision of the concept graph: who counts, against counting by hand and against scipy."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

from paser_core.explain.precision import Precision, Rejections, by_method, precision, told
from paser_core.review import Edit, Kind, Verdict, fold
from paser_core.review.verdicts import pack
from paser_core.runs import Run
from paser_core.selection import Setting, Status
from paser_core.selection.conflicts import ConflictTable
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
SETTING = Setting(2000, 1.0)
T, F, U = Verdict.TRUE, Verdict.FALSE, Verdict.UNSURE


@pytest.fixture(scope="module")
def run():
    return Run.open(DEMO)


@pytest.fixture(scope="module")
def rejected(run):
    return Rejections.of_run(run, SETTING)


def judged(rejected, verdicts):
    """The state after verdicts, as ``(place in the order, author, verdict)``."""
    edits = []
    for number, (at, author, verdict) in enumerate(verdicts, 1):
        clash = rejected.clash(int(rejected.rows[at]))
        value = pack(clash, verdict)
        edits.append(
            Edit(
                Kind.VERDICT, clash.sample, author, value, id=number, time=datetime.now(UTC)
            )
        )  # fmt: skip
    return fold(edits)


@pytest.mark.parametrize(("true", "false"), [(0, 1), (1, 0), (2, 3), (30, 0), (7, 93), (500, 1)])
def test_the_interval_is_wilsons(true, false):
    found = Precision(1_000, true=true, false=false, unsure=5, disputed=2)
    expected = binomtest(true, true + false).proportion_ci(0.95, method="wilson")
    assert found.interval == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert found.share == true / (true + false)


def test_the_rejected_are_all_the_rejected_once(run, rejected):
    selection = select_from_run(run, SETTING)
    assert set(rejected.rows) == set(np.flatnonzero(selection.status == Status.CONFLICT.code))
    assert len(set(rejected.rows)) == len(rejected.rows) > 100
    history = ConflictTable.of(selection.ranking)
    for row in rejected.rows[:20].tolist():
        first = history.evidence(row).conflicts[0]
        clash = rejected.clash(row)
        assert clash.sample == run.ids[row]
        assert clash.concepts == (first.first, first.second)
        assert clash.accepted == (run.ids[first.first_from], run.ids[first.second_from])


def test_every_rejected_sample_is_as_likely_to_come_early(run):
    """Over seeds: which of the quarters of the order a sample is in, against equal shares."""
    selection = select_from_run(run, SETTING)
    table = ConflictTable.of(selection.ranking)
    orders = [Rejections.of(selection, run.ids, seed, table).rows for seed in range(200)]
    for row in orders[0][:: len(orders[0]) // 8].tolist():
        places = [int(np.flatnonzero(order == row)[0]) * 4 // len(order) for order in orders]
        assert chisquare(np.bincount(places, minlength=4)).pvalue > 1e-4


def test_another_budget_keeps_the_order(run, rejected):
    fewer = Rejections.of_run(run, replace(SETTING, budget=1500)).rows.tolist()
    more = rejected.rows.tolist()
    assert set(fewer) < set(more)
    assert [row for row in more if row in set(fewer)] == fewer


def test_what_people_force_does_not_move_it(run, rejected):
    forced = tuple(run.ids[row] for row in rejected.rows[:40].tolist())
    other = replace(SETTING, forced_in=forced)
    assert by_method(other) == SETTING
    again = Rejections.of_run(run, other)
    assert again.rows.tolist() == rejected.rows.tolist()
    state = judged(rejected, [(at, "Ann", F) for at in range(5)])
    assert precision(again, state) == precision(rejected, state)


def test_only_the_leading_stretch_counts(rejected):
    out_of_turn = [(0, "Ann", T), (1, "Ann", F), (3, "Ann", T), (9, "Ben", F)]
    found = precision(rejected, judged(rejected, out_of_turn))
    assert (found.true, found.false, found.waiting) == (1, 1, 2)
    found = precision(rejected, judged(rejected, [*out_of_turn, (2, "Ben", U)]))
    assert (found.true, found.false, found.unsure, found.waiting) == (2, 1, 1, 1)
    assert found.judged == 4
    assert found.rejected == len(rejected.rows)


def test_two_peoples_verdicts(rejected):
    state = judged(
        rejected,
        [
            (0, "Ann", T), (0, "Ben", T),  # agree
            (1, "Ann", T), (1, "Ben", F),  # disputed
            (2, "Ann", U), (2, "Ben", F),  # one knows
            (3, "Ann", U), (3, "Ben", U),  # nobody knows, and they agree on that
            (4, "Ann", F), (4, "Ann", T),  # changed their mind
        ],
    )  # fmt: skip
    found = precision(rejected, state)
    assert (found.true, found.false, found.unsure, found.disputed) == (2, 1, 1, 1)
    assert (found.shared, found.agreed) == (4, 2)
    said = " ".join(told(found))
    assert "4 samples judged by several people: they agree on 2." in said
    assert "Disputed: 1" in said
    assert "Unsure about 1" in said


def test_a_verdict_on_another_conflict_is_left_out(run, rejected):
    """With other knobs a sample may be rejected for another pair."""
    other = Rejections.of_run(run, replace(SETTING, budget=2000, temperature=3.0))
    moved = [
        row
        for row in set(other.rows.tolist()) & set(rejected.rows.tolist())
        if other.clash(row) != rejected.clash(row)
    ]
    assert moved
    at = rejected.rows.tolist().index(moved[0])
    found = precision(other, judged(rejected, [(at, "Ann", T)]))
    assert (found.judged, found.waiting, found.outdated) == (0, 0, 1)
    assert "1 rejected sample judged for another conflict" in " ".join(told(found))


def test_false_conflicts_that_are_not_the_only_ones_are_said(rejected):
    at = next(i for i, row in enumerate(rejected.rows.tolist()) if len(rejected.conflicts(row)) > 1)
    found = precision(rejected, judged(rejected, [(i, "Ann", F) for i in range(at + 1)]))
    assert found.further == 1
    assert f"1 of the {found.false} false conflict" in " ".join(told(found))


def test_nothing_and_little_is_said_as_such(rejected):
    nothing = precision(rejected, judged(rejected, []))
    assert math.isnan(nothing.share)
    assert told(nothing) == (
        f"Nobody has judged any of {len(rejected.rows)} rejected samples in turn yet.",
    )
    unsure = told(precision(rejected, judged(rejected, [(0, "Ann", U)])))
    assert unsure[0].startswith("No verdict on a conflict is settled; 1 of")
    assert "nan" not in " ".join(unsure)
    few = told(Precision(227, true=2, false=1))
    assert few[0] == (
        "Precision of the concept graph: 66.7 % (95 % interval 20.8 % to 93.9 %): 2 of 3 conflicts "
        "are true; 3 of 227 rejected samples judged."
    )
    assert few[1].startswith("Few verdicts: 3.")
    assert len(told(Precision(227, true=20, false=10))) == 1
