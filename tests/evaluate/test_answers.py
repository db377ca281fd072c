"""Answers in batches are those that one prompt at a time gets, and drawn ones follow from the seed alone."""

from __future__ import annotations

import copy

import pytest
import torch
from tiny_models import byte_tokenizer, tiny_llama

from paser_core.evaluate.answers import Prompt, Sampling, answers
from paser_core.evaluate.batches import batches
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.subject import Subject

TEXTS = [
    "add two numbers",
    "x",
    "### Response: 12 + 30 =",
    "def double(x): return",
    "é ü",
    "a b c",
] * 3


def prompts(tokenizer, most=12):
    found = [tokenizer(f"{i} {text}")["input_ids"] for i, text in enumerate(TEXTS)]
    return [Prompt(tuple(ids), most + i % 3, f"question {i}") for i, ids in enumerate(found)]


def all_answers(subject, asked, tokens=8192, sampling=None):
    found = {}
    for batch in answers(subject, asked, tokens, sampling):
        assert not found.keys() & batch.keys()
        found |= batch
    return [found[i] for i in range(len(asked))]


def test_batches_hold_everything_once_within_their_bound():
    lengths = [5, 1, 9, 9, 2, 30, 4, 1]
    for most in (1, 10, 18, 40, 1000):
        found = batches(lengths, most)
        assert sorted(row for batch in found for row in batch) == list(range(8))
        for batch in found:
            assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= most
    assert batches(lengths, 1000) == [[5, 2, 3, 0, 6, 4, 1, 7]]
    assert batches([], 10) == []


def test_greedy_answers_are_those_of_one_prompt_at_a_time(tiny, subject):
    model, tokenizer = tiny
    for prompt, answer in zip(
        prompts(tokenizer), all_answers(subject, prompts(tokenizer)), strict=True
    ):
        out = model.generate(
            input_ids=torch.tensor([prompt.ids]),
            attention_mask=torch.ones(1, len(prompt.ids), dtype=torch.long),
            max_new_tokens=prompt.most, do_sample=False, pad_token_id=0, eos_token_id=1,
        )[0, len(prompt.ids) :]  # fmt: skip
        ended = 1 in out.tolist()
        assert answer.text == tokenizer.decode(out, skip_special_tokens=True)
        assert answer.cut == (not ended)
        assert answer.tokens == len(out)


@pytest.mark.parametrize("sampling", [None, Sampling(1.3, 0.9, 5)])
def test_what_is_in_a_batch_does_not_change_an_answer(tiny, subject, sampling):
    asked = prompts(tiny[1])
    alone = all_answers(subject, asked, 1, sampling)
    assert not any(answer.close for answer in alone)
    for tokens in (60, 200, 8192):
        assert all_answers(subject, asked, tokens, sampling) == alone
    backwards = all_answers(subject, asked[::-1], 8192, sampling)[::-1]
    assert backwards == alone


def test_another_seed_or_another_sample_draws_otherwise(tiny, subject):
    asked = prompts(tiny[1])
    one, other = (all_answers(subject, asked, sampling=Sampling(1.0, 1.0, seed)) for seed in (0, 1))
    assert one != other
    same = [Prompt(asked[0].ids, 12, f"p\0{i}") for i in range(6)]
    texts = {answer.text for answer in all_answers(subject, same, sampling=Sampling(1.5, 1.0, 0))}
    assert len(texts) > 3


def test_tokens_are_drawn_with_the_probabilities_of_the_model(tiny, subject):
    model, tokenizer = tiny
    ids = tuple(tokenizer("add two")["input_ids"])
    n, temperature, top_p = 4000, 0.7, 0.8
    drawn = all_answers(
        subject,
        [Prompt(ids, 1, str(i)) for i in range(n)],
        1 << 16,
        Sampling(temperature, top_p, 0),
    )
    counts: dict[str, int] = {}
    for answer in drawn:
        counts[answer.text] = counts.get(answer.text, 0) + 1
    with torch.inference_mode():
        p = (model(torch.tensor([ids])).logits[0, -1] / temperature).softmax(0)
    order = p.argsort(descending=True)
    kept = order[: int((p[order].cumsum(0) < top_p).sum()) + 1]  # the first that reach it together
    wanted: dict[str, float] = {}
    for token in kept.tolist():
        text = tokenizer.decode([token], skip_special_tokens=True)
        wanted[text] = wanted.get(text, 0.0) + float(p[token] / p[kept].sum())
    assert counts.keys() <= wanted.keys()
    for text, share in wanted.items():
        assert counts.get(text, 0) / n == pytest.approx(share, abs=4 * (share / n) ** 0.5 + 1e-3)


def test_what_a_checkpoint_wants_of_its_own_is_not_mixed_in(tiny):
    model, tokenizer = copy.deepcopy(tiny)
    plain = all_answers(Subject.live(model, tokenizer, EvaluateConfig()), prompts(tokenizer))
    own = model.generation_config
    own.repetition_penalty, own.do_sample, own.temperature, own.max_new_tokens = 9.0, True, 2.0, 1
    penalized = all_answers(Subject.live(model, tokenizer, EvaluateConfig()), prompts(tokenizer))
    assert penalized == plain
    assert model.generation_config is own


def test_nearly_equal_tokens_are_told():
    tokenizer = byte_tokenizer()
    model = tiny_llama(4, len(tokenizer))
    with torch.no_grad():  # every token has a twin
        half = len(tokenizer) // 2
        model.lm_head.weight[half : 2 * half] = model.lm_head.weight[:half] + 1e-7
    subject = Subject.live(model, tokenizer, EvaluateConfig())
    assert all(answer.close for answer in all_answers(subject, prompts(tokenizer)))
