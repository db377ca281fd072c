"""What people decided counts in the next selection, and in its recipe from then on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from tiny_run import loaders, write_workspace

from paser_core.cli import main
from paser_core.explain.precision import Rejections
from paser_core.measure import run_pipeline
from paser_core.review import VARIABLE, Kind, Review, Verdict
from paser_core.runs import Run
from paser_core.selection import Setting, Status
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@pytest.fixture(autouse=True)
def no_url(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def demo(tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("review.sqlite*", ".*"))
    return Run.open(folder)


def paser(capsys, *arguments) -> str:
    assert main([str(a) for a in arguments]) == 0
    return capsys.readouterr().out


def mistake(capsys, *arguments) -> str:
    assert main([str(a) for a in arguments]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def statuses(folder: Path) -> dict[str, str]:
    table = pq.read_table(folder / "scores.parquet").to_pydict()
    return dict(zip(table["id"], table["status"], strict=True))


def texts(run: Run, rows) -> list[tuple[str, str]]:
    frame = run.samples.iloc[list(rows)]
    return list(zip(frame["instruction"], frame["output"], strict=True))


def trained_on(folder: Path) -> list[tuple[str, str]]:
    lines = (folder / "train.jsonl").read_text(encoding="utf-8").splitlines()
    return [(r["instruction"], r["output"]) for r in map(json.loads, lines)]


def test_forced_samples_are_replayed(demo, tmp_path, capsys):
    run, ids = demo, demo.samples["id"].tolist()
    before = select_from_run(run, Setting.of(run))
    refused, late = (
        int(np.flatnonzero(before.status == status.code)[0])
        for status in (Status.CONFLICT, Status.OVER_BUDGET)
    )
    first = int(before.rows[0])
    files = contents(run.path)

    plain = tmp_path / "plain"
    assert "forced in" not in paser(capsys, "select", run.path, "--out", plain)
    assert contents(run.path) == files  # looking for a review makes none

    review = Review.of(run)
    review.force_in(ids[late], author="Ann", reason="rare", seen=0)
    review.force_in(ids[refused], author="Ben", reason="rare", seen=0)
    review.force_out(ids[first], author="Ann", reason="wrong answer", seen=0)
    review.rename(3, "Lists: “<b>”", author="Ann", seen=0, automatic=run.names)

    out = tmp_path / "reviewed"
    said = paser(capsys, "select", run.path, "--out", out)
    assert "Note: 2 forced in, 1 forced out by Ann and Ben.\n" in said
    rows = trained_on(out)
    assert rows[:2] == texts(run, [late, refused])  # forced samples enter first, as decided
    assert texts(run, [first])[0] not in rows
    status = statuses(out)
    assert status[ids[late]] == status[ids[refused]] == "forced_in"
    assert status[ids[first]] == "forced_out"
    assert len(rows) == before.budget
    names = [c["name"] for c in json.loads((out / "clusters.json").read_text(encoding="utf-8"))]
    assert names == [*run.names[:3], "Lists: “<b>”", *run.names[4:]]

    # Byte for byte the same again, without the database.
    (run.path / "review.sqlite").unlink()
    again = tmp_path / "again"
    paser(capsys, "select", "--config", out / "selection.yaml", "--out", again)
    assert contents(again) == contents(out)
    assert contents(again) != contents(plain)


def test_a_decision_on_many_is_replayed_as_many_and_verdicts_change_nothing(demo, tmp_path, capsys):
    run, review = demo, Review.of(demo)
    rejections = Rejections.of_run(run, Setting.of(run))
    rows = rejections.rows[:12].tolist()
    plain, judged, many, single = (
        tmp_path / name for name in ("plain", "judged", "many", "single")
    )
    paser(capsys, "select", run.path, "--out", plain)
    for row in rows:
        review.judge(rejections.clash(row), Verdict.FALSE, author="Ann")
    review.mark_seen(run.ids[0], author="Ben")
    paser(capsys, "select", run.path, "--out", judged)
    assert contents(judged) == contents(plain)

    made = review.decide(
        Kind.FORCE_IN,
        [run.ids[row] for row in rows],
        author="Ann",
        reason="they go together",
        seen=review.revision(),
    )
    assert "Note: 12 forced in, 0 forced out by Ann.\n" in paser(
        capsys, "select", run.path, "--out", many
    )
    assert trained_on(many)[:12] == texts(run, rows)
    review.undo(made.edit.id, author="Ann", seen=review.revision())
    for row in rows:
        review.force_in(run.ids[row], author="Ann", reason="rare", seen=review.revision())
    paser(capsys, "select", run.path, "--out", single)
    assert contents(single) == contents(many)


def test_no_review_ignores_it(demo, tmp_path, capsys):
    review = Review.of(demo)
    row = int(select_from_run(demo, Setting.of(demo)).rows[0])
    review.force_out(demo.samples["id"][row], author="Ann", reason="wrong", seen=0)
    said = paser(capsys, "select", demo.path, "--out", tmp_path / "a", "--no-review")
    assert "forced in" not in said
    said = paser(capsys, "select", demo.path, "--out", tmp_path / "b")
    assert "Note: 0 forced in, 1 forced out by Ann.\n" in said
    review.undo(1, author="Ben", seen=1)
    said = paser(capsys, "select", demo.path, "--out", tmp_path / "c")
    assert "forced in" not in said
    assert contents(tmp_path / "a") == contents(tmp_path / "c") != contents(tmp_path / "b")

    recipe = tmp_path / "a" / "selection.yaml"
    said = mistake(capsys, "select", "--config", recipe, "--no-review", "--out", tmp_path / "d")
    assert "--no-review" in said


def test_a_review_that_cannot_be_read_is_said_with_the_way_out(demo, tmp_path, capsys):
    (demo.path / "review.sqlite").write_bytes(b"scribble " * 200)
    said = mistake(capsys, "select", demo.path, "--out", tmp_path / "a")
    assert "damaged" in said
    assert "--no-review" in said
    paser(capsys, "select", demo.path, "--out", tmp_path / "a", "--no-review")


def test_edits_of_what_the_run_was_before_are_kept_and_said(demo, tmp_path, capsys):
    Review.open(demo.path, "0" * 64).force_in("s", author="Ann", reason="rare", seen=0)
    said = paser(capsys, "select", demo.path, "--out", tmp_path / "a")
    assert "1 edit in review.sqlite was made before this run was made again" in said


@pytest.fixture(scope="module")
def with_an_invalid_row(tmp_path_factory):
    """A finished run whose last sample has no output."""
    folder = tmp_path_factory.mktemp("invalid")
    config = write_workspace(folder, 9)
    with (folder / "pool.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "empty", "instruction": "Say it.", "output": ""}) + "\n")
    vectors = np.load(folder / "vectors.npy")
    np.save(folder / "vectors.npy", np.vstack([vectors, vectors[:1]]))
    return run_pipeline(config, folder / "run", loaders(config))


def test_a_sample_that_cannot_enter_is_named(with_an_invalid_row, tmp_path, capsys):
    run = with_an_invalid_row
    review = Review.of(run, f"sqlite:///{tmp_path / 'r.sqlite'}")
    review.force_in("empty", author="Ann", reason="I like it", seen=0)
    # Left out it may be: it is out anyway.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, f"sqlite:///{tmp_path / 'r.sqlite'}")
        said = mistake(capsys, "select", run.path, "--out", tmp_path / "a")
        assert "'empty' cannot be forced in" in said
        assert "output" in said
        assert "Release it" in said
        review.force_out("empty", author="Ann", reason="no", seen=review.revision())
        paser(capsys, "select", run.path, "--budget", 3, "--out", tmp_path / "a")
    assert statuses(tmp_path / "a")["empty"] == "forced_out"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"forced_in": ["nobody"]}, "'nobody' does not exist"),
        ({"forced_out": ["nobody"]}, "'nobody' does not exist"),
        ({"forced_in": ["s001"], "forced_out": ["s001"]}, "'s001' is forced in and forced out"),
        ({"forced_in": "s001"}, "list of sample ids"),
        ({"names": {99: "X"}}, "names has cluster 99"),
        ({"names": ["X"]}, "must be a mapping of cluster numbers to names"),
        ({"forced_in": ["s001", "s002", "s003", "s004", "s005"]}, "5 samples are forced in"),
    ],
)
def test_a_recipe_changed_by_hand(finished, tmp_path, capsys, change, words):
    paser(capsys, "select", finished.path, "--budget", 4, "--no-review", "--out", tmp_path / "a")
    recipe = tmp_path / "a" / "selection.yaml"
    tree = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    assert tree["forced_in"] == tree["forced_out"] == []
    recipe.write_text(yaml.safe_dump(tree | change), encoding="utf-8")
    assert words in mistake(capsys, "select", "--config", recipe, "--out", tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_an_id_twice_enters_once(finished, tmp_path, capsys):
    paser(capsys, "select", finished.path, "--budget", 4, "--no-review", "--out", tmp_path / "a")
    recipe = tmp_path / "a" / "selection.yaml"
    tree = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    tree["forced_in"] = ["s001", "s001", "s002", "s003", "s000"]
    recipe.write_text(yaml.safe_dump(tree), encoding="utf-8")
    paser(capsys, "select", "--config", recipe, "--out", tmp_path / "b")
    assert trained_on(tmp_path / "b") == texts(finished, [1, 2, 3, 0])
