"""What the compression set to zero: it stays, or that is said, or it is refused."""

from __future__ import annotations

import json

import pytest
import torch
from recovery_pairs import QUICK, rows, sparse, two_four, write_pair
from tiny_models import tiny_llama
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
)

import paser_core as paser
from paser_core.errors import RecoveryError
from paser_core.recover.lora import merged, with_adapter
from paser_core.recover.masks import Masks, count, is_semi_structured, matrices
from paser_core.recover.settings import RecoverConfig


def weights(folder):
    return {n: w.detach() for n, w, _ in matrices(AutoModelForCausalLM.from_pretrained(folder))}


@pytest.mark.parametrize("adapter", ["lora", "full"])
@pytest.mark.parametrize("method", ["sft", "kd-sft"])
def test_a_two_four_model_is_two_four_in_every_matrix_afterwards(
    adapter, method, compressed, data, tmp_path
):
    out = tmp_path / "out"
    done = paser.recover(compressed, data, out=out, method=method, adapter=adapter, **QUICK)
    before, after = weights(compressed), weights(out)
    assert before.keys() == after.keys()
    for name, weight in after.items():
        groups = (weight == 0).reshape(-1, 4).sum(1)  # by hand, group by group
        assert int(groups.min()) >= 2, name
        assert ((weight == 0) >= (before[name] == 0)).all(), name
        assert not torch.equal(weight, before[name])  # it was trained
    told = done.facts["sparsity"]
    assert told["before"]["semi_structured"] == told["after"]["semi_structured"] == len(after) == 14
    assert told["before"]["zeros"] == sum(int((w == 0).sum()) for w in before.values())
    assert told["after"]["zeros"] == sum(int((w == 0).sum()) for w in after.values())
    assert "14 of them 2:4" in " ".join(done.lines)


def test_a_masked_adapter_is_merged_to_what_was_trained():
    model = sparse(tiny_llama(5, 320))
    zero = {name: weight == 0 for name, weight, _ in matrices(model)}
    ids = torch.arange(2, 26).reshape(2, 12)
    plain = model(ids).logits
    adapted = with_adapter(model, RecoverConfig(rank=3, dropout=0.0), masked=True)
    torch.manual_seed(1)
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if "lora_" in name:
                weight.normal_(0, 0.2)
    beside = adapted(ids).logits
    assert (beside - plain).abs().max() > 0.1
    whole = merged(adapted)
    torch.testing.assert_close(whole(ids).logits, beside, atol=1e-4, rtol=1e-4)
    for name, weight, _ in matrices(whole):
        assert torch.equal(weight == 0, zero[name])


def test_masking_at_the_merge_alone_would_be_another_model():
    """Why the adapter is masked from the start: the difference that a late mask makes."""
    model = sparse(tiny_llama(5, 320))
    masks, ids = Masks(model), torch.arange(2, 26).reshape(2, 12)
    adapted = with_adapter(model, RecoverConfig(rank=3, dropout=0.0), masked=False)
    torch.manual_seed(1)
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if "lora_" in name:
                weight.normal_(0, 0.2)
    trained = adapted(ids).logits
    whole = merged(adapted)
    assert count(whole).share < 0.01  # all zeros are gone …
    masks.apply(whole)
    assert (whole(ids).logits - trained).abs().max() > 0.1  # … and put back it is another model


def test_a_gradient_counts_only_where_a_weight_can_change():
    model = sparse(tiny_llama(5, 320))
    masks = Masks(model)
    assert len(masks) == 14
    model(torch.arange(12)[None]).logits.logsumexp(-1).sum().backward()
    masks.apply_to_gradients(model)
    for name, weight, _ in matrices(model):
        assert name in masks
        assert not weight.grad[weight == 0].any()
        assert weight.grad[weight != 0].any()


def test_two_four_is_read_along_the_inputs():
    zero = torch.tensor([[1, 1, 0, 0, 0, 1, 0, 1], [0, 0, 1, 1, 1, 1, 1, 0]], dtype=torch.bool)
    assert is_semi_structured(zero)
    assert is_semi_structured(zero.T, axis=0)
    assert not is_semi_structured(zero[:, :6])  # no whole fours
    zero[0, 0] = False
    assert not is_semi_structured(zero)


def test_gpt2_keeps_its_weights_the_other_way_round(tmp_path, data):
    """Its linear layers are (inputs, outputs); an adapter and a mask have to know."""
    tokenizer = AutoTokenizer.from_pretrained(write_pair(tmp_path))
    torch.manual_seed(0)
    sizes = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256}
    model = GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), **sizes))
    two_four(model).save_pretrained(tmp_path / "gpt2")
    tokenizer.save_pretrained(tmp_path / "gpt2")
    assert count(model).semi_structured == count(model).matrices == 8
    done = paser.recover(tmp_path / "gpt2", data, out=tmp_path / "out", adapter="lora", **QUICK)
    after = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    assert count(after).semi_structured == 8
    assert done.facts["loss"]["after"] < done.facts["loss"]["before"]


def test_a_merge_that_would_fill_the_zeros_is_refused(compressed, data, tmp_path):
    with pytest.raises(RecoveryError, match=r"merging a LoRA adapter would fill the zeros.*50 %"):
        paser.recover(
            compressed, data, out=tmp_path / "out", adapter="lora", keep_sparsity=False, **QUICK
        )
    assert not list((tmp_path / "out").glob("*.safetensors"))


def test_zeros_that_nobody_keeps_are_told(compressed, data, tmp_path):
    told = []
    done = paser.recover(
        compressed,
        data,
        out=tmp_path / "out",
        adapter="full",
        keep_sparsity=False,
        watch=told.append,
        **QUICK,
    )
    assert done.facts["sparsity"]["after"]["share"] < 0.01
    assert not done.facts["sparsity"]["kept"]
    assert "not kept" in " ".join(done.lines)
    assert any(e.get("code") == "zeros-not-kept" for e in told)


def test_a_model_without_zeros_trains_plainly(data, tmp_path):
    """As after structured pruning: compression.json promises no pattern."""
    dense = write_pair(tmp_path, prune=lambda model: model, intermediate_size=40)
    (dense / "compression.json").write_text(json.dumps({"method": "llm-pruner", "pattern": None}))
    done = paser.recover(dense, data, out=tmp_path / "out", adapter="lora", **QUICK)
    assert done.facts["sparsity"]["masked"] is False
    assert done.facts["loss"]["after"] < done.facts["loss"]["before"]
    assert (tmp_path / "out" / "adapter" / "adapter_model.safetensors").exists()


def test_zeros_that_compression_json_does_not_promise_are_told(data, tmp_path):
    model = write_pair(tmp_path)
    (model / "compression.json").write_text(json.dumps({"method": "slicegpt", "pattern": None}))
    told = []
    paser.recover(model, rows(8), out=tmp_path / "out", watch=told.append, **QUICK)
    (notice,) = [e for e in told if e.get("code") == "zeros-not-promised"]
    assert notice["text"].startswith("50 % of the weights are zero")
