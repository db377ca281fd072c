from __future__ import annotations

import dataclasses
import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_run import assert_same_run, contents, loaders, model_section, write_workspace

from paser_core.config import parse_config, to_tree
from paser_core.divergence import temperature_nodes
from paser_core.errors import DataError, RunError, SchemaError
from paser_core.pipeline import run_pipeline
from paser_core.pipeline.blocks import ResumableEncoder
from paser_core.pipeline.progress import by_work
from paser_core.run import Run, Store, read_events, read_manifest

STAGES = [
    "embedding",
    "manifold",
    "clustering",
    "layout",
    "concepts",
    "divergence",
    "summary",
]


def changed(config, **sections):
    tree = to_tree(config)
    for section, fields in sections.items():
        if isinstance(fields, dict):
            tree[section].update(fields)
        else:
            tree[section] = fields
    return parse_config(tree)


def events(run, kind):
    return [e["stage"] for e in read_events(run) if e["event"] == kind]


class Interrupting:
    """A model that stops after some micro-batches, as Ctrl-C would, and counts them."""

    def __init__(self, model, batches=None):
        self._model = model
        self.left = batches
        self.batches = 0

    def __getattr__(self, name):
        return getattr(self._model, name)

    def states(self, *arguments):
        if self.left is not None and self.batches >= self.left:
            raise KeyboardInterrupt
        self.batches += 1
        return self._model.states(*arguments)


def counting(config, batches=None):
    """Loaders whose original model counts, and stops after ``batches`` micro-batches."""
    real = loaders(config)
    models = []

    def load():
        pair = real.models()
        models.append(Interrupting(pair.original, batches))
        return dataclasses.replace(pair, original=models[-1])

    return dataclasses.replace(real, models=load), models


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


def test_a_finished_run_is_not_repeated(workspace, finished, tmp_path):
    _, config = workspace
    copy = tmp_path / "run"
    shutil.copytree(finished.path, copy)
    before = contents(copy)
    run_pipeline(config, copy, loaders(config))
    assert contents(copy) == before
    assert events(copy, "stage_finished") == STAGES  # those of the first start
    assert events(copy, "stage_reused") == STAGES


def test_models_may_be_added_to_a_finished_run(workspace, finished, tmp_path):
    _, config = workspace
    out = tmp_path / "run"
    without = changed(config, models={"original": None, "compressed": None})
    first = run_pipeline(without, out, loaders(without))
    assert not first.has_models
    assert np.isnan(first.divergence_at(1.0)).all()
    assert first.token_divergence(0) is None
    second = run_pipeline(config, out, loaders(config))
    assert second.has_models
    assert events(out, "stage_finished") == [
        *[s for s in STAGES if s != "divergence"],
        "divergence",
        "summary",
    ]
    # The same as if they had been there from the start.
    assert_same_run(out, finished.path)


