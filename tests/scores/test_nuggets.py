"""Golden scores against their definition: whole texts, one fresh pass each, nothing kept."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from slow_reading import SlowReader
from tiny_models import byte_tokenizer, sample, tiny_llama
from transformers import (
    FalconMambaConfig,
    FalconMambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
)

from paser_core.config import ScoresConfig
from paser_core.measure.scores.make import make_scores
from paser_core.measure.scores.nuggets import anchors_of, gains_of, nearest_to_centers
from paser_core.models.continued import Continued
from paser_core.models.transformers_lm import TransformersLM
from paser_core.models.transformers_tokenizer import TransformersTokenizer
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run
from paser_core.stages.divergence import tokenize

ANCHORS = 8


def slow_gains(reader, messages, anchors):
    """What the answer of each anchor gains in log-probability after an example."""
    prompt, answer = reader.split(messages)
    gains = []
    for task, wanted in anchors:
        gains.append(
            sum(reader.losses(task, wanted)) - sum(reader.losses([*prompt, *answer, *task], wanted))
        )
    return np.array(gains)


def test_golden_scores_are_those_of_single_passes(run):
    scores = make_scores(run, "nuggets", ScoresConfig(anchors=ANCHORS))
    golden, gain = scores.column("golden"), scores.column("gain")
    reader = SlowReader("compressed")
    ids = scores.manifest["anchors"]
    assert len(set(ids)) == ANCHORS
    anchors = [reader.split(run.conversation(run.row_of[i]).messages) for i in ids]
    rows = np.flatnonzero(run.valid)
    for row in rows:
        gains = slow_gains(reader, run.conversation(int(row)).messages, anchors)
        per_token = np.mean([g / len(a) for g, (_, a) in zip(gains, anchors, strict=True)])
        assert gain[row] == pytest.approx(per_token, abs=1e-5)
        assert np.abs(gains).min() > 1e-5  # no sign hangs on a rounding
        assert golden[row] == pytest.approx(np.mean(gains > 0), abs=1e-5)
    assert np.isnan(golden[~run.valid]).all()
    assert scores.cost.passes == len(rows) * (ANCHORS + 1)
    assert len(np.unique(golden[rows])) > 1


def test_ties_are_in_the_order_of_the_data_set(run):
    scores = make_scores(run, "nuggets", ScoresConfig(anchors=4))
    setting = Setting.of(run, selector="nuggets", budget=1.0, scores=ScoresConfig(anchors=4))
    golden = scores.column("golden")
    rows = np.flatnonzero(run.valid)
    assert len(np.unique(golden[rows])) < len(rows)
    expected = rows[np.argsort(-golden[rows], kind="stable")]
    assert select_from_run(run, setting).rows.tolist() == expected.tolist()
    assert any("5 values at most" in notice.text for notice in scores.notices)


def test_anchors_are_samples_next_to_the_centers():
    chance = np.random.default_rng(2)
    centers = 10 * np.eye(5)
    points = np.repeat(centers, 8, axis=0) + chance.normal(size=(40, 5))
    rows = np.flatnonzero(chance.random(40) < 0.8)
    found = nearest_to_centers(points.astype(np.float32), rows, 5, 0)
    groups = rows // 8
    assert sorted(found // 8) == [0, 1, 2, 3, 4]
    for row in found:
        mine = rows[groups == row // 8]
        middle = points[mine].mean(axis=0)
        distances = ((points[mine] - middle) ** 2).sum(axis=1)
        assert mine[np.argmin(distances)] == row
    same = np.ones((6, 3), np.float32)
    assert nearest_to_centers(same, np.arange(6), 4, 0).tolist() == [0]


TEXTS = [
    ("Add the numbers.", "12 30", "42"),
    ("Double it.", "", "def double(x): return x * 2"),
    ("Name the city.", "", "Zürich"),
    ("Count.", "", " ".join(map(str, range(12)))),
]


@pytest.mark.parametrize("kind", ["llama", "sliding", "mamba"])
def test_what_a_model_keeps_changes_nothing(kind):
    tokenizer = byte_tokenizer()
    n = len(tokenizer)
    torch.manual_seed(1)
    if kind == "llama":
        made = tiny_llama(4, n)
    elif kind == "sliding":  # the window is shorter than the example
        made = MistralForCausalLM(
            MistralConfig(
                vocab_size=n, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
                num_attention_heads=4, num_key_value_heads=2, sliding_window=9,
                initializer_range=0.25,
            )
        )  # fmt: skip
    else:
        made = FalconMambaForCausalLM(
            FalconMambaConfig(
                vocab_size=n, hidden_size=16, num_hidden_layers=2, state_size=4,
                initializer_range=0.25,
            )
        )  # fmt: skip
    model = TransformersLM(made.eval(), kind)
    tokens = tokenize([sample(*t) for t in TEXTS], TransformersTokenizer(tokenizer), 512)
    start = [tokenizer.bos_token_id]
    anchors = anchors_of(tokens, np.array([0, 2, 3]), model, start, 4096)
    assert len(anchors.shared) > 10  # the template's own words
    continued = Continued(model)
    assert continued.keeps == (kind != "mamba")
    ours = gains_of(tokens.row(1)[0], anchors, continued, model)
    for place, row in enumerate(anchors.rows):
        before, answer = tokens.prompt(row).tolist(), tokens.response(row).tolist()
        sums = []
        for lead in (before, [*tokens.row(1)[0].tolist(), *before[1:]]):
            with torch.no_grad():
                logits = made(torch.tensor([[*lead, *answer]]), use_cache=False).logits[0].double()
            told = torch.log_softmax(logits, 1)
            sums.append(sum(told[len(lead) - 1 + i, t].item() for i, t in enumerate(answer)))
        assert ours[place] == pytest.approx(
            sums[1] - sums[0], abs=1e-4 if kind != "llama" else 1e-5
        )


def test_a_sample_that_leaves_no_room_for_a_task_says_so(run, monkeypatch):
    monkeypatch.setattr("paser_core.models.loading.positions_of", lambda _: 130)
    scores = make_scores(run, "nuggets", ScoresConfig(anchors=3))
    longest = max(
        run.samples.loc[run.row_of[i], ["prompt_tokens", "response_tokens"]].sum()
        for i in scores.manifest["anchors"]
    )
    lengths = run.tokens
    too_long = run.valid & (lengths + longest > 130)
    assert 0 < too_long.sum() < run.valid.sum()
    assert [p is not None and "can read" in p for p in scores.problems] == too_long.tolist()
    assert np.isnan(scores.column("golden")[too_long]).all()


def test_anchors_are_cut_alike_whatever_is_read_together(run):
    """Micro-batches of one and of all give the same scores."""
    made = make_scores(run, "nuggets", ScoresConfig(anchors=6))
    expected = made.column("gain")
    config = run.config
    object.__setattr__(run, "config", dataclasses.replace(
        config, divergence=dataclasses.replace(config.divergence, batch_tokens=64)
    ))  # fmt: skip
    (made.folder / "manifest.json").unlink()
    again = make_scores(run, "nuggets", ScoresConfig(anchors=6))
    np.testing.assert_allclose(again.column("gain"), expected, atol=1e-5)
