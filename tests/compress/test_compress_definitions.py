"""What the methods do against slow direct readings of their definitions, and cases whose answer is known."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from family_models import family, logits, plainly
from safetensors.torch import load_file
from tiny_models import tiny_llama

import paser_core as paser
from paser_core.compress.blocks import sizes_of
from paser_core.compress.calibration import read_calibration
from paser_core.compress.count import is_two_four
from paser_core.compress.layers import linear_layers
from paser_core.compress.method import Work
from paser_core.compress.methods import slicegpt
from paser_core.compress.methods.llm_pruner import Taylor, group_scores, importances
from paser_core.compress.methods.magnitude import prune
from paser_core.compress.packed import unpack
from paser_core.compress.settings import CalibrationConfig
from paser_core.config import DataConfig
from paser_core.models.loading import load_tokenizer
from paser_core.protocols import no_progress


def texts_of(folder, pool, rows=8):
    config = CalibrationConfig(path=str(pool), rows=rows)
    model = plainly(folder)
    return read_calibration(config, DataConfig(), load_tokenizer(str(folder)), model.config).texts


def inputs_of(model, names, texts):
    """What goes into layers, over all tokens: (tokens, inputs) each."""
    found = {name: [] for name in names}
    hooks = [
        model.get_submodule(name).register_forward_pre_hook(
            lambda _, given, name=name: found[name].append(given[0].reshape(-1, given[0].shape[-1]))
        )
        for name in names
    ]
    with torch.no_grad():
        for ids in texts:
            model(input_ids=ids)
    for hook in hooks:
        hook.remove()
    return {name: torch.cat(parts) for name, parts in found.items()}


@pytest.mark.parametrize("sparsity", ["2:4", 0.4])
def test_wanda_is_its_definition(sparsity, families, pool, tmp_path):
    """Block by block, each reading what the pruned blocks before it compute; row by row."""
    calibration = {"path": pool, "rows": 8}
    made = paser.compress(
        families["llama"], "wanda", tmp_path / "w", calibration=calibration, sparsity=sparsity
    )
    theirs = load_file(made.path / "model.safetensors")
    model, texts = plainly(families["llama"]), texts_of(families["llama"], pool)
    for block in ("model.layers.0.", "model.layers.1."):
        names = [name for name in linear_layers(model) if name.startswith(block)]
        inputs = inputs_of(model, names, texts)
        for name in names:
            weight = model.get_submodule(name).weight.data
            norms = [math.sqrt(sum(float(x) ** 2 for x in column)) for column in inputs[name].T]
            for i, row in enumerate(weight.tolist()):
                scores = [abs(w) * n for w, n in zip(row, norms, strict=True)]
                if sparsity == "2:4":
                    lowest = [
                        j
                        for at in range(0, len(row), 4)
                        for j in sorted(range(at, at + 4), key=lambda j: scores[j])[:2]
                    ]
                else:
                    lowest = sorted(range(len(row)), key=lambda j: scores[j])[: int(0.4 * len(row))]
                weight[i, lowest] = 0.0
            assert torch.equal(theirs[f"{name}.weight"], weight), name


def test_rtn_is_its_definition(families, tmp_path):
    """An even grid of sixteen values from the smallest weight of a row to its largest, zero among them."""
    made = paser.compress(families["llama"], "rtn", tmp_path / "r")
    loaded, stored = plainly(made.path), load_file(made.path / "model.safetensors")
    logits(loaded)  # the first pass unpacks
    for name, module in linear_layers(plainly(families["llama"])).items():
        theirs = loaded.get_submodule(name).weight
        parts = {
            part: stored[f"{name}.weight_{part}"] for part in ("packed", "shape", "zero_point")
        }
        codes = unpack({f"weight_{part}": tensor for part, tensor in parts.items()}, 4)
        scales = stored[f"{name}.weight_scale"].flatten().tolist()
        for i, row in enumerate(module.weight.tolist()):
            low, high = min(*row, 0.0), max(*row, 0.0)
            step = (high - low) / 15
            zero = round(-low / step)
            grid = [(code - zero) * step for code in range(16)]
            assert scales[i] == pytest.approx(step, rel=1e-5)
            assert codes.zero_points[i, 0] == zero
            for j, weight in enumerate(row):
                got = float(theirs[i, j])
                assert min(abs(got - value) for value in grid) < 1e-5  # on the grid
                assert abs(got - weight) <= step / 2 + 1e-5  # and nothing on it is nearer
                assert got == pytest.approx(grid[codes.codes[i, j]], abs=1e-5)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_packed_weights_are_read_as_they_were_packed(bits):
    from compressed_tensors.compressors.pack_quantized.helpers import pack_to_int32

    chance = torch.Generator().manual_seed(bits)
    codes = torch.randint(0, 2**bits, (6, 37), generator=chance)
    points = torch.randint(0, 2**bits, (6, 1), generator=chance)
    half = 2 ** (bits - 1)
    tensors = {
        "weight_packed": pack_to_int32((codes - half).to(torch.int8), bits),
        "weight_zero_point": pack_to_int32((points - half).to(torch.int8), bits, packed_dim=0),
        "weight_shape": torch.tensor([6, 37]),
    }
    found = unpack(tensors, bits)
    assert found.codes.tolist() == codes.tolist()
    assert found.zeros.tolist() == (codes == points).tolist()
    assert found.levels == max(len(set(row)) for row in codes.tolist())


@pytest.mark.parametrize("name", ["llama", "qwen2", "mistral"])
def test_slicing_nothing_changes_nothing(name, families, pool, tmp_path):
    made = paser.compress(families[name], "slicegpt", tmp_path / "s", calibration=pool, ratio=0)
    before, after = logits(plainly(families[name])), logits(plainly(made.path))
    assert float((before - after).abs().max()) <= 1e-4
    old, new = (load_file(f / "model.safetensors") for f in (families[name], made.path))
    key = "model.layers.0.self_attn.q_proj.weight"
    assert not torch.allclose(old[key], new[key], atol=0.01)  # it was turned


def test_slicing_directions_that_nothing_uses_changes_nothing(pool, families):
    """A model of width 24 that speaks in 32 directions: a quarter of them is empty."""
    torch.manual_seed(5)
    narrow = tiny_llama(5, 320, hidden_size=24, num_attention_heads=4, head_dim=8)
    wide = tiny_llama(5, 320, hidden_size=32, num_attention_heads=4, head_dim=8)
    into = torch.linalg.qr(torch.randn(32, 24, dtype=torch.float64)).Q.float()
    state = dict(narrow.state_dict())
    for key, weight in state.items():
        if key.endswith(("o_proj.weight", "down_proj.weight")):
            state[key] = into @ weight
        elif "norm" in key:  # fewer of 32 directions carry something: their mean square is lower
            state[key] = torch.full((32,), math.sqrt(24 / 32))
        else:
            state[key] = weight @ into.T
    wide.load_state_dict(state)
    texts = texts_of(families["llama"], pool)
    torch.testing.assert_close(logits(wide), logits(narrow), atol=1e-4, rtol=0)
    outcome = slicegpt.compress(Work(wide, slicegpt.SliceGPTConfig(), texts))
    assert outcome.model.config.hidden_size == 24
    assert outcome.removed["variance_kept"] == pytest.approx(1, abs=1e-6)
    torch.testing.assert_close(logits(outcome.model), logits(narrow), atol=1e-4, rtol=0)


def test_principal_directions_are_those_of_all_inputs_together(families, pool):
    model, texts = plainly(families["llama"]), texts_of(families["llama"], pool, rows=3)
    energy, directions = slicegpt.principal_directions(model, texts, no_progress)
    names = ["model.norm"]
    for block in ("model.layers.0", "model.layers.1"):
        names += [f"{block}.input_layernorm", f"{block}.post_attention_layernorm"]
    rows = torch.cat(list(inputs_of(model, names, texts).values())).double()
    rows = rows / (rows.square().mean(1, keepdim=True) + 1e-6).sqrt()
    _, values, vectors = torch.linalg.svd(rows, full_matrices=False)  # another way to the same
    torch.testing.assert_close(energy, values.square(), rtol=1e-5, atol=1e-4)
    agreement = (vectors @ directions).diagonal().abs()
    assert float(agreement.min()) > 1 - 1e-6


@pytest.mark.parametrize("taylor", list(Taylor))
def test_importance_is_its_definition(taylor, families, pool):
    """Weight by weight: w·g, w²·Σ g²/N and their difference, and the sums over what hangs together."""
    model, texts = plainly(families["llama"]), texts_of(families["llama"], pool, rows=3)
    ours = importances(copy.deepcopy(model), texts, taylor, no_progress)
    gradients = {name: [] for name in ours}
    for ids in texts:
        output = model(input_ids=ids).logits[0, :-1].log_softmax(-1)
        loss = -output[torch.arange(ids.shape[1] - 1), ids[0, 1:]].mean()
        wanted = [model.get_parameter(name) for name in ours]
        for name, gradient in zip(ours, torch.autograd.grad(loss, wanted), strict=True):
            gradients[name].append(gradient.flatten().tolist())
    slow = {}
    for name, each in gradients.items():
        weight, n = model.get_parameter(name), len(texts)
        values = []
        for w, *g in zip(weight.flatten().tolist(), *each, strict=True):
            first, second = w * sum(g) / n, w * w * sum(x * x for x in g) / n
            value = {"first": first, "second": second, "mixed": first - second / 2}[taylor]
            values.append(abs(value))
        slow[name] = torch.tensor(values, dtype=torch.float64).reshape(weight.shape)
        torch.testing.assert_close(ours[name].double(), slow[name], atol=1e-6, rtol=0)
    sizes = sizes_of(model.config)
    heads, channels = group_scores(ours, "model.layers.1", sizes)
    part = {k: slow[f"model.layers.1.{k}.weight"] for k in (
        "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
        "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")}  # fmt: skip
    for group in range(4):  # of two query heads of width four
        wide, narrow = slice(8 * group, 8 * group + 8), slice(4 * group, 4 * group + 4)
        total = part["self_attn.q_proj"][wide].sum() + part["self_attn.o_proj"][:, wide].sum()
        total += part["self_attn.k_proj"][narrow].sum() + part["self_attn.v_proj"][narrow].sum()
        assert float(heads[group]) == pytest.approx(float(total), abs=1e-6)
    for channel in range(48):
        total = part["mlp.gate_proj"][channel].sum() + part["mlp.up_proj"][channel].sum()
        total += part["mlp.down_proj"][:, channel].sum()
        assert float(channels[channel]) == pytest.approx(float(total), abs=1e-6)


@pytest.mark.parametrize("name", ["llama", "qwen2"])
def test_a_pruned_model_is_the_original_without_the_groups_of_least_importance(
    name, families, pool, tmp_path
):
    made = paser.compress(
        families[name], "llm-pruner", tmp_path / "p", calibration={"path": pool, "rows": 8}
    )
    model, texts = plainly(families[name]), texts_of(families[name], pool)
    weights = importances(copy.deepcopy(model), texts, Taylor.MIXED, no_progress)
    for block in ("model.layers.0", "model.layers.1"):
        heads, channels = group_scores(weights, block, sizes_of(model.config))
        layer = model.get_submodule(block)
        with torch.no_grad():
            group = int(heads.argmin())  # one of four; what it computes is not read any more
            layer.self_attn.o_proj.weight[:, 8 * group : 8 * group + 8] = 0
            layer.mlp.down_proj.weight[:, channels.argsort()[:12]] = 0
    torch.testing.assert_close(logits(plainly(made.path)), logits(model), atol=1e-5, rtol=0)


def test_magnitude_takes_no_more_than_asked_where_weights_are_equal():
    weight = torch.tensor([[0.5, -0.5, 0.5, 2.0], [0.0, -0.5, 0.5, -3.0]]).bfloat16()
    prune(weight, 0.5)
    assert weight.tolist() == [[0, 0, 0, 2.0], [0, -0.5, 0.5, -3.0]]


def test_two_of_four_is_told_apart_from_half():
    assert is_two_four(torch.tensor([[0.0, 1, 0, 1], [1, 1, 0, 0]]))
    assert not is_two_four(torch.tensor([[0.0, 0, 0, 1, 0, 1, 1, 1]]))
    assert not is_two_four(torch.zeros(2, 6))


def test_gptq_loses_less_of_what_a_layer_computes_than_rounding(families, pool, tmp_path):
    """What its error compensation is for, seen on the calibration text itself."""
    original, texts = plainly(families["llama"]), texts_of(families["llama"], pool)
    name = "model.layers.0.mlp.gate_proj"
    layer = original.get_submodule(name)
    x = inputs_of(original, [name], texts)[name]
    lost = {}
    for method in ("rtn", "gptq"):
        calibration = {"path": pool, "rows": 8}
        made = paser.compress(
            families["llama"], method, tmp_path / method, calibration=calibration, bits=3
        )
        loaded = plainly(made.path)
        logits(loaded)
        off = (loaded.get_submodule(name).weight - layer.weight).detach()
        lost[method] = float((x @ off.T).square().sum())
    assert lost["gptq"] < 0.8 * lost["rtn"]


def test_families_have_biases_and_tied_weights_where_they_say_so():
    """Else the tests above would prove less than they say."""
    qwen = family("qwen2", 300)
    assert qwen.config.tie_word_embeddings
    assert float(qwen.model.layers[0].self_attn.q_proj.bias.abs().min()) > 0
    assert type(family("gpt2", 300).transformer.h[0].mlp.c_fc).__name__ == "Conv1D"
