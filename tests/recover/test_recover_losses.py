"""The losses against slow readings of their definitions; a batch in parts is the batch in one piece."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from recovery_pairs import rows
from tiny_models import byte_tokenizer, sample, tiny_llama

from paser_core.models.transformers_tokenizer import TransformersTokenizer
from paser_core.recover.batches import Steps, parts_of, plan
from paser_core.recover.history import History
from paser_core.recover.recipes.kd import RECIPE as KD
from paser_core.recover.recipes.kd_sft import RECIPE as KD_SFT
from paser_core.recover.recipes.sft import RECIPE as SFT
from paser_core.recover.settings import RecoverConfig, Schedule
from paser_core.recover.training import Course, RecoveryTrainer, rate_of
from paser_core.stages.divergence.tokens import tokenize


@pytest.fixture(scope="module")
def tokenized():
    made = [sample(row["instruction"], "", row["output"]) for row in rows(7)]
    return tokenize(made, TransformersTokenizer(byte_tokenizer()), 512)


def stepped(recipe, tokenized, folder, **settings):
    """One step of the trainer on all rows: the loss and the gradients."""
    config = RecoverConfig(**{"batch": 7, "dropout": 0.0, **settings})
    steps = plan(np.arange(7), 7, 1, 0)
    model, original = tiny_llama(1, 320), tiny_llama(2, 320)
    course = Course(
        recipe,
        History.of((1,), 7),
        Steps(steps, tokenized, config.batch_tokens),
        config,
        None,
        original,
    )
    trainer = RecoveryTrainer(model, course, folder)
    loss = trainer.training_step(model, course.steps[0])
    return float(loss), {n: p.grad.clone() for n, p in model.named_parameters()}, (model, original)


def slow_sft(model, _original, tokenized, _temperature):
    total, count = 0.0, 0
    for row in range(7):
        ids, measured = tokenized.row(row)
        logits = model(torch.tensor(ids[None].astype(np.int64))).logits[0].double()
        for place in np.flatnonzero(measured):
            total = total - torch.log_softmax(logits[place - 1], 0)[int(ids[place])]
            count += 1
    return total / count


def slow_kd(model, original, tokenized, temperature):
    total, count = 0.0, 0
    for row in range(7):
        ids, measured = tokenized.row(row)
        batch = torch.tensor(ids[None].astype(np.int64))
        ours = torch.softmax(model(batch).logits[0].double() / temperature, -1)
        with torch.no_grad():
            theirs = torch.softmax(original(batch).logits[0].double() / temperature, -1)
        for place in np.flatnonzero(measured):
            p, q = theirs[place - 1], ours[place - 1]
            total = total + (p * (p.log() - q.log())).sum() * temperature**2
            count += 1
    return total / count


@pytest.mark.parametrize(
    ("recipe", "slow", "temperature"),
    [(SFT, slow_sft, 1.0), (KD, slow_kd, 1.0), (KD, slow_kd, 2.0)],
)
def test_loss_and_gradient_are_those_of_the_definition(
    recipe, slow, temperature, tokenized, tmp_path
):
    loss, gradients, (model, original) = stepped(
        recipe, tokenized, tmp_path, temperature=temperature, batch_tokens=100
    )
    model.zero_grad()
    expected = slow(model, original, tokenized, temperature)
    expected.backward()
    assert loss == pytest.approx(expected.item(), abs=1e-5)
    for name, weight in model.named_parameters():
        torch.testing.assert_close(gradients[name], weight.grad, atol=1e-5, rtol=1e-4)


def test_what_is_not_a_response_has_no_part_in_the_loss(tokenized, tmp_path):
    """Another question before the same answer changes the loss only through what the model reads."""
    steps = Steps(plan(np.arange(7), 7, 1, 0), tokenized, 4096)
    (part,) = steps[0]
    responses = sum(int(tokenized.row(row)[1].sum()) for row in range(7))
    assert int(part["measured"].sum()) == responses
    assert responses < int(part["mask"].sum())  # there are prompts
    assert not part["measured"][:, 0].any()
    assert not (part["measured"] & (part["mask"] == 0)).any()  # padding is none


def test_a_batch_in_parts_has_the_gradient_of_the_batch_in_one_piece(tokenized, tmp_path):
    whole, expected, _ = stepped(SFT, tokenized, tmp_path / "a", batch_tokens=100_000)
    loss, gradients, _ = stepped(SFT, tokenized, tmp_path / "b", batch_tokens=16)
    assert loss == pytest.approx(whole, abs=1e-6)
    for name, gradient in expected.items():
        torch.testing.assert_close(gradients[name], gradient, atol=1e-6, rtol=1e-4)


def test_parts_hold_every_row_once_and_no_more_tokens_than_asked_for():
    rng = np.random.default_rng(3)
    lengths = rng.integers(1, 90, 50)
    chosen = rng.permutation(50)[:33]
    parts = parts_of(chosen, lengths, 128)
    assert sorted(np.concatenate(parts)) == sorted(chosen)
    assert all(len(part) * lengths[part].max() <= 128 for part in parts)
    (alone,) = parts_of(np.array([0]), np.array([500]), 128)  # longer than that by itself
    assert list(alone) == [0]


def test_every_epoch_sees_every_row_once_in_an_order_of_its_own():
    steps = plan(np.arange(10, 31), 8, 2, seed=4)
    assert [len(step) for step in steps] == [8, 8, 5] * 2
    first, second = np.concatenate(steps[:3]), np.concatenate(steps[3:])
    assert sorted(first) == sorted(second) == list(range(10, 31))
    assert list(first) != list(second)
    again = plan(np.arange(10, 31), 8, 2, seed=4)
    assert all(np.array_equal(a, b) for a, b in zip(steps, again, strict=True))


@pytest.mark.parametrize("total", [2, 3, 14, 61])
def test_half_of_the_steps_each(total):
    first, second = KD_SFT.steps(total)
    assert (first, second) == (total // 2, total - total // 2)
    assert SFT.steps(total) == (total,)


@pytest.mark.parametrize("kind", list(Schedule))
@pytest.mark.parametrize("total", [1, 2, 50])
def test_no_step_is_without_a_learning_rate(kind, total):
    rates = [rate_of(step, total, 0.1, kind) for step in range(total)]
    assert all(0 < rate <= 1 for rate in rates)
    rising = int(np.ceil(0.1 * total))
    assert rates[:rising] == sorted(rates[:rising])
    assert rates[rising:] == sorted(rates[rising:], reverse=True)
    assert max(rates) == 1 or total == 1
