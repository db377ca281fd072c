"""A run goes on where it was: nothing is done twice, and models may come later."""

from __future__ import annotations

import dataclasses
import json
import shutil

import numpy as np
import pytest
from pipeline_runs import STAGES, changed, events
from tiny_run import assert_same_run, contents, loaders, write_workspace

from paser_core.engines.engine import Once
from paser_core.errors import PaserError, RunError, SchemaError
from paser_core.measure import divergence, run_pipeline
from paser_core.measure.blocks import ResumableEncoder
from paser_core.runs import Run, read_manifest
from paser_core.workspace.events import read_events
from paser_core.workspace.store import Store


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


def test_chunks_cut_at_another_length_are_not_picked_up(tmp_path):
    config = changed(write_workspace(tmp_path, 9), divergence={"max_length": 300})
    pool = tmp_path / "pool.jsonl"
    rows = [json.loads(line) for line in pool.read_text().splitlines()]
    # A chunk by itself at either length, which cuts it: the plan of the chunks stays the same.
    rows[0]["output"] = "x7" * 400
    pool.write_text("".join(json.dumps(row) + "\n" for row in rows))

    stopping, _ = counting(config, 3)
    with pytest.raises(KeyboardInterrupt):
        run_pipeline(config, tmp_path / "run", stopping)
    assert list((tmp_path / "run" / ".parts").glob("*.npz"))  # else there is nothing to pick up
    longer = changed(config, divergence={"max_length": 400})
    run = run_pipeline(longer, tmp_path / "run", loaders(longer))
    run_pipeline(longer, tmp_path / "fresh", loaders(longer))
    assert_same_run(tmp_path / "run", tmp_path / "fresh")
    assert len(run.token_divergence(0).bits) == run.samples["response_tokens"][0]


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
    monkeypatch.setattr("paser_core.measure.blocks._BLOCK", 2)
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
    monkeypatch.setattr("paser_core.measure.blocks._BLOCK", 2)
    log = []

    class Noted(Alphabet):
        def encode(self, texts, on_progress=None):
            log.append("work")
            return super().encode(texts, on_progress)

    texts = ["a" * n for n in range(1, 10)]
    with pytest.raises(KeyboardInterrupt):
        ResumableEncoder(Once(lambda: Noted(most=5)), None, Store(tmp_path)).encode(texts)
    log.clear()
    resumed = ResumableEncoder(Once(Noted), None, Store(tmp_path))
    resumed.encode(texts, lambda done, total: log.append(done))
    # The first thing told comes with the first work: the clock of the time left starts there.
    assert log[0] == "work"
    told = [entry for entry in log if entry != "work"]
    assert len(log) - len(told) == 3  # blocks that were left
    assert told == sorted(told)
    assert told[-1] == len(texts)


@pytest.mark.parametrize(
    "slip",
    [
        {"data": {"path": "pol.jsonl"}},
        {"data": {"fields": {"instruction": "instrction", "output": "output"}}},
        {"embedding": {"precomputed": "vectrs.npy"}},
        {"embedding": {"precomputed": None, "model": "./no-such-encoder"}},
        {"data": {"path": "pol.jsonl"}, "seed": 3, "clustering": {"k_max": 4}},
    ],
)
def test_a_slip_before_anything_was_made_is_put_right_in_the_same_folder(
    workspace, finished, tmp_path, slip
):
    _, config = workspace
    mistaken = changed(config, **slip)
    with pytest.raises(PaserError):
        run_pipeline(mistaken, tmp_path, loaders(mistaken))
    assert read_manifest(tmp_path)["state"] == "failed"
    run_pipeline(config, tmp_path, loaders(config))
    assert_same_run(tmp_path, finished.path)


def test_data_that_was_read_binds_before_anything_was_made(workspace, tmp_path):
    _, config = workspace
    mistaken = changed(config, embedding={"precomputed": "vectrs.npy"})
    with pytest.raises(PaserError):
        run_pipeline(mistaken, tmp_path, loaders(mistaken))
    with pytest.raises(RunError, match=r"data\.limit was not set, now 5"):
        run_pipeline(changed(config, data={"limit": 5}), tmp_path, loaders(config))


@pytest.mark.parametrize(
    "sections",
    [
        {"selection": {"budget": 3}},
        # Too little memory for a batch is put right with a smaller one, in the same folder.
        {"embedding": {"batch_size": 8}},
    ],
)
def test_what_changes_no_result_binds_nothing(workspace, finished, tmp_path, sections):
    _, config = workspace
    copy = tmp_path / "run"
    shutil.copytree(finished.path, copy)
    config = changed(config, **sections)
    run = run_pipeline(config, copy, loaders(config))
    assert run.fingerprint == finished.fingerprint
    assert run.config.selection.budget == config.selection.budget
    assert "stage_started" not in {e["event"] for e in read_events(copy)[-9:]}


def test_chunks_measured_at_other_temperatures_are_not_picked_up(workspace, tmp_path, monkeypatch):
    _, config = workspace
    whole, models = counting(config)
    run_pipeline(config, tmp_path / "whole", whole)
    batches = models[0].batches

    stopping, _ = counting(config, batches - 1)
    with pytest.raises(KeyboardInterrupt):
        run_pipeline(config, tmp_path / "run", stopping)
    parts = set((tmp_path / "run" / ".parts").glob("*.npz"))
    assert parts  # else there is nothing to pick up
    # As many temperatures, so that the parts have the right shape, but others.
    real = divergence.temperature_nodes
    monkeypatch.setattr(divergence, "temperature_nodes", lambda m: np.sqrt(real(m)))
    again, models = counting(config)
    with pytest.raises(SchemaError, match="temperatures"):  # the run is not one of this program's
        run_pipeline(config, tmp_path / "run", again)
    assert models[0].batches == batches
