"""Every method on every family: what was counted is counted again, and what loads is what was made."""

from __future__ import annotations

import json
import os

import pytest
import torch
from family_models import FAMILIES, logits, plainly
from safetensors.torch import load_file
from transformers import AutoTokenizer

import paser_core as paser
from paser_core.compress.calibration import read_calibration
from paser_core.compress.layers import linear_layers
from paser_core.compress.method import Work
from paser_core.compress.settings import CalibrationConfig
from paser_core.config import DataConfig
from paser_core.errors import ModelError
from paser_core.models.checkpoint import fingerprint_of
from paser_core.models.loading import load_causal_lm, load_tokenizer
from paser_core.registry import COMPRESSIONS

WAYS = {
    "magnitude": ("magnitude", {"sparsity": 0.65}),
    "wanda-2:4": ("wanda", {}),
    "wanda": ("wanda", {"sparsity": "40 %"}),
    "sparsegpt": ("sparsegpt", {}),
    "sparsegpt-2:4": ("sparsegpt", {"sparsity": "2:4"}),
    "llm-pruner": ("llm-pruner", {}),
    "llm-pruner-spared": ("llm-pruner", {"exempt_last": 1}),
    "slicegpt": ("slicegpt", {}),
    "rtn": ("rtn", {}),
    "rtn-grouped": ("rtn", {"bits": 3, "group": 16}),
    "gptq": ("gptq", {}),
}
CANNOT = {
    ("gpt2", way) for way in WAYS if WAYS[way][0] in ("llm-pruner", "slicegpt", "rtn", "gptq")
}
VARIANTS = ("wanda", "sparsegpt-2:4", "llm-pruner-spared", "rtn-grouped")  # shown on one family
CAN = [
    (name, way)
    for way in WAYS
    for name in FAMILIES
    if (name, way) not in CANNOT and (name == "llama" or way not in VARIANTS)
]


def matrices(folder, original):
    """The linear layers of a checkpoint by name, as (outputs, inputs), and everything in its files."""
    stored = load_file(folder / "model.safetensors")
    transposed = original.config.model_type == "gpt2"
    names = [f"{name}.weight" for name in linear_layers(original)]
    return {n: stored[n].t() if transposed else stored[n] for n in names if n in stored}, stored


@pytest.mark.parametrize(("name", "way"), CAN)
def test_what_is_written_is_what_was_made_and_what_was_counted(name, way, families, pool, tmp_path):
    method, settings = WAYS[way]
    made = paser.compress(
        families[name], method, tmp_path / "out", calibration={"path": pool, "rows": 16}, **settings
    )
    record = json.loads((tmp_path / "out" / "compression.json").read_text(encoding="utf-8"))
    assert record == made.record
    assert record["original"] == {
        "name": str(families[name]),
        "path": os.path.relpath(families[name].resolve(), (tmp_path / "out").resolve()),
        "fingerprint": fingerprint_of(str(families[name])),
    }
    assert (record["calibration"] is None) == (method in ("magnitude", "rtn"))

    # The same method once more, by itself: the model in memory computes what the files compute.
    model, _ = load_causal_lm(str(families[name]), None)
    before = sum(p.numel() for p in model.parameters())
    linear = sum(module.weight.numel() for module in linear_layers(model).values())
    again = COMPRESSIONS[method]
    texts, tokenizer = (), load_tokenizer(str(families[name]))
    if again.reads:
        wanted = CalibrationConfig(path=str(pool), rows=16)
        texts = read_calibration(wanted, DataConfig(), tokenizer, model.config).texts
    outcome = again.compress(Work(model, again.settings(**settings), texts, tokenizer))
    loaded = plainly(made.path)
    torch.testing.assert_close(logits(loaded), logits(outcome.model), atol=1e-5, rtol=0)
    assert record["reload"]["largest_difference"] <= 1e-5

    # Counted again, matrix by matrix.
    original = plainly(families[name])
    found, stored = matrices(made.path, original)
    counted = record["counted"]
    assert record["before"]["parameters"] == before
    assert record["before"]["linear"] == linear
    assert counted["bytes"] == sum(t.nbytes for t in stored.values())
    if method in ("rtn", "gptq"):
        bits = settings.get("bits", 4)
        assert not found
        assert counted["levels"] <= 2**bits
        assert bits < counted["bits"] < 32 / 2
        assert counted["parameters"] == before
        packed = [n for n in stored if n.endswith("weight_packed")]
        assert len(packed) == counted["matrices"] == 14
        assert sum(stored[n].nbytes for n in packed) >= linear * bits / 8
        assert set(stored[packed[0].replace("packed", "shape")].tolist()) <= {16, 32, 48}
    else:
        zeros = sum(int((weight == 0).sum()) for weight in found.values())
        assert counted["zeros"] == zeros
        assert counted["linear"] == sum(weight.numel() for weight in found.values())
        assert counted["parameters"] == sum(t.numel() for t in stored.values())
    if record["pattern"] == "2:4":
        for weight in found.values():
            for row in weight[:3].tolist():
                fours = [row[at : at + 4] for at in range(0, len(row), 4)]
                assert all(four.count(0.0) == 2 for four in fours)
        assert counted["two_four"] == counted["matrices"] == len(found)
    if way == "magnitude":
        for weight in found.values():
            assert int((weight == 0).sum()) == int(0.65 * weight.numel())
    if way == "wanda":
        for weight in found.values():
            assert ((weight == 0).sum(1) == int(0.4 * weight.shape[1])).all()
    if way == "sparsegpt":
        assert counted["zero_share"] == pytest.approx(0.5, abs=0.01)

    # What a trainer needs beside the weights.
    theirs, ours = (AutoTokenizer.from_pretrained(f) for f in (families[name], made.path))
    assert ours("Add 12 and 30.")["input_ids"] == theirs("Add 12 and 30.")["input_ids"]
    assert ours.chat_template == theirs.chat_template


