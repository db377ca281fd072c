"""Worth against sums by hand, the concept graph against sets, agreement within clusters against pairs."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selected import QUICK, rows_by

from paser_core.compare import (
    Stability,
    chosen,
    compare,
    consistent,
    expected_overlap,
    recluster,
    recluster_beside,
    stability,
    stability_of,
    worth,
)
from paser_core.config import SelectionConfig
from paser_core.errors import RunError
from paser_core.runs import Run
from paser_core.selection import Setting, select, selector_of
from paser_core.selection.of_run import select_from_run
from paser_core.stages.concepts import build_table, filter_concepts

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


@pytest.fixture(scope="module")
def table(demo):
    return filter_concepts(demo.concepts, demo.config.concepts)


def let_through(concepts, rows):
    """The rule, by sets: every pair of known concepts must have been seen together."""
    known, seen, answers = set(), set(), []
    for row in rows:
        own = concepts[row]
        pairs = {frozenset(pair) for pair in itertools.combinations(own, 2)}
        fits = all(pair in seen for pair in pairs if pair <= known)
        answers.append(fits)
        if fits:
            known |= set(own)
            seen |= pairs
    return answers


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_the_graph_lets_through_what_sets_let_through(data):
    words = st.lists(st.sampled_from("abcdefgh"), max_size=4, unique=True)
    concepts = data.draw(st.lists(words, min_size=1, max_size=20))
    rows = data.draw(st.permutations(range(len(concepts))))
    rows = rows[: data.draw(st.integers(0, len(rows)))]
    got = consistent(build_table(concepts), np.array(rows, np.int64))
    assert got.tolist() == let_through(concepts, rows)


def test_the_graph_lets_through_what_it_selected_itself(demo, table):
    selection = select_from_run(demo, Setting(500))
    assert consistent(table, selection.rows).all()
    assert not consistent(table, rows_by("random", demo, Setting(500))).all()


@pytest.mark.parametrize("kind", QUICK)
def test_worth_is_what_adding_up_gives(demo, table, kind):
    rows = rows_by(kind, demo, Setting(300), 3)
    got = worth(demo, rows, SelectionConfig(temperature=1.7), table)
    divergence = [float(v) for v in demo.divergence_at(1.7)]
    total = sum(divergence[r] for r in range(demo.n) if demo.valid[r])
    samples = demo.samples.iloc[rows]
    assert got.n == len(rows)
    assert got.divergence == pytest.approx(sum(divergence[r] for r in rows) / len(rows))
    assert got.covered == pytest.approx(sum(divergence[r] for r in rows) / total)
    assert got.response_tokens == pytest.approx(sum(samples["response_tokens"]) / len(rows))
    assert got.tokens == sum(samples["prompt_tokens"]) + sum(samples["response_tokens"])
    assert got.clusters == len({int(demo.labels[r]) for r in rows})
    concepts = [table.of(r) for r in range(demo.n)]
    assert got.consistent == pytest.approx(np.mean(let_through(concepts, rows)))


def test_the_most_divergent_samples_cover_most(demo, table):
    knobs = Setting(300)
    most = worth(demo, rows_by("divergence", demo, knobs), SelectionConfig(), table)
    for kind in QUICK:
        if selector_of(kind).everything:
            continue
        assert (
            worth(demo, rows_by(kind, demo, knobs), SelectionConfig(), table).covered
            <= most.covered
        )


def test_nothing_is_worth_nothing(demo, table):
    got = worth(demo, np.zeros(0, np.int64), SelectionConfig(), table)
    assert (got.n, got.covered, got.tokens, got.clusters) == (0, 0, 0, 0)
    assert math.isnan(got.divergence)
    assert math.isnan(got.response_tokens)
    assert math.isnan(got.consistent)


@given(
    st.lists(st.sets(st.integers(0, 9)), min_size=1, max_size=5),
    st.lists(st.integers(-1, 2), min_size=10, max_size=10),
)
@settings(max_examples=200, deadline=None)
def test_agreement_within_a_cluster_is_that_of_all_pairs(chosen, labels):
    times = np.array([sum(i in one for one in chosen) for i in range(10)], np.int32)
    square = np.eye(len(chosen))
    found = Stability(tuple(range(len(chosen))), 5, (), square, square[0], square, times)
    for got in found.within(np.array(labels, np.int32), 3):
        mine = {i for i in range(10) if labels[i] == got.cluster}
        parts = [one & mine for one in chosen]
        assert got.always == len(set.intersection(*parts))
        assert got.ever == len(set.union(*parts))
        pairs = list(itertools.combinations(parts, 2))
        either = sum(len(a | b) for a, b in pairs)
        if either:
            assert got.agreement == pytest.approx(sum(len(a & b) for a, b in pairs) / either)
        else:
            assert math.isnan(got.agreement)


def test_stability_can_be_put_together_from_its_parts(demo):
    knobs, seeds = Setting(400, 1.3), (7, 8)
    whole = stability(demo, knobs, seeds)
    own = select_from_run(demo, knobs)
    found = [recluster(demo, seed) for seed in seeds]
    pools = [own.ranking.candidates.in_clusters(again) for again in found]
    rows = [select(pool, knobs).rows for pool in pools]
    parts = stability_of(demo, own, rows, seeds, [again.n_clusters for again in found])
    for name in ("jaccard", "with_run", "random", "times"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    assert parts.budget == whole.budget == 400


def test_one_cluster_is_one_cluster_from_any_start(demo):
    single = Run(demo.path, demo.manifest)
    single.__dict__["clusters"] = demo.clusters.iloc[:1]
    single.__dict__["labels"] = np.where(demo.labels >= 0, 0, -1).astype(np.int32)
    again = recluster(single, 5)
    assert again.n_clusters == 1
    assert again.labels.tolist() == single.labels.tolist()


def test_a_process_on_the_side_finds_the_same_clusters(demo):
    seeds = (7, 8)
    later = recluster_beside(DEMO, seeds)
    for seed, found in zip(seeds, later.futures, strict=True):
        again, here = found.result(timeout=120), recluster(demo, seed)
        assert again.labels.tolist() == here.labels.tolist()
        assert again.n_clusters == here.n_clusters
    assert len(later.done) == 2
    assert later.seconds_left() == 0


def test_a_run_that_cannot_be_read_is_one_sentence(tmp_path):
    later = recluster_beside(tmp_path, (1, 2))
    assert later.seconds_left() is None
    for found in later.futures:
        with pytest.raises(RunError, match=str(tmp_path)):
            found.result(timeout=120)
    assert later.ended
    assert later.seconds_left() is None  # a failure is no measure of how long the others take
    with pytest.raises(RunError):
        _ = later.done


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks /proc who is running")
def test_the_process_ends_with_the_one_that_started_it():
    code = (
        "from pathlib import Path; from paser_core.compare import recluster_beside; "
        f"recluster_beside(Path({str(DEMO)!r}), range(1, 500)).futures[0].result(); "
        "print('one is found', flush=True); input()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout.readline() == "one is found\n"
    children = _children(parent.pid)
    assert len(children) == 1
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(map(_works, children)):
        time.sleep(0.1)
    assert not any(map(_works, children))


def _status(process):
    """State and parent of a process; nothing once it has gone."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return "", 0
    state, parent = text.rsplit(")", 1)[1].split()[:2]
    return state, int(parent)


def _works(process):
    return _status(process)[0] not in ("", "Z", "X")


def _children(process):
    numbers = (int(place.name) for place in Path("/proc").glob("[0-9]*"))
    return [number for number in numbers if _status(number)[1] == process]


def test_chance_knows_what_cannot_be_selected(demo):
    # Every other sample has a cluster, but its prompt left no room for a response.
    half = Run(demo.path, demo.manifest)
    half.__dict__["problems"] = tuple("too long" if row % 2 else None for row in range(demo.n))
    knobs = Setting(200)
    ours, blind = (rows_by(kind, half, knobs) for kind in ("ies", "random"))
    found = compare(chosen(half, ours, "a"), chosen(half, blind, "b"))
    able = sum(demo.labels[row] >= 0 for row in range(0, demo.n, 2))
    assert found.chance == expected_overlap(int(able), 200, 200)
    assert sum(shift.size for shift in found.shifts) == able
