"""A 4-bit checkpoint: opened for training as it computes, merged into floats, and that is said."""

from __future__ import annotations

import json

import pytest
import torch
from recovery_pairs import QUICK, write_pair
from transformers import AutoModelForCausalLM, CompressedTensorsConfig

import paser_core as paser
from paser_core.errors import ModelError
from paser_core.models import loading
from paser_core.models.dequantized import load_dequantized

pytest.importorskip("llmcompressor", reason="the extra [compress] is not installed")

IDS = torch.arange(2, 26).reshape(2, 12)


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A tiny model in 4 bits."""
    folder = tmp_path_factory.mktemp("packed")
    write_pair(folder)
    paser.compress(folder / "original", "rtn", folder / "rtn")
    return folder / "rtn"


def test_it_is_opened_as_it_computes(packed):
    plain = load_dequantized(str(packed), torch.float32)
    read, _ = loading.load_causal_lm(str(packed), torch.float32)
    with torch.inference_mode():
        torch.testing.assert_close(plain(IDS).logits, read(IDS).logits, atol=1e-6, rtol=1e-6)
    assert {name.rpartition(".")[2] for name, _ in plain.named_parameters()} == {"weight"}
    for name, weight in plain.named_parameters():
        if "_proj" in name:
            assert max(len(row.unique()) for row in weight) <= 16


def test_what_is_saved_is_in_floats_and_says_so(packed, data, tmp_path):
    from peft import PeftModel

    out = tmp_path / "out"
    done = paser.recover(packed, data, out=out, method="kd", **QUICK)
    assert done.facts["adapter"] == "lora"  # beside a quantized model that is the usual
    assert done.facts["loss"]["after"] < done.facts["loss"]["before"]
    assert done.facts["sparsity"]["masked"] is False  # zeros of a grid are no sparsity
    said = " ".join(done.lines)
    assert "4 bits a weight" in said
    assert "compress it again" in said
    model = AutoModelForCausalLM.from_pretrained(out).eval()
    assert "quantization_config" not in json.loads((out / "config.json").read_text())
    # The adapter alone, put beside the 4-bit weights as it is said, is the same model.
    opened = CompressedTensorsConfig(dequantize=True)
    base = AutoModelForCausalLM.from_pretrained(packed, quantization_config=opened)
    beside = PeftModel.from_pretrained(base, out / "adapter").eval()
    with torch.inference_mode():
        torch.testing.assert_close(beside(IDS).logits, model(IDS).logits, atol=1e-4, rtol=1e-4)


def test_another_quantization_is_refused_by_name(packed, data, tmp_path):
    config = json.loads((packed / "config.json").read_text())
    other = tmp_path / "other"
    other.mkdir()
    for file in packed.iterdir():
        (other / file.name).symlink_to(file)
    (other / "config.json").unlink()
    config["quantization_config"] = {"quant_method": "torchao", "quant_type": "int4_weight_only"}
    (other / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="torchao"):
        paser.recover(other, data, out=tmp_path / "out", **QUICK)
    assert not (tmp_path / "out").exists()
