"""What a run does and holds: its stages, its numbers, the same again from equal input."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline_runs import STAGES, changed, events
from tiny_run import assert_same_run, loaders, write_workspace

from paser_core.measure import run_pipeline
from paser_core.measure.progress import by_work
from paser_core.stages.divergence import temperature_nodes
from paser_core.workspace.events import read_events


def test_the_stages_come_in_order_and_are_timed(finished):
    assert events(finished.path, "stage_finished") == STAGES
    assert set(finished.manifest["stages"]) == set(STAGES)
    assert all(s["seconds"] >= 0 for s in finished.manifest["stages"].values())
    assert finished.manifest["state"] == "done"


def test_equal_input_gives_an_equal_run(workspace, finished, tmp_path):
    _, config = workspace
    again = run_pipeline(config, tmp_path / "run", loaders(config))
    assert_same_run(again.path, finished.path)


def test_another_seed_or_other_models_give_another_fingerprint(workspace, finished, tmp_path):
    folder, config = workspace
    same = {"original": str(folder / "original"), "compressed": str(folder / "original")}
    twins = changed(config, models=same)
    other = run_pipeline(twins, tmp_path / "same", loaders(twins))
    seeded = changed(config, seed=1)
    assert run_pipeline(seeded, tmp_path / "seed", loaders(seeded)).fingerprint != (
        finished.fingerprint
    )
    assert other.fingerprint != finished.fingerprint
    assert not np.nanmax(other.node_divergence)  # a model does not differ from itself


def test_a_limit_takes_the_first_vectors_of_a_file_too(tmp_path):
    config = write_workspace(tmp_path, 11, models=False)
    run = run_pipeline(changed(config, data={"limit": 7}), tmp_path / "run", loaders(config))
    vectors = np.load(tmp_path / "vectors.npy")[:7]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(run.embeddings, vectors, atol=1e-6)


def test_invalid_rows_are_kept_and_said(tmp_path):
    config = write_workspace(tmp_path, 11)
    pool = tmp_path / "pool.jsonl"
    rows = [json.loads(line) for line in pool.read_text().splitlines()]
    rows[2]["output"] = " "
    rows[5]["instruction"] = None
    rows[7]["instruction"] = "very " * 400  # leaves no room for a response
    pool.write_text("".join(json.dumps(r) + "\n" for r in rows))
    config = changed(config, divergence={"max_length": 128})
    run = run_pipeline(config, tmp_path / "run", loaders(config))
    assert run.n == 11
    assert np.flatnonzero(~run.valid).tolist() == [2, 5, 7]
    assert "output is empty" in run.problems[2]
    assert "instruction is missing" in run.problems[5]
    assert "max_length" in run.problems[7]
    assert run.labels[[2, 5]].tolist() == [-1, -1]
    assert np.isnan(run.divergence_at(1.0)).tolist() == (~run.valid).tolist()
    assert not run.embeddings[[2, 5]].any()
    assert np.isnan(run.samples["x"]).tolist() == (run.labels < 0).tolist()


def test_a_response_that_was_cut_is_marked(workspace, finished, tmp_path):
    _, config = workspace
    whole = finished.tokens
    limit = int(np.median(whole))
    config = changed(config, divergence={"max_length": limit})
    run = run_pipeline(config, tmp_path / "run", loaders(config))
    cut = whole > limit
    assert cut.any()
    assert not cut.all()
    assert run.truncated.tolist() == cut.tolist()
    assert run.tokens.tolist() == np.minimum(whole, limit).tolist()
    assert run.samples["prompt_tokens"].equals(finished.samples["prompt_tokens"])
    for row in range(run.n):
        ours, theirs = run.token_divergence(row), finished.token_divergence(row)
        assert ours.truncated == cut[row]
        assert theirs.tokens[: len(ours.tokens)] == ours.tokens  # the end is what is missing
        np.testing.assert_allclose(ours.bits, theirs.bits[: len(ours.bits)], atol=2e-6)
    assert not finished.truncated.any()


def test_stored_numbers_agree_with_each_other(finished):
    run, samples = finished, finished.samples
    nodes = temperature_nodes(run.config.divergence.nodes)
    np.testing.assert_allclose(run.nodes, nodes)
    one = int(np.flatnonzero(nodes == 1.0)[0])
    np.testing.assert_allclose(samples["divergence"], run.node_divergence[:, one], atol=1e-6)
    for row in range(run.n):
        tokens = run.token_divergence(row)
        assert len(tokens.tokens) == len(tokens.bits) == samples["response_tokens"][row]
        np.testing.assert_allclose(tokens.bits.mean(), samples["divergence"][row], atol=1e-5)
    for _, cluster in run.clusters.iterrows():
        members = samples[samples["cluster"] == cluster["cluster"]]
        assert cluster["size"] == len(members)
        np.testing.assert_allclose(cluster["cds"], members["divergence"].mean(), rtol=1e-6)
        assert cluster["cds_low"] <= cluster["cds"] <= cluster["cds_high"]
        assert set(cluster["damaged"]) | set(cluster["exemplars"]) <= set(members["id"])
        assert cluster["damaged"][0] == members["id"][members["divergence"].idxmax()]
        directions = run.coordinates[members.index]
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        central = members["id"].iloc[int(np.argmax(directions @ directions.mean(axis=0)))]
        assert cluster["exemplars"][0] == central
    np.testing.assert_allclose(np.linalg.norm(run.embeddings, axis=1), 1, atol=1e-6)
    assert run.coordinates.shape == (run.n, 3)


def test_user_columns_are_kept_and_ours_win(finished):
    assert finished.user_columns == ("topic", "cluster_user")
    assert finished.samples["cluster_user"].tolist() == list(range(9))
    assert finished.sample(4).user == {"topic": "translation", "cluster_user": 4}


def test_paths_may_start_at_home(workspace, finished, tmp_path, monkeypatch):
    folder, config = workspace
    monkeypatch.setenv("HOME", str(folder))
    at_home = changed(
        config,
        data={"path": "~/pool.jsonl"},
        embedding={"precomputed": "~/vectors.npy"},
        models={"original": "~/original", "compressed": "~/compressed"},
    )
    run_pipeline(at_home, tmp_path, loaders(at_home))
    assert_same_run(tmp_path, finished.path)


def test_progress_is_told_and_written(workspace, tmp_path):
    _, config = workspace
    seen = []
    run_pipeline(config, tmp_path / "run", loaders(config), seen.append)
    assert seen == read_events(tmp_path / "run")
    progress = [e for e in seen if e["event"] == "progress" and e["stage"] == "divergence"]
    assert progress[-1]["done"] == progress[-1]["total"] == 9
    assert {"rate", "seconds_left"} <= set(progress[-1])


def test_reading_a_large_pool_is_told_before_the_models_work(workspace, tmp_path):
    _, config = workspace
    told = []

    class Telling:
        def __init__(self, model):
            self._model = model

        def __getattr__(self, name):
            return getattr(self._model, name)

        def states(self, *arguments):
            told.append("models")
            return self._model.states(*arguments)

    real = loaders(config)

    def load():
        pair = real.models()
        return dataclasses.replace(pair, original=Telling(pair.original))

    def watch(event):
        if event["event"] == "progress" and event["stage"] in ("check", "divergence"):
            told.append(event["done"])

    run_pipeline(config, tmp_path, dataclasses.replace(real, models=load), watch)
    before = told[: told.index("models")]
    assert before[-1] == 9  # of its own count, which ends
    after = [done for done in told[len(before) :] if done != "models"]
    assert after == sorted(after)  # and the count of the models starts anew
    assert after[-1] == 9


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=200), st.randoms())
@settings(max_examples=100, deadline=None)
def test_the_time_left_is_that_of_the_work_left(costs, chance):
    """On a machine whose time is the cost, extrapolating what is reported is right at every moment."""
    costs = np.array(sorted(costs, reverse=True))
    n, seen = len(costs), []
    told = by_work(lambda done, total: seen.append((done, total)), costs)
    moments = sorted({0, n, *(chance.randrange(n + 1) for _ in range(5))})
    for done in moments:
        told(done, n)
    assert seen[0] == (0, n)
    assert seen[-1] == (n, n)
    for done, (worth, total) in zip(moments, seen, strict=True):
        assert total == n
        assert abs(worth / n - costs[:done].sum() / costs.sum()) <= 1 / n  # rounded down
