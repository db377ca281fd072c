"""``paser plan``: what a run will cost. A clock of our own, so that the arithmetic is all that is tested."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from paser_core.cli import main
from paser_core.config import parse_config
from paser_core.measure import estimate as module
from paser_core.measure.estimate import estimate
from paser_core.measure.loading import loaders
from paser_core.stages.divergence import plan_chunks

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "data" / "demo"
A_LETTER, A_TOKEN = 1e-3, 1e-4  # seconds


class Clock:
    """Time goes on only when somebody works."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now


class Encoder:
    name = "of letters"

    def __init__(self, clock):
        self.clock = clock

    def encode(self, texts, on_progress=None):
        self.clock.now += A_LETTER * sum(map(len, texts))
        return np.eye(len(texts), 8, dtype=np.float32)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def pool(tmp_path):
    """500 questions of very different lengths, every fifth of them twice."""
    rows = [
        {"instruction": f"What is {i} " + "and " * (i % 37) + "more?", "output": "x" * (i % 90 + 1)}
        for i in range(500)
    ]
    rows += rows[::5]
    path = tmp_path / "pool.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def cost(found, title):
    (known,) = (cost for cost in found.costs if cost.title.startswith(title))
    return known.seconds


def test_embedding_costs_what_all_different_texts_cost(pool, clock):
    config = parse_config({"data": {"path": str(pool)}, "embedding": {"shared": "keep"}})
    found = estimate(config, loaders(config, encoder=(Encoder(clock), None)))
    texts = {json.loads(line)["instruction"] for line in pool.read_text().splitlines()}
    assert (found.rows, found.usable) == (600, 600)
    assert cost(found, "Embedding") == pytest.approx(A_LETTER * sum(map(len, texts)), rel=1e-9)
    assert found.tokens is None
    assert found.scoring_flops is None


def test_given_vectors_cost_nothing(pool, tmp_path, clock):
    np.save(tmp_path / "v.npy", np.eye(600, 16, dtype=np.float32))
    config = parse_config(
        {"data": {"path": str(pool)}, "embedding": {"precomputed": str(tmp_path / "v.npy")}}
    )
    assert cost(estimate(config, loaders(config)), "Embedding") == 0


def test_the_models_cost_what_all_micro_batches_cost(pool, clock, monkeypatch):
    seen = []

    def read(chunk, tokenized, *_, **__):
        lengths = tokenized.lengths
        seen.append(len(chunk.batches))
        clock.now += A_TOKEN * sum(len(rows) * lengths[rows].max() for rows in chunk.batches)

    monkeypatch.setattr(module, "score_chunk", read)
    names = {name: str(DEMO / "models" / name) for name in ("original", "compressed")}
    config = parse_config(
        {
            "data": {"path": str(pool)},
            "models": {**names, "template": "chat"},
            "divergence": {"batch_tokens": 1024},
        }
    )
    known = loaders(config, encoder=(Encoder(clock), None))
    found = estimate(config, known)
    given = module.Input.of(module.read_records(config.data), config)
    lengths = known.check(given.conversations, lambda *_: None).tokenized.lengths
    batches = [rows for chunk in plan_chunks(lengths, 1024) for rows in chunk.batches]
    assert max(seen) < len(batches)  # not all were tried
    all_of_it = A_TOKEN * sum(len(rows) * lengths[rows].max() for rows in batches)
    assert cost(found, "Divergence") == pytest.approx(all_of_it, rel=1e-9)
    assert found.tokens == lengths.sum()
    parameters = [
        sum(np.prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118
        for name in names.values()
        for file in [safe_open(f"{name}/model.safetensors", "np")]
    ]
    assert found.scoring_flops == 2 * sum(parameters) * lengths.sum()
    assert found.training_flops == 6 * parameters[1] * lengths.sum()


def test_the_structure_goes_through_what_was_measured_and_grows():
    for n, seconds, memory in module._STRUCTURE:
        assert module._between(n, 1) == pytest.approx(seconds)
        assert module._between(n, 2) == pytest.approx(memory)
    figures = [module._between(n, 1) for n in (3, 400, 4_168, 20_000, 44_000, 10**5, 10**6)]
    assert figures == sorted(figures)
    assert figures[0] > 0


def test_the_command_tells_and_writes_nothing(pool, tmp_path, monkeypatch, capsys):
    (tmp_path / "run.yaml").write_text("data: {path: pool.jsonl}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert main(["plan", "run.yaml"]) == 0
    told = capsys.readouterr().out
    assert "pool.jsonl: 600 rows, 600 of them usable" in told
    assert "96 samples timed here" in told
    assert "PFLOP" not in told
    assert "Start it with: paser run run.yaml --out RUN" in told
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [(None, "pool.jsonl"), ([{"instruction": "", "output": ""}] * 4, "no row can be used")],
)
def test_a_mistake_is_one_sentence(rows, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    if rows is not None:
        (tmp_path / "pool.jsonl").write_text(
            "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
        )
    (tmp_path / "run.yaml").write_text("data: {path: pool.jsonl}\n", encoding="utf-8")
    assert main(["plan", "run.yaml"]) == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert "Traceback" not in told
