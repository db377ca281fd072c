"""A run is the same run when it is made again, whatever the last bits of its floats are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from pipeline_runs import changed
from run_damage import reseal
from tiny_models import byte_tokenizer, tiny_llama
from tiny_run import loaders

from paser_core.cli import main
from paser_core.config import parse_config, to_tree
from paser_core.config.tree import LATER
from paser_core.measure import run_pipeline
from paser_core.review import Review
from paser_core.runs import Run, read_manifest
from paser_core.runs.identity import _NO_PART, fingerprint_of, samples_print
from paser_core.workspace.events import read_events


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def test_a_run_made_again_is_the_same_run_with_any_number_of_threads(
    workspace, finished, tmp_path, threads
):
    folder, config = workspace
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(folder, elsewhere)  # where things lie does not count
    moved = changed(
        config,
        data={"path": str(elsewhere / "pool.jsonl")},
        embedding={"precomputed": str(elsewhere / "vectors.npy"), "batch_size": 3},
        models={role: str(elsewhere / role) for role in ("original", "compressed")},
        divergence={"batch_tokens": 128},
    )
    made = [finished]
    for number, used in ((2, config), (3, config), (4, moved)):
        threads(number)
        made.append(run_pipeline(used, tmp_path / str(number), loaders(used)))
    assert len({run.fingerprint for run in made}) == 1
    assert len({run.samples_print for run in made}) == 1
    assert len({run.clusters_print for run in made}) == 1


@pytest.fixture
def again(finished, tmp_path):
    """The run as another processor might have made it: other last bits."""
    folder = tmp_path / "again"
    shutil.copytree(finished.path, folder)
    values = np.load(folder / "divergence.npy")
    noise = np.random.default_rng(1).choice([-1e-7, 1e-7], values.shape)
    np.save(folder / "divergence.npy", np.clip(values + noise, 0, 1).astype(np.float32))
    reseal(folder)
    run = Run.open(folder)
    run.check_content()
    return run


def test_last_bits_are_another_content_of_the_same_run(finished, again):
    assert again.fingerprint == finished.fingerprint
    assert again.content != finished.content


def test_a_selection_is_made_again_on_a_run_made_again(finished, again, tmp_path, capsys):
    assert main(["select", str(finished.path), "--budget", "4", "--out", str(tmp_path / "a")]) == 0
    recipe = str(tmp_path / "a" / "selection.yaml")
    out = str(tmp_path / "b")
    assert main(["select", str(again.path), "--config", recipe, "--out", out]) == 0
    trained = [(tmp_path / name / "train.jsonl").read_bytes() for name in ("a", "b")]
    assert trained[0] == trained[1]
    capsys.readouterr()


@pytest.mark.parametrize(
    "sections",
    [
        {"seed": 1},
        {"divergence": {"max_length": 100}},
        {"clustering": {"k_max": 4}},
        {"models": {"template": "none"}},
        {"data": {"limit": 8}},
    ],
)
def test_what_determines_a_run_is_part_of_it(workspace, finished, tmp_path, sections):
    _, config = workspace
    other = changed(config, **sections)
    run = run_pipeline(other, tmp_path / "run", loaders(other))
    assert run.fingerprint != finished.fingerprint


def test_other_weights_under_the_same_name_are_another_run(workspace, finished, tmp_path):
    folder, config = workspace
    copied = tmp_path / "models"
    shutil.copytree(folder, copied)
    tiny_llama(9, len(byte_tokenizer())).save_pretrained(copied / "compressed")
    other = changed(config, models={"compressed": str(copied / "compressed")})
    run = run_pipeline(other, tmp_path / "run", loaders(other))
    assert run.fingerprint != finished.fingerprint
    assert run.clusters_print == finished.clusters_print  # the models have no part in them
    assert run.samples_print == finished.samples_print


def test_other_vectors_are_other_clusters(workspace, finished, tmp_path):
    folder, config = workspace
    np.save(tmp_path / "v.npy", np.load(folder / "vectors.npy")[::-1])
    other = changed(config, embedding={"precomputed": str(tmp_path / "v.npy")})
    run = run_pipeline(other, tmp_path / "run", loaders(other))
    assert run.clusters_print != finished.clusters_print
    assert run.samples_print == finished.samples_print


def test_samples_are_known_by_ids_and_texts_in_any_order():
    frame = pd.DataFrame(
        {"id": ["a", "b"], "instruction": ["x", "y"], "input": ["", ""], "output": ["1", "2"]}
    )
    assert samples_print(frame) == samples_print(frame.iloc[::-1].assign(more=1))
    for column in frame:
        assert samples_print(frame.assign(**{column: ["a", "z"]})) != samples_print(frame)


def decide(run):
    review = Review.of(run)
    review.force_in("s003", author="Ann", reason="rare", seen=0)
    review.rename(0, "Sums", author="Ann", seen=0, automatic=run.names)


def test_decisions_follow_a_run_that_is_made_again(workspace, finished, tmp_path, threads):
    _, config = workspace
    out = tmp_path / "run"
    decide(run_pipeline(config, out, loaders(config)))
    for path in out.iterdir():
        if not path.name.startswith("review.sqlite"):
            path.unlink()
    threads(3)
    (tmp_path / "new").mkdir()
    run = run_pipeline(config, tmp_path / "new", loaders(config))
    shutil.copy(out / "review.sqlite", run.path)
    review = Review.of(run)
    assert review.state().forced_in == ("s003",)
    assert review.state().names == {0: "Sums"}
    assert review.left_behind() == 0


def test_names_stay_with_their_clusters_and_decisions_with_their_samples(
    workspace, tmp_path, capsys
):
    _, config = workspace
    decide(run_pipeline(config, tmp_path / "run", loaders(config)))
    other = changed(config, clustering={"n_clusters": 2})
    run = run_pipeline(other, tmp_path / "other", loaders(other))
    shutil.copy(tmp_path / "run" / "review.sqlite", run.path)
    review = Review.of(run)
    assert review.state().forced_in == ("s003",)
    assert review.state().names == {}
    assert review.left_behind() == 1  # kept, and told
    assert main(["select", str(run.path), "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out
    assert "1 forced in, 0 forced out by Ann" in told
    assert "1 edit in review.sqlite" in told


def test_decisions_of_other_samples_are_left_behind(workspace, tmp_path):
    folder, config = workspace
    decide(run_pipeline(config, tmp_path / "run", loaders(config)))
    rows = [json.loads(line) for line in (folder / "pool.jsonl").read_text().splitlines()]
    rows[3]["output"] += " Or so."
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    other = changed(config, data={"path": str(tmp_path / "pool.jsonl")})
    run = run_pipeline(other, tmp_path / "other", loaders(other))
    shutil.copy(tmp_path / "run" / "review.sqlite", run.path)
    review = Review.of(run)
    assert not review.state().decisions
    assert review.left_behind() == 2


def test_a_run_older_than_a_field_stays_the_same_run_and_its_stages_stay_finished(
    workspace, finished, tmp_path
):
    _, config = workspace
    old = tmp_path / "old"
    shutil.copytree(finished.path, old)
    manifest = json.loads((old / "manifest.json").read_text())
    for name in LATER:
        section, _, field = name.rpartition(".")
        if section in _NO_PART or name in _NO_PART:  # of what is asked of a run that is finished
            continue
        manifest["config"][section].pop(field)
    assert fingerprint_of(manifest) == finished.fingerprint
    # As if it had been interrupted before its last stage.
    manifest["state"] = "running"
    del manifest["stages"]["summary"], manifest["fingerprint"]
    (old / "manifest.json").write_text(json.dumps(manifest))
    run = run_pipeline(config, old, loaders(config))
    began = max(i for i, e in enumerate(read_events(old)) if e["event"] == "started")
    again = [e["stage"] for e in read_events(old)[began:] if e["event"] == "stage_started"]
    assert again == ["summary"]
    assert run.fingerprint == finished.fingerprint
    assert run.clusters_print == finished.clusters_print


def test_a_later_field_that_is_not_at_its_default_is_part_of_the_run(finished):
    for name in LATER:
        section, _, field = name.rpartition(".")
        if section in _NO_PART or name in _NO_PART:  # of what is asked of a run that is finished
            continue
        other = json.loads(json.dumps(finished.manifest))
        value = other["config"][section][field]
        changed = (value[:-1] or ["other"]) if isinstance(value, list) else "other"
        other["config"][section][field] = value + 1 if isinstance(value, int | float) else changed
        assert fingerprint_of(other) != finished.fingerprint, name


def test_the_bundled_run_is_known_by_what_it_was_made_with():
    manifest = read_manifest(Path(__file__).parents[2] / "data" / "demo" / "run")
    completed = {**manifest, "config": to_tree(parse_config(manifest["config"]))}
    assert fingerprint_of(completed) == fingerprint_of(manifest) == manifest["fingerprint"]