def test_scored_chunks_are_not_scored_again(workspace, finished, tmp_path):
    _, config = workspace
    whole, models = counting(config)
    run_pipeline(config, tmp_path / "whole", whole)
    batches = models[0].batches
    assert batches >= 6  # else there is nothing to lose

    out = tmp_path / "run"
    done = 0
    for _ in range(20):
        part, models = counting(config, batches // 3)
        try:
            run_pipeline(config, out, part)
        except KeyboardInterrupt:
            assert read_manifest(out)["state"] == "failed"
            assert read_manifest(out)["error"] == "interrupted"
            with pytest.raises(RunError, match="not finished"):
                Run.open(out)
        else:
            break
        finally:
            done += models[0].batches
    # Each interruption costs at most the chunk that it hit.
    starts = len([e for e in read_events(out) if e["event"] == "started"])
    assert starts > 1
    per_chunk = max(1, batches // 3)
    assert done <= batches + (starts - 1) * per_chunk
    assert not (out / ".parts").exists()
    assert_same_run(out, finished.path)


class Alphabet:
    """An encoder that counts letters, and stops after some texts, as Ctrl-C would."""

    name = "alphabet"

    def __init__(self, most=None):
        self.most = most
        self.seen = []

    def encode(self, texts, on_progress=None):
        if self.most is not None and len(self.seen) + len(texts) > self.most:
            raise KeyboardInterrupt
        self.seen += texts
        letters = "abcdefghijklmnopqrstuvwxyz0123456789"
        counts = [[text.lower().count(c) + 0.1 for c in letters] for text in texts]
        vectors = np.array(counts, np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_encoded_blocks_are_not_encoded_again(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr("paser_core.pipeline.blocks._BLOCK", 2)
    _, config = workspace
    plain = changed(
        config,
        embedding={"precomputed": None},
        models={"original": None, "compressed": None},
    )
    out, seen = tmp_path / "run", []
    for _ in range(10):
        encoder = Alphabet(most=3)
        limited = dataclasses.replace(loaders(plain), encoder=lambda e=encoder: e)
        try:
            run = run_pipeline(plain, out, limited)
        except KeyboardInterrupt:
            continue
        finally:
            seen += encoder.seen
        break
    assert len(seen) == len(set(seen)) == 9  # each text once, over all starts
    assert not (out / ".parts").exists()
    at_once = dataclasses.replace(loaders(plain), encoder=Alphabet)
    whole = run_pipeline(plain, tmp_path / "whole", at_once)
    assert_same_run(out, whole.path)
    assert run.manifest["encoder"]["name"] == "alphabet"
    texts = run.samples["instruction"].tolist()
    np.testing.assert_allclose(run.embeddings, Alphabet().encode(texts), atol=1e-6)


def test_what_an_earlier_start_encoded_is_not_taken_for_speed(tmp_path, monkeypatch):
    monkeypatch.setattr("paser_core.pipeline.blocks._BLOCK", 2)
    log = []

    class Noted(Alphabet):
        def encode(self, texts, on_progress=None):
            log.append("work")
            return super().encode(texts, on_progress)

    texts = ["a" * n for n in range(1, 10)]
    with pytest.raises(KeyboardInterrupt):
        ResumableEncoder(Noted(most=5), None, Store(tmp_path)).encode(texts)
    log.clear()
    resumed = ResumableEncoder(Noted(), None, Store(tmp_path))
    resumed.encode(texts, lambda done, total: log.append(done))
    # The first thing told comes with the first work: the clock of the time left starts there.
    assert log[0] == "work"
    told = [entry for entry in log if entry != "work"]
    assert len(log) - len(told) == 3  # blocks that were left
    assert told == sorted(told)
    assert told[-1] == len(texts)


def test_another_config_is_refused_by_field(workspace, finished, tmp_path):
    _, config = workspace
    before = contents(finished.path)
    for section, fields, words in (
        ("seed", 5, ["seed was 0, now 5"]),
        ("clustering", {"k_max": 2}, ["clustering.k_max was 3, now 2"]),
        ("manifold", {"n_neighbors": 3, "n_components": 2}, ["n_neighbors", "n_components"]),
        ("models", {"original": None, "compressed": None}, ["models.original", "--out"]),
    ):
        with pytest.raises(RunError) as caught:
            run_pipeline(changed(config, **{section: fields}), finished.path, loaders(config))
        for word in words:
            assert word in str(caught.value)
    assert contents(finished.path) == before
    assert Run.open(finished.path).fingerprint == finished.fingerprint


def test_the_selection_binds_nothing(workspace, finished, tmp_path):
    _, config = workspace
    copy = tmp_path / "run"
    shutil.copytree(finished.path, copy)
    run = run_pipeline(changed(config, selection={"budget": 3}), copy, loaders(config))
    assert run.fingerprint == finished.fingerprint
    assert run.config.selection.budget == 3


def test_the_batch_size_of_the_encoder_binds_nothing(workspace, finished, tmp_path):
    """Too little memory for a batch is put right with a smaller one, in the same folder."""
    _, config = workspace
    copy = tmp_path / "run"
    shutil.copytree(finished.path, copy)
    run = run_pipeline(changed(config, embedding={"batch_size": 8}), copy, loaders(config))
    assert run.fingerprint == finished.fingerprint
    assert "stage_started" not in {e["event"] for e in read_events(copy)[-9:]}


def test_changed_data_is_noticed(tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    run_pipeline(config, tmp_path / "run", loaders(config))
    pool = tmp_path / "pool.jsonl"
    pool.write_text(pool.read_text().replace("Add", "Sum"))
    with pytest.raises(RunError, match="has changed since"):
        run_pipeline(config, tmp_path / "run", loaders(config))
    assert Run.open(tmp_path / "run").n == 9  # what was finished stays finished


def test_changed_weights_are_noticed(tmp_path):
    config = write_workspace(tmp_path, 9)
    run_pipeline(config, tmp_path / "run", loaders(config))
    shutil.rmtree(tmp_path / "compressed")
    run_pipeline(config, tmp_path / "run", loaders(config))  # not there: nothing to say
    shutil.copytree(tmp_path / "original", tmp_path / "compressed")
    with pytest.raises(RunError, match=r"weights of models\.compressed"):
        run_pipeline(config, tmp_path / "run", loaders(config))


def test_a_run_of_another_schema_is_refused(workspace, finished, tmp_path):
    _, config = workspace
    for schema in (0, 2, None, "1"):
        copy = tmp_path / str(schema)
        shutil.copytree(finished.path, copy)
        manifest = read_manifest(copy) | {"schema": schema}
        (copy / "manifest.json").write_text(json.dumps(manifest))
        for use in (
            lambda c=copy: Run.open(c),
            lambda c=copy: run_pipeline(config, c, loaders(config)),
        ):
            with pytest.raises(SchemaError, match="schema"):
                use()


def test_a_strangers_folder_is_left_alone(workspace, tmp_path):
    _, config = workspace
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(RunError, match=r"thesis\.tex"):
        run_pipeline(config, tmp_path, loaders(config))
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_place_that_cannot_be_written_is_an_error(workspace, tmp_path):
    _, config = workspace
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        run_pipeline(config, tmp_path / "file" / "run", loaders(config))


def test_too_few_rows_are_an_error_that_names_the_first_problem(tmp_path):
    config = write_workspace(tmp_path, 3, models=False)
    pool = tmp_path / "pool.jsonl"
    rows = [json.loads(line) for line in pool.read_text().splitlines()]
    rows[0]["output"] = ""
    pool.write_text("".join(json.dumps(r) + "\n" for r in rows))
    with pytest.raises(DataError, match=r"2 of 3 rows.*output is empty"):
        run_pipeline(config, tmp_path / "run", loaders(config))
    manifest = read_manifest(tmp_path / "run")
    assert manifest["state"] == "failed"
    assert "2 of 3" in manifest["error"]


@pytest.mark.parametrize("bad", ["missing", "text", "short"])
def test_bad_vectors_are_an_error(tmp_path, bad):
    config = write_workspace(tmp_path, 9, models=False)
    file = tmp_path / "vectors.npy"
    if bad == "missing":
        file.unlink()
    elif bad == "text":
        file.write_text("0.1 0.2")
    else:
        np.save(file, np.load(file)[:-1])
    with pytest.raises(DataError):
        run_pipeline(config, tmp_path / "run", loaders(config))


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


def test_progress_is_told_and_written(workspace, tmp_path):
    _, config = workspace
    seen = []
    run_pipeline(config, tmp_path / "run", loaders(config), seen.append)
    assert seen == read_events(tmp_path / "run")
    progress = [e for e in seen if e["event"] == "progress" and e["stage"] == "divergence"]
    assert progress[-1]["done"] == progress[-1]["total"] == 9
    assert {"rate", "seconds_left"} <= set(progress[-1])


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


def test_added_models_leave_a_readable_state_when_they_do_not_load(workspace, tmp_path):
    folder, config = workspace
    without = changed(config, models={"original": None, "compressed": None})
    out = tmp_path / "run"
    run_pipeline(without, out, loaders(without))
    missing = changed(without, models=model_section(folder) | {"compressed": str(folder / "gone")})
    with pytest.raises(Exception, match="gone"):
        run_pipeline(missing, out, loaders(missing))
    assert "gone" in read_manifest(out)["error"]


def test_models_that_measured_nothing_can_be_corrected_or_taken_back(workspace, finished, tmp_path):
    folder, config = workspace
    missing = changed(config, models={"compressed": str(folder / "gone")})
    for out in (tmp_path / "corrected", tmp_path / "taken back"):
        with pytest.raises(Exception, match="gone"):
            run_pipeline(missing, out, loaders(missing))
    assert_same_run(
        run_pipeline(config, tmp_path / "corrected", loaders(config)).path, finished.path
    )
    without = changed(config, models={"original": None, "compressed": None})
    assert not run_pipeline(without, tmp_path / "taken back", loaders(without)).has_models
