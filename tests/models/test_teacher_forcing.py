"""Two models under teacher forcing, against a loop of one sample and one token."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
import torch
from tiny_models import sample, tiny_llama

from paser_core.config import ModelsConfig, Residency, Template
from paser_core.errors import ModelError
from paser_core.models.transformers_lm import TransformersLM, load_pair, pair_of
from paser_core.models.transformers_tokenizer import TransformersTokenizer
from paser_core.protocols import ModelPair
from paser_core.stages.divergence import (
    interpolate,
    plan_chunks,
    score_chunk,
    temperature_nodes,
    tokenize,
)

SAMPLES = [
    ("Add the numbers.", "12 30", "42"),
    ("Write a function that doubles.", "", "def double(x):\n    return x * 2  # twice"),
    ("Name the city.", "", "Zürich — 東京 😀"),
    ("Say a word.", "", "a"),
    ("Count.", "", " ".join(map(str, range(40)))),
]


def oracle(original, compressed, prompt, response, temperature):
    """Mean bits per response token of one sample, in float64, token after token."""
    total = 0.0
    for m in range(len(response)):
        seen = torch.tensor([[*prompt, *response[:m]]])
        with torch.no_grad():
            pair = [
                net(seen).logits[0, -1].double() / temperature for net in (original, compressed)
            ]
        p, q = (torch.exp(x - x.max()) / torch.exp(x - x.max()).sum() for x in pair)
        for a, b in zip(p.tolist(), q.tolist(), strict=True):
            total += 0.5 * a * math.log2(2 * a / (a + b)) if a > 0 else 0.0
            total += 0.5 * b * math.log2(2 * b / (a + b)) if b > 0 else 0.0
    return total / len(response)


def score(pair, samples=SAMPLES, max_length=512, nodes=25, batch_tokens=400, chunk_tokens=300):
    tokens = tokenize(
        [sample(*texts) for texts in samples],
        pair.tokenizer,
        max_length,
        vocab_size=pair.vocab_size,
    )
    values = np.full((len(samples), nodes), np.nan)
    per_token, problems = {}, dict(enumerate(tokens.problems))
    for chunk in plan_chunks(tokens.lengths, batch_tokens, chunk_tokens):
        scores = score_chunk(chunk, tokens, pair, temperature_nodes(nodes))
        values[scores.rows] = scores.values
        for row, bits, problem in zip(
            scores.rows, scores.token_values, scores.problems, strict=True
        ):
            per_token[int(row)] = bits
            problems[int(row)] = problem
    return tokens, values, per_token, problems


def pair_from(original, compressed, tokenizer):
    return pair_of(
        TransformersLM(original, "o"),
        TransformersLM(compressed, "c"),
        TransformersTokenizer(tokenizer),
    )


def test_batches_agree_with_the_sample_by_sample_oracle_at_and_between_nodes(live, tokenizer):
    tokens, values, per_token, _ = score(pair_from(*live, tokenizer))
    nodes = temperature_nodes(25)
    between = np.geomspace(0.26, 3.9, 7)
    for row in range(len(SAMPLES)):
        prompt, response = tokens.prompt(row).tolist(), tokens.response(row).tolist()
        for j in (0, 5, 12, 18, 24):
            expected = oracle(*live, prompt, response, nodes[j])
            assert values[row, j] == pytest.approx(expected, abs=1e-5)
        for t in between:
            got = interpolate(values[row : row + 1], nodes, float(t))[0]
            assert got == pytest.approx(oracle(*live, prompt, response, t), abs=2e-4)
        assert per_token[row].shape == (len(response),)
        assert per_token[row].mean() == pytest.approx(values[row, 12], abs=1e-6)
        first = oracle(*live, prompt, response[:1], 1.0)
        assert per_token[row][0] == pytest.approx(first, abs=1e-5)


def test_an_even_number_of_nodes_still_keeps_the_tokens_at_temperature_one(live, tokenizer):
    pair = pair_from(*live, tokenizer)
    _, _, odd, _ = score(pair, nodes=5)
    _, values, even, _ = score(pair, nodes=6)
    assert values.shape == (len(SAMPLES), 6)
    for row in odd:
        np.testing.assert_array_equal(odd[row], even[row])


def test_identical_models_give_exactly_zero(live, tokenizer):
    lm = TransformersLM(live[0])
    _, values, per_token, _ = score(pair_of(lm, lm, TransformersTokenizer(tokenizer)))
    assert (values == 0.0).all()
    assert all((bits == 0.0).all() for bits in per_token.values())


def test_the_plan_does_not_change_the_numbers(live, tokenizer):
    pair = pair_from(*live, tokenizer)
    one_by_one = score(pair, batch_tokens=1, chunk_tokens=1)[1]
    together = score(pair, batch_tokens=10_000)[1]
    np.testing.assert_allclose(one_by_one, together, rtol=0, atol=1e-6)


def test_a_block_of_logits_smaller_than_a_sample_changes_nothing(live, tokenizer, monkeypatch):
    from paser_core.stages.divergence import teacher_forcing

    pair = pair_from(*live, tokenizer)
    expected = score(pair)[1]
    monkeypatch.setattr(teacher_forcing, "LOGIT_BYTES", 4 * 320 * 3)
    np.testing.assert_allclose(score(pair)[1], expected, rtol=0, atol=1e-6)


def test_taking_turns_gives_the_same_bits_and_one_body_at_a_time(checkpoints, monkeypatch):
    from paser_core.stages.divergence import reading

    config = ModelsConfig(
        original=str(checkpoints / "original"),
        compressed=str(checkpoints / "compressed"),
        residency=Residency.BOTH,
    )
    expected = score(load_pair(config))[1]
    pair = load_pair(dataclasses.replace(config, residency=Residency.ALTERNATE))
    assert pair.alternate
    resident = []
    for lm in (pair.original, pair.compressed):
        states = lm.states

        def watched(*batch, states=states):
            out = states(*batch)
            resident.append((pair.original.resident, pair.compressed.resident))
            return out

        monkeypatch.setattr(lm, "states", watched)
    monkeypatch.setattr(reading, "SPOOL_BYTES", 6000)  # several turns a chunk
    np.testing.assert_array_equal(score(pair)[1], expected)
    assert set(resident) == {(True, False), (False, True)}
    turns = sum(a != b for a, b in itertools.pairwise(resident))
    assert turns <= len(resident) / 2, "whoever is resident should start the next turn"


def test_logits_that_are_not_finite_are_a_problem_of_the_row_alone(live, tokenizer):
    original, _ = live
    broken = tiny_llama(0, len(tokenizer), tie_word_embeddings=False)
    broken.load_state_dict(original.state_dict())
    tokens = tokenize([sample(*texts) for texts in SAMPLES], TransformersTokenizer(tokenizer), 512)
    with torch.no_grad():  # only this sample contains the token
        token = next(
            iter(set(tokens.response(2).tolist()) - set(tokens.response(1).tolist()) - {1})
        )
        others = [
            set(tokens.response(r).tolist()) | set(tokens.prompt(r).tolist()) for r in (0, 1, 3, 4)
        ]
        assert all(token not in other for other in others)
        broken.model.embed_tokens.weight[token] = math.nan
    _, values, _, problems = score(pair_from(original, broken, tokenizer))
    assert np.isnan(values).all(axis=1).tolist() == [False, False, True, False, False]
    assert [problem is None for problem in problems.values()] == [True, True, False, True, True]
    assert problems[2].startswith("The compressed model (c) gave logits that are not finite")


class Greedy:
    """A model whose states need a petabyte."""

    def __init__(self, model):
        self._model = model

    def __getattr__(self, name):
        return getattr(self._model, name)

    def states(self, ids, mask, positions):
        return torch.empty(2**48, dtype=torch.float32)


class Narrow:
    """A model on a device with room for so many tokens at once."""

    def __init__(self, model, room):
        self._model, self._room = model, room
        self.refused = []

    def __getattr__(self, name):
        return getattr(self._model, name)

    def states(self, ids, mask, positions):
        if ids.numel() > self._room:
            self.refused.append(ids.numel())
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return self._model.states(ids, mask, positions)


@pytest.mark.parametrize("alternate", [False, True])
@pytest.mark.parametrize("narrow", ["original", "compressed"])
def test_a_batch_that_does_not_fit_is_read_in_halves(live, tokenizer, narrow, alternate):
    pair = pair_from(*live, tokenizer)
    samples = SAMPLES + [("Count up.", "", " ".join(map(str, range(n)))) for n in range(1, 40)]
    expected = score(pair, samples, chunk_tokens=100_000)[1]
    model = Narrow(getattr(pair, narrow), 200)
    tight = dataclasses.replace(pair, alternate=alternate, **{narrow: model})
    tokens = tokenize([sample(*texts) for texts in samples], pair.tokenizer, 512)
    (chunk,) = plan_chunks(tokens.lengths, 400, 100_000)
    scores = score_chunk(chunk, tokens, tight, temperature_nodes(25))
    np.testing.assert_array_equal(scores.rows, chunk.rows)
    np.testing.assert_allclose(scores.values, expected[scores.rows], rtol=0, atol=1e-6)
    padded = [len(rows) * int(tokens.lengths[rows].max()) for rows in chunk.batches]
    assert scores.halved == sum(size > 200 for size in padded) > 2
    assert model.refused == sorted(model.refused, reverse=True), "as much is not tried twice"
    assert len(model.refused) < scores.halved


def test_too_little_memory_is_a_sentence_with_what_to_do(live, tokenizer):
    pair = pair_from(*live, tokenizer)
    with pytest.raises(ModelError, match=r"memory is not enough.*divergence\.batch_tokens"):
        score(dataclasses.replace(pair, compressed=Greedy(pair.compressed)))


def test_an_enlarged_vocabulary_is_compared_on_its_shared_part(tokenizer):
    small, large = tiny_llama(0, len(tokenizer)), tiny_llama(1, len(tokenizer) + 64)
    pair = pair_from(small, large, tokenizer)
    assert pair.vocab_size == len(tokenizer)
    assert "320 tokens and the compressed one 384" in pair.notices[0].text
    cut = tiny_llama(1, len(tokenizer) + 64)
    cut.resize_token_embeddings(len(tokenizer))
    expected = score(pair_from(small, cut, tokenizer))[1]
    np.testing.assert_allclose(score(pair)[1], expected, rtol=0, atol=1e-6)
    same = tiny_llama(0, len(tokenizer) + 64)
    with torch.no_grad():
        for name, parameter in same.named_parameters():
            source = small.get_parameter(name)
            parameter[tuple(slice(n) for n in source.shape)] = source
    np.testing.assert_array_equal(score(pair_from(small, same, tokenizer))[1], 0.0)


def test_truncation_scores_the_same_first_tokens(live, tokenizer):
    pair = pair_from(*live, tokenizer)
    full, _, whole, _ = score(pair)
    limit = int(full.lengths[4]) - 20
    cut, _, part, _ = score(pair, max_length=limit)
    assert cut.truncated.tolist() == [False, False, False, False, True]
    assert part[4].size == whole[4].size - 20
    np.testing.assert_allclose(part[4], whole[4][:-20], rtol=0, atol=1e-6)


def test_a_pair_is_all_the_stage_asks_for(live, tokenizer):
    pair = pair_from(*live, tokenizer)
    assert isinstance(pair, ModelPair)
    assert pair.notices == ()
    assert pair.tokenizer.template is Template.ALPACA
