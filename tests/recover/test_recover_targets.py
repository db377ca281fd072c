"""Answers of the original model as targets, against a loop that writes one token at a time."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from recovery_pairs import QUICK, rows, write_pair
from transformers import AutoModelForCausalLM, AutoTokenizer

import paser_core as paser
from paser_core.recover.data import Source
from paser_core.recover.request import Request, look
from paser_core.recover.settings import RecoverConfig
from paser_core.recover.targets import Answered, with_targets

SETTINGS = {
    **QUICK,
    "targets": "original",
    "template": "none",
    "max_length": 64,
    "batch_tokens": 64,
}


def slow_answer(model, prompt, most, end):
    ids = list(prompt)
    while len(ids) < most:
        with torch.no_grad():
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
        if ids[-1] == end:
            break
    return ids[len(prompt) :]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """The original ends now and then: the logit of the end of sequence is larger than others."""
    folder = tmp_path_factory.mktemp("ending")
    compressed = write_pair(folder)
    model = AutoModelForCausalLM.from_pretrained(folder / "original")
    with torch.no_grad():
        model.lm_head.weight[1] *= 1.7
    model.save_pretrained(folder / "original")
    return compressed


def test_answers_are_those_of_a_loop_token_by_token(pair, tmp_path):
    given = rows(12)
    done = paser.recover(pair, given, out=tmp_path / "out", **SETTINGS)
    table = pq.read_table(tmp_path / "out" / "targets.parquet").to_pylist()
    original = AutoModelForCausalLM.from_pretrained(pair.parent / "original").eval()
    tokenizer = AutoTokenizer.from_pretrained(pair)
    work = look(Request(str(pair), Source(rows=given), RecoverConfig(**SETTINGS)))
    for row, found in enumerate(table):
        ids, measured = work.material.tokenized.row(row)
        prompt = ids[: int(np.argmax(measured))].tolist()
        expected = slow_answer(original, prompt, 64, tokenizer.eos_token_id)
        assert found["ended"] == (expected[-1] == tokenizer.eos_token_id)
        if expected == [tokenizer.eos_token_id]:
            expected = []
        assert found["tokens"] == expected
        assert found["answer"] == tokenizer.decode(expected, skip_special_tokens=True)
    assert {found["ended"] for found in table} == {True, False}  # both were looked at
    lost = sum(not found["tokens"] for found in table)
    assert done.facts["data"]["used"] == 12 - lost
    assert done.facts["data"]["cut"] == sum(not found["ended"] for found in table)
    assert done.facts["settings"]["targets"] == "original"


def test_what_is_answered_is_not_asked_again(pair, tmp_path, monkeypatch):
    asked = []

    def stop(event):
        if event["event"] == "progress" and event["stage"] == "targets" and not asked:
            asked.append(event["done"])
            raise KeyboardInterrupt

    given, out = rows(12), tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        paser.recover(pair, given, out=out, watch=stop, **SETTINGS)
    assert json.loads((out / "manifest.json").read_text())["error"] == "interrupted"
    parts = list((out / ".parts").glob("answers-*.npz"))
    assert len(parts) == 1
    from paser_core.recover import targets

    made, whole = [], targets._answers
    monkeypatch.setattr(targets, "_answers", lambda *a: made.append(a[2]) or whole(*a))
    paser.recover(pair, given, out=out, **SETTINGS)
    assert sum(map(len, made)) == 12 - asked[0]
    undisturbed = tmp_path / "whole"
    paser.recover(pair, given, out=undisturbed, **SETTINGS)
    ours, theirs = (pq.read_table(f / "targets.parquet") for f in (out, undisturbed))
    assert ours.equals(theirs)


def test_a_row_without_an_answer_is_left_out():
    work = look(
        Request("data/demo/models/compressed", Source(rows=rows(3)), RecoverConfig(template="chat"))
    )
    empty = np.empty(0, np.int32)
    answered = Answered((np.array([5, 6, 2], np.int32), empty, np.array([7], np.int32)),
                        np.array([True, True, False]))  # fmt: skip
    made = with_targets(work.material.tokenized, answered)
    assert made.response(0).tolist() == [5, 6, 2]
    assert made.prompt(0).tolist() == work.material.tokenized.prompt(0).tolist()
    assert made.lengths[1] == 0
    assert made.problems[1] == "The original model does not answer."
    assert list(made.truncated) == [False, False, True]
