"""IFD against its definition, and what becomes of samples that it leaves out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from slow_reading import SlowReader
from tiny_models import byte_tokenizer, sample, tiny_llama

from paser_core.config import ScoresConfig
from paser_core.measure.scores.ifd import with_alone
from paser_core.measure.scores.make import make_scores
from paser_core.models.transformers_lm import TransformersLM
from paser_core.models.transformers_tokenizer import TransformersTokenizer
from paser_core.selection import Setting, Status, reason_of
from paser_core.selection.of_run import select_from_run
from paser_core.stages.divergence import tokenize
from paser_core.stages.likelihood import mean_losses


@pytest.mark.parametrize("role", ["compressed", "original"])
def test_both_losses_are_those_of_single_passes(run, role):
    scores = make_scores(run, "ifd", ScoresConfig(model=role))
    reader = SlowReader(role)
    given, alone = scores.column("given"), scores.column("alone")
    rows = np.flatnonzero(run.valid)
    assert len(rows) >= 45
    for row in rows:
        prompt, answer = reader.split(run.conversation(int(row)).messages)
        # The demo's template begins a text with nothing, so the first token stands for nothing alone.
        with_question = reader.losses(prompt, answer)[1:]
        without = reader.losses(answer[:1], answer[1:])
        assert given[row] == pytest.approx(np.mean(with_question), abs=1e-5)
        assert alone[row] == pytest.approx(np.mean(without), abs=1e-5)
        assert given[row] / alone[row] == pytest.approx(
            np.mean(with_question) / np.mean(without), abs=1e-5
        )
    assert np.isnan(given[~run.valid]).all()
    assert scores.cost.passes == 2 * len(rows)


def test_both_selectors_are_their_ratios(run):
    made = make_scores(run, "ifd", ScoresConfig())
    given, alone = made.column("given"), made.column("alone")
    for name, values, edge in (
        ("ifd", given / alone, lambda v: v > 1),
        ("ifd-ppl", np.exp(given) / np.exp(alone), lambda v: v >= 1),
    ):
        selection = select_from_run(run, Setting.of(run, selector=name, budget=1.0))
        kept = np.flatnonzero(run.valid & ~edge(values))
        assert selection.rows.tolist() == kept[np.argsort(-values[kept], kind="stable")].tolist()
        np.testing.assert_allclose(selection.ranking.score[kept], values[kept], rtol=1e-12)


def test_what_is_dropped_has_a_reason_and_is_counted(run, monkeypatch):
    made = make_scores(run, "ifd", ScoresConfig())
    frame = made.table.copy()
    low, even, high = np.flatnonzero(run.valid)[:3]
    frame.loc[[low, even, high], ["given", "alone"]] = [[1.0, 2.0], [2.0, 2.0], [3.0, 2.0]]
    monkeypatch.setitem(made.__dict__, "table", frame)
    monkeypatch.setattr(type(run), "scores", lambda *_: made)
    for name, dropped, text in (
        ("ifd", [high], "Its IFD is 1.500, above 1"),
        ("ifd-ppl", [even, high], "Its IFD is 2.718, not below 1"),
    ):
        setting = Setting.of(run, selector=name, budget=1.0)
        selection = select_from_run(run, setting)
        for row in dropped:
            assert selection.status_of(row) is Status.INVALID
            assert selection.ranking.rank[row] == 0
        assert text in reason_of(selection, high)
        assert selection.status_of(low) is Status.SELECTED
        told = [w for w in selection.warnings if "leaves out" in w]
        assert len(told) == 1
        assert f"leaves out {len(dropped)} of {run.valid.sum()} samples" in told[0]
        # A person may want one all the same.
        wanted = select_from_run(run, replace(setting, forced_in=(run.ids[high],)))
        assert wanted.status_of(high) is Status.FORCED_IN
        assert wanted.ranking.rank[high] == 1


def test_an_answer_alone_follows_the_token_that_texts_begin_with():
    plain = byte_tokenizer()
    net = tiny_llama(3, len(plain))
    samples = [sample("Add.", "", "12 30 42"), sample("Say a word.", "", "a")]
    tokens = tokenize(samples, TransformersTokenizer(plain), 512)
    both, problems = with_alone(tokens, [plain.bos_token_id])
    assert problems == [None, None]
    losses = mean_losses(np.arange(4), both, TransformersLM(net, "tiny"))
    for row in range(2):
        answer = plain(samples[row].messages[1]["content"], add_special_tokens=False)["input_ids"]
        answer = [*answer, plain.eos_token_id]
        for place, lead in ((row, tokens.prompt(row).tolist()), (2 + row, [plain.bos_token_id])):
            with torch.no_grad():
                logits = net(torch.tensor([[*lead, *answer]]), use_cache=False).logits[0].double()
            told = torch.log_softmax(logits, 1)
            mean = -np.mean([told[len(lead) - 1 + i, t].item() for i, t in enumerate(answer)])
            assert losses[place] == pytest.approx(mean, abs=1e-5)


def test_without_a_token_that_starts_a_text_the_first_one_counts_in_neither():
    plain = byte_tokenizer()
    model = TransformersLM(tiny_llama(3, len(plain)), "tiny")
    samples = [sample("Add.", "", "12 30 42"), sample("Say a word.", "", "a")]
    tokens = tokenize(samples, TransformersTokenizer(plain), 512)
    both, problems = with_alone(tokens, [])
    assert problems == [None, None]  # "a" ends with the end of sequence: two tokens
    for row in range(2):
        prompt, answer = tokens.prompt(row).tolist(), tokens.response(row).tolist()
        given, alone = both.row(row), both.row(2 + row)
        assert alone[0].tolist() == answer
        assert given[0][given[1]].tolist() == answer[1:] == alone[0][alone[1]].tolist()
        assert given[0].tolist() == prompt + answer
    losses = mean_losses(np.arange(4), both, model)
    assert np.isfinite(losses).all()
