"""Clusters put right by people: what follows is what a run with those clusters would say."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pandas.testing import assert_frame_equal
from report_page import read, rows, section

import paser_core
from paser_core.cli import main
from paser_core.errors import ConfigError, ReviewConflict, ReviewError, RunError
from paser_core.export import ExportConfig, read_selection, write_export
from paser_core.limits import check
from paser_core.registry import SELECTORS
from paser_core.review import Correction, Kind, Review, Wanted
from paser_core.runs import Run
from paser_core.runs.corrected import corrected
from paser_core.selection import Setting, rank_samples, selector_of
from paser_core.selection.of_run import candidates, select_from_run
from paser_core.stages.places import find_places
from paser_core.stages.scoring import cluster_scores

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
REASON = {"author": "Ann", "reason": "one thing"}


@pytest.fixture(scope="module")
def run():
    return Run.open(DEMO)


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("review.sqlite*", ".*"))
    return Run.open(folder)


def some(run, cluster, number=7):
    return tuple(run.ids[row] for row in np.flatnonzero(run.labels == cluster)[:number])


@pytest.fixture(scope="module")
def changed(run):
    """Cluster 5 goes into 2, seven of cluster 0 into 3, nine of cluster 1 are new."""
    k = run.n_clusters
    return corrected(
        run,
        (
            Correction(2, cluster=5),
            Correction(3, samples=some(run, 0)),
            Correction(k, samples=some(run, 1, 9), name="Odd ones"),
        ),
    )


def by_hand(run):
    """The same, written down sample by sample."""
    moved = dict.fromkeys(some(run, 0), 3) | dict.fromkeys(some(run, 1, 9), run.n_clusters)
    return np.array(
        [
            moved.get(i, 2 if label == 5 else label)
            for i, label in zip(run.ids, run.labels, strict=True)
        ]
    )


def test_nothing_corrected_is_the_run_itself(run):
    assert corrected(run, ()) is run


def test_labels_sizes_and_damage_are_those_of_the_new_clusters(run, changed):
    labels = by_hand(run)
    assert changed.labels.tolist() == labels.tolist()
    assert changed.samples["cluster"].tolist() == labels.tolist()
    assert changed.columns("cluster", "id")["cluster"].tolist() == labels.tolist()
    rows = [9, 3, 200]
    assert changed.taken(rows, "cluster")["cluster"].tolist() == labels[rows].tolist()
    table = changed.clusters
    assert len(table) == changed.n_clusters == run.n_clusters + 1
    divergence = run.divergence_at(1.0)
    for cluster in range(changed.n_clusters):
        inside = labels == cluster
        assert table["size"][cluster] == inside.sum()
        values = divergence[inside & run.valid & np.isfinite(divergence)]
        if len(values):
            assert table["cds"][cluster] == pytest.approx(values.mean())
    assert table["size"][5] == 0
    assert np.isnan(table["cds"][5])
    # Who was not touched is as before, the interval to the last bit.
    same = [k for k in range(run.n_clusters) if k not in (0, 1, 2, 3, 5)]
    assert_frame_equal(table.loc[same], run.clusters.loc[same], check_dtype=False, check_exact=True)
    assert len(table["keywords"][2]) > 0
    assert set(table["exemplars"][run.n_clusters]) <= set(some(run, 1, 9))
    assert changed.names[run.n_clusters] == "Odd ones"
    assert changed.names[5] == f"{run.names[5]} (merged into 2)"


def test_places_are_looked_for_in_the_new_clusters(run, changed):
    inside = changed.labels >= 0
    expected = find_places(run.coordinates[inside], by_hand(run)[inside])
    assert changed.places[inside].tolist() == expected.tolist()
    assert (changed.places[~inside] == -1).all()
    assert np.isnan(changed.stability_per_cluster[[0, 1, 2, 3, 5, run.n_clusters]]).all()


def test_what_was_said_of_other_clusters_is_said_as_such(run, changed):
    codes = [notice.code for notice in run.notices]
    assert any(code.startswith("cluster") for code in codes)
    for before, after in zip(run.notices, changed.notices, strict=True):
        about = before.code.startswith("cluster")
        assert after.text.startswith(before.text)
        assert (after.text != before.text) is about
        assert ("as the run found them" in after.text) is about


def test_memberships_go_along(run, changed):
    sums = changed.memberships[changed.labels >= 0].sum(axis=1)
    assert sums == pytest.approx(np.ones(len(sums)), abs=1e-5)
    assert np.isnan(changed.memberships[changed.labels < 0]).all()
    own = run.memberships[:, 2] + run.memberships[:, 5]
    kept = np.flatnonzero(changed.labels == 2)
    assert changed.membership[kept] == pytest.approx(own[kept])
    moved = [run.row_of[i] for i in some(run, 0)]
    assert changed.membership[moved].tolist() == [1.0] * 7


@pytest.mark.parametrize("name", sorted(n for n in SELECTORS if SELECTORS[n].needs is None))
def test_every_selector_takes_what_it_takes_in_clusters_numbered_anew(run, changed, name):
    """Against the same pool with the empty cluster left out: a number says nothing."""
    if selector_of(name).clusters is not None or selector_of(name).family == "clustering":
        pytest.skip("makes clusters of its own")
    knobs = Setting(600, selector=name)
    found = select_from_run(changed, knobs)
    assert len(found.rows) == select_from_run(run, knobs).n_selected
    pool = candidates(changed, knobs)
    number = np.cumsum(np.isin(np.arange(pool.n_clusters), pool.labels)) - 1
    labels = np.where(pool.labels >= 0, number[pool.labels], -1).astype(np.int32)
    compact = replace(pool, labels=labels, n_clusters=int(labels.max()) + 1)
    expected = rank_samples(compact, knobs).at(600)
    assert found.rows.tolist() == expected.rows.tolist()


def test_the_budget_follows(run, changed):
    knobs = Setting(800)
    labels, selection = by_hand(run), select_from_run(changed, knobs)
    scores = cluster_scores(
        run.divergence_at(1.0), labels, changed.n_clusters, run.valid, run.config.seed
    )
    assert selection.ranking.cds == pytest.approx(scores.cds, nan_ok=True)
    assert selection.allocated[5] == 0
    before = select_from_run(run, knobs)
    assert selection.allocated[2] > before.allocated[2]


def test_clusters_put_right_do_not_count_as_found_again(run):
    """Nobody looked for them: merging away the unstable ones makes no run stable."""
    weak = np.flatnonzero(run.stability_per_cluster < 0.6).tolist()
    assert weak
    changed = corrected(run, tuple(Correction(0, cluster=k) for k in weak if k))
    checked = check(changed, None, Setting.of(run), changed.names)
    (stable,) = [judged for judged in checked.limits if judged.name == "stable_clusters"]
    assert stable.value == 1
    left_out = np.isin(run.labels, [0, *weak]).sum()
    assert f"Not counted: {left_out:,} samples" in stable.told
    assert "Not counted" not in str(check(run, None, Setting.of(run), run.names))
    again = corrected(run, (Correction(0, cluster=weak[0]), Correction(1, cluster=2)))
    assert again.n_found == run.n_found == run.n_clusters


@pytest.mark.parametrize("since", ["merged the other way", "merged elsewhere", "moved into"])
def test_a_merge_is_not_redone_once_its_cluster_is_used_again(copy, since):
    """What is redone takes its old place: the cluster would be called merged, and have samples."""
    review = Review.of(copy)

    def correct(wanted):
        now = corrected(copy, review.state().corrections)
        return review.correct(wanted, **REASON, seen=review.revision(), names=now.names)

    merged = correct(Wanted(Kind.MERGE, 4, 3))
    undone = review.undo(merged.id, author="Ben", seen=review.revision())
    later = correct(
        {
            "merged the other way": Wanted(Kind.MERGE, 3, 4),
            "merged elsewhere": Wanted(Kind.MERGE, 5, 3),
            "moved into": Wanted(Kind.MOVE, 3, samples=some(copy, 0)),
        }[since]
    )
    with pytest.raises(ReviewError, match="cluster 3 has been corrected since"):
        review.undo(undone.id, author="Ben", seen=review.revision())
    review.undo(later.id, author="Ben", seen=review.revision())
    review.undo(undone.id, author="Ben", seen=review.revision())
    labels = corrected(copy, review.state().corrections).labels
    assert labels.tolist() == np.where(copy.labels == 3, 4, copy.labels).tolist()


def test_decisions_with_author_reason_undo_and_redo(copy):
    review, names = Review.of(copy), list(copy.names)

    def correct(wanted, **changes):
        now = corrected(copy, review.state().corrections)
        given = REASON | {"seen": review.revision(), "names": now.names} | changes
        return review.correct(wanted, **given)

    k = copy.n_clusters
    merged = correct(Wanted(Kind.MERGE, 2, 5))
    new = correct(Wanted(Kind.SPLIT, samples=some(copy, 1), name=" Odd  ones "))
    assert new.subject == k
    assert [e.author for e in review.history(k)] == ["Ann"]
    later = correct(Wanted(Kind.MOVE, k, samples=some(copy, 0)))
    assert review.state().corrections == (
        Correction(2, cluster=5),
        Correction(k, samples=some(copy, 1), name="Odd ones"),
        Correction(k, samples=some(copy, 0)),
    )
    with pytest.raises(ReviewError, match=r"would be without it. Undo what came later first"):
        review.undo(new.id, author="Ben", seen=review.revision())
    review.undo(later.id, author="Ben", seen=review.revision())
    undone = review.undo(new.id, author="Ben", seen=review.revision())
    review.undo(merged.id, author="Ben", seen=review.revision())
    assert review.state().corrections == ()
    # A number is never given twice: the undo may be undone.
    other = correct(Wanted(Kind.SPLIT, samples=some(copy, 3), name="Others"))
    assert other.subject == k + 1
    with pytest.raises(ReviewError, match=f"cluster {k} was undone"):
        correct(Wanted(Kind.MERGE, k, 1))
    review.undo(undone.id, author="Ben", seen=review.revision())
    assert corrected(copy, review.state().corrections).names == (*names, "Odd ones", "Others")


def test_what_cannot_be_is_refused(copy):
    review, names, k = Review.of(copy), copy.names, copy.n_clusters

    def correct(*wanted, **changes):
        given = REASON | {"seen": review.revision(), "names": names} | changes
        return review.correct(Wanted(*wanted), **given)

    for wanted, words in (
        ((Kind.MERGE, 2, 2), "into itself"),
        ((Kind.MERGE, k, 2), f"no cluster {k}; clusters go from 0 to {k - 1}"),
        ((Kind.MOVE, 2), "No sample was passed"),
        ((Kind.SPLIT, -1, None, ("a",), " "), "The name is empty"),
        ((Kind.SPLIT, -1, None, ("a",), names[3].upper()), "two clusters cannot share one"),
    ):
        with pytest.raises(ReviewError, match=words):
            correct(*wanted)
    with pytest.raises(ReviewError, match="The reason is empty"):
        correct(Kind.MERGE, 2, 5, reason="")
    assert review.revision() == 0
    correct(Kind.MERGE, 2, 5)
    for wanted in ((Kind.MERGE, 5, 1), (Kind.MERGE, 1, 5), (Kind.MOVE, 5, None, ("a",))):
        with pytest.raises(ReviewError, match="The cluster 5 was merged into cluster 2"):
            correct(*wanted)
    with pytest.raises(ReviewConflict, match="Ann has corrected the same clusters"):
        correct(Kind.MOVE, 2, None, ("a",), author="Ben", seen=0)
    correct(Kind.MOVE, 3, None, some(copy, 1, 1), author="Ben", seen=0)
    with pytest.raises(ReviewConflict, match="replaced by an older"):
        correct(Kind.MOVE, 4, None, ("b",), seen=99)


def test_a_sample_that_the_run_does_not_have_is_said(run):
    moved = corrected(run, (Correction(2, samples=("nobody",)),))
    with pytest.raises(RunError, match="'nobody' was moved"):
        _ = moved.labels


def paser(capsys, *arguments) -> str:
    assert main([str(a) for a in arguments]) == 0
    return capsys.readouterr().out


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_paser_select_replays_them_and_the_recipe_needs_no_database(copy, tmp_path, capsys):
    review, k = Review.of(copy), copy.n_clusters
    for wanted in (
        Wanted(Kind.MERGE, 2, 5),
        Wanted(Kind.MOVE, 3, samples=some(copy, 0)),
        Wanted(Kind.SPLIT, samples=some(copy, 1, 9), name="Odd: “ones”"),
    ):
        names = corrected(copy, review.state().corrections).names
        review.correct(wanted, **REASON, seen=review.revision(), names=names)
    out, again, plain = (tmp_path / name for name in ("out", "again", "plain"))
    said = paser(capsys, "select", copy.path, "--out", out)
    assert "Note: 1 cluster merged, 16 samples moved by people.\n" in said
    clusters = json.loads((out / "clusters.json").read_text(encoding="utf-8"))
    assert clusters[k]["name"] == "Odd: “ones”"
    assert clusters[k]["size"] == 9
    paser(capsys, "select", copy.path, "--no-review", "--out", plain)
    (copy.path / "review.sqlite").unlink()
    paser(capsys, "select", "--config", out / "selection.yaml", "--out", again)
    assert contents(again) == contents(out)
    assert (out / "train.jsonl").read_bytes() != (plain / "train.jsonl").read_bytes()
    assert "corrections" not in (plain / "selection.yaml").read_text(encoding="utf-8")


def test_the_front_door_and_the_report_have_them(copy):
    review, names = Review.of(copy), copy.names
    review.correct(Wanted(Kind.MERGE, 2, 5), **REASON, seen=0, names=names)
    door = paser_core.open(copy.path)
    both = np.isin(copy.labels, (2, 5)).sum()
    assert door.clusters["size"].tolist()[2] == both
    assert (door.samples["cluster"] == 2).sum() == both
    knobs = Setting(300)
    selection = door.select(budget=300)
    expected = select_from_run(corrected(copy, review.state().corrections), knobs)
    assert selection.ids == [copy.ids[row] for row in expected.rows]
    people = section(read(selection.html(("people",))), "people")
    (table,) = people.all("table")
    ((name, what, why, _),) = rows(table)
    assert name == copy.names[5] + " (merged into 2)"
    assert what == "Ann merged this cluster into cluster 2 (“one thing”)"
    assert why == "one thing"
    raw = door.select(budget=300, review=False)
    assert raw.ids == [copy.ids[row] for row in select_from_run(copy, knobs).rows]


@pytest.mark.parametrize("wrong", ["3", "[3]", "[{into: 2}]", "[{into: x, cluster: 1}]"])
def test_a_recipe_that_says_something_else_is_refused(run, tmp_path, wrong):
    knobs = Setting(20)
    write_export(run, select_from_run(run, knobs), knobs, tmp_path / "out", ExportConfig())
    file = tmp_path / "out" / "selection.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}corrections: {wrong}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"corrections has .*accepted: a list"):
        read_selection(file)


def test_ids_that_the_run_does_not_have_are_refused_by_name(copy):
    review = Review.of(copy)
    good = some(copy, 0, 2)
    for unknown, said in (
        (("nobody",), "no sample 'nobody'"),
        (("x1", "x2", "x3", "x4", "x5"), "no samples 'x1', 'x2', 'x3' and 2 more"),
    ):
        for wanted in (
            Wanted(Kind.MOVE, into=3, samples=(*good, *unknown)),
            Wanted(Kind.SPLIT, samples=(*good, *unknown), name="Odd ones"),
        ):
            with pytest.raises(ReviewError, match="give ids as") as caught:
                review.correct(wanted, seen=0, names=copy.names, **REASON)
            assert said in str(caught.value)
            assert f"{copy.n:,} ids" in str(caught.value)
    assert review.revision() == 0
    # Where only a mark is known, nobody knows which samples there are.
    single = Review.open(copy.path, "a" * 64)
    wanted = Wanted(Kind.MOVE, into=1, samples=("nobody",))
    assert single.correct(wanted, seen=0, names=("a", "b"), **REASON).id == 1