@pytest.mark.parametrize(("name", "way"), sorted(CANNOT))
def test_a_method_that_cannot_do_a_family_says_so_in_one_sentence(
    name, way, families, pool, tmp_path
):
    method, settings = WAYS[way]
    with pytest.raises(ModelError) as caught:
        paser.compress(families[name], method, tmp_path / "out", calibration=pool, **settings)
    assert "gpt2" in str(caught.value)
    assert "hoose" in str(caught.value)  # what else to do
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["llama", "qwen2", "mistral"])
def test_sizes_in_the_config_are_those_of_the_weights(name, families, pool, tmp_path):
    cut = paser.compress(families[name], "llm-pruner", tmp_path / "a", calibration=pool)
    tree = json.loads((cut.path / "config.json").read_text(encoding="utf-8"))
    sizes = ("num_attention_heads", "num_key_value_heads", "head_dim", "intermediate_size")
    assert [tree[size] for size in sizes] == [6, 3, 4, 36]
    # Llama's config refuses six heads in a width of 32.
    assert tree["model_type"] == ("mistral" if name == "llama" else name)
    kinds = cut.record["counted"]["kinds"]
    assert [kinds[k]["shape"] for k in ("q_proj", "k_proj", "o_proj", "down_proj")] == [
        [24, 32], [12, 32], [32, 24], [32, 36]
    ]  # fmt: skip
    sliced = paser.compress(families[name], "slicegpt", tmp_path / "b", calibration=pool)
    tree = json.loads((sliced.path / "config.json").read_text(encoding="utf-8"))
    assert (tree["hidden_size"], tree["head_dim"]) == (24, 4)
    assert tree["tie_word_embeddings"] is False
    assert sliced.record["removed"]["embeddings_untied"] is (name == "qwen2")


def test_spared_blocks_stay_as_they_were(families, pool, tmp_path):
    made = paser.compress(
        families["llama"], "llm-pruner", tmp_path / "out", calibration=pool, exempt_last=1
    )
    before, after = (load_file(f / "model.safetensors") for f in (families["llama"], made.path))
    for name, weight in before.items():
        if "layers.0." not in name:
            assert torch.equal(weight, after[name])
    assert (after["model.layers.0.mlp.up_proj.weight"] == 0).all(1).sum() == 12
    assert (after["model.layers.0.self_attn.o_proj.weight"] == 0).all(0).sum() == 8
    assert made.record["pattern"] == "unstructured"
