"""Perplexity against direct computations, and what is said beside it."""

from __future__ import annotations

import gzip
import math

import pytest
import torch
from eval_data import ROOT, eval_file

import paser_core as paser
from paser_core.errors import DataError, EvaluationError
from paser_core.evaluate.likelihood import negative_log_likelihoods
from paser_core.evaluate.tasks.ppl import bytes_of_tokens

TEXT = "### Instruction: add two numbers\n### Response: 12 + 30 = 42, é.\n" * 9


def direct(model, ids, context):
    """Sum of −log p and number of predicted tokens: one window after another, one token at a time."""
    nats, n = 0.0, 0
    for start in range(0, len(ids), context):
        window = torch.tensor([ids[start : start + context]])
        with torch.inference_mode():
            p = model(window).logits[0].double().log_softmax(-1)
        for i in range(window.shape[1] - 1):
            nats -= float(p[i, window[0, i + 1]])
            n += 1
    return nats, n


def figures(evaluation):
    (task,) = evaluation.results["tasks"].values()
    return task


def predicted_bytes(tokenizer, text, context):
    """Bytes of all tokens but the first of each window: theirs is one letter for a byte."""
    ids = tokenizer(text)["input_ids"]
    pieces = [
        "" if i in tokenizer.all_special_ids else tokenizer.convert_ids_to_tokens(i) for i in ids
    ]
    return sum(len(piece) for i, piece in enumerate(pieces) if i % context)


@pytest.mark.parametrize("context", [2, 7, 64, 256])
def test_bytes_are_those_of_the_text_where_windows_cut_its_characters(context):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(ROOT / "data/demo/models/original")
    text = "日本語の文章です。 été 42 🙂\n" * 40
    sizes = bytes_of_tokens(text, tokenizer(text, return_offsets_mapping=True)["offset_mapping"])
    assert sizes.sum() == pytest.approx(len(text.encode()))
    counted = sum(size for i, size in enumerate(sizes) if i % context)
    # Tokens of a cut character share it evenly: within three bytes at each cut.
    assert counted == pytest.approx(predicted_bytes(tokenizer, text, context), rel=0.02)


@pytest.mark.parametrize("context", [2, 7, 64, 256])
def test_against_one_token_at_a_time(tiny, tmp_path, context):
    model, tokenizer = tiny
    (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")
    found = paser.evaluate(
        model, f"ppl:{tmp_path / 'text.txt'}", out=tmp_path / "out", tokenizer=tokenizer,
        context=context, batch_tokens=300,
    )  # fmt: skip
    nats, n = direct(model, tokenizer(TEXT)["input_ids"], context)
    task = figures(found)
    assert task["perplexity"] == pytest.approx(math.exp(nats / n), rel=1e-5)
    assert (task["tokens"], task["context"]) == (n, context)
    size = predicted_bytes(tokenizer, TEXT, context)
    assert task["bits_per_byte"] == pytest.approx(nats / math.log(2) / size, rel=1e-5)
    assert found.items["expected_tokens"].sum() == n
    assert found.items["nats"].sum() == pytest.approx(nats, rel=1e-5)
    assert found.items["score"].isna().all()


def test_wikitext_against_a_direct_computation_with_the_demo_model(tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with gzip.open(eval_file("wikitext2_test.txt.gz"), "rt", encoding="utf-8") as file:
        text = file.read()[:30_000]  # all of it: benchmarks/bench_evaluate.py
    (tmp_path / "wiki.txt").write_text(text, encoding="utf-8")
    folder = ROOT / "data/demo/models/compressed"
    found = figures(paser.evaluate(folder, f"ppl:{tmp_path / 'wiki.txt'}", out=tmp_path / "out"))
    model, tokenizer = (
        AutoModelForCausalLM.from_pretrained(folder),
        AutoTokenizer.from_pretrained(folder),
    )
    ids, nats, n = tokenizer(text, return_tensors="pt")["input_ids"][0], 0.0, 0
    for window in ids.split(512):
        with torch.inference_mode():  # the library's own loss
            loss = model(window[None], labels=window[None]).loss.double()
        nats, n = nats + float(loss) * (len(window) - 1), n + len(window) - 1
    assert found["perplexity"] == pytest.approx(math.exp(nats / n), rel=1e-4)
    assert (found["context"], found["tokens"]) == (512, n)


def test_a_longer_context_than_the_model_reads_and_a_text_of_one_token_are_refused(tiny, tmp_path):
    model, tokenizer = tiny
    file = tmp_path / "text.txt"
    file.write_text(TEXT, encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"context is 257, but .* reads 256 tokens at most"):
        paser.evaluate(model, f"ppl:{file}", out=tmp_path / "a", tokenizer=tokenizer, context=257)
    file.write_text(" \n", encoding="utf-8")
    with pytest.raises(DataError, match="is empty"):
        paser.evaluate(model, f"ppl:{file}", out=tmp_path / "b", tokenizer=tokenizer)
    assert not (tmp_path / "b").exists()


def test_a_sequence_of_which_nothing_is_scored_costs_nothing(subject):
    (found,) = negative_log_likelihoods(subject, [[5], [5, 6]], [[True], [True, False]], 100)
    assert found == {0: 0.0, 1: 0.0}
