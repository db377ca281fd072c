"""Real architectures: logits against the model's own, and what is loaded, told apart, refused."""

from __future__ import annotations

import pytest
import torch
import transformers
from tiny_models import byte_tokenizer, tiny_llama

from paser_core.config import Device, DType, ModelsConfig
from paser_core.errors import ModelError
from paser_core.models.transformers_lm import TransformersLM, load_model, load_pair

SMALL = {"vocab_size": 200, "initializer_range": 0.25, "bos_token_id": 0, "eos_token_id": 1}
WIDE = {
    **SMALL,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
ARCHITECTURES = {
    "Llama": WIDE,
    "Mistral": {**WIDE, "num_key_value_heads": 2, "sliding_window": 6},
    "Qwen2": {**WIDE, "num_key_value_heads": 2},
    "GPTNeoX": {**WIDE, "max_position_embeddings": 128},
    "GPT2": {**SMALL, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 128},
    "OPT": {
        **SMALL,
        "hidden_size": 32,
        "ffn_dim": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 128,
        "word_embed_proj_dim": 16,  # projects after the last layer
        "pad_token_id": 0,
    },
    "Gemma2": {**WIDE, "num_key_value_heads": 2, "head_dim": 8, "final_logit_softcapping": 2.0},
    "Granite": {**WIDE, "num_key_value_heads": 2, "logits_scaling": 4.0},
}
CHANGE_LOGITS_AFTER_THE_PROJECTION = {"Gemma2", "Granite"}


def architecture(name, seed=0):
    torch.manual_seed(seed)
    settings = {k: v for k, v in ARCHITECTURES[name].items() if k != "initializer_range"}
    config = getattr(transformers, f"{name}Config")(**settings)
    suffix = "LMHeadModel" if name == "GPT2" else "ForCausalLM"
    model = getattr(transformers, name + suffix)(config).eval()
    with torch.no_grad():  # freshly made models predict almost uniformly; these do not
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.2)
    return model


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_logits_of_response_positions_equal_the_models_own(name):
    model = architecture(name)
    lm = TransformersLM(model)
    assert lm.splits == (name not in CHANGE_LOGITS_AFTER_THE_PROJECTION)
    torch.manual_seed(1)
    ids = torch.randint(2, 200, (3, 20))
    lengths = torch.tensor([20, 13, 7])
    mask = torch.arange(20) < lengths[:, None]
    positions = mask & (torch.arange(20) >= 4)
    states = lm.states(ids, mask, positions)
    assert states.shape[0] == int(positions.sum())
    assert states.element_size() * states.shape[1] == lm.state_bytes
    got = torch.split(lm.logits(states), [16, 9, 3])
    for row, length, part in zip(ids, lengths, got, strict=True):
        with torch.no_grad():
            alone = model(row[None, :length]).logits[0, 4:]
        torch.testing.assert_close(part, alone, rtol=1e-4, atol=1e-4)


def test_a_model_that_sees_later_tokens_is_refused():
    config = transformers.BertConfig(
        vocab_size=60,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
    )
    torch.manual_seed(0)
    with pytest.raises(ModelError, match="not a causal language model"):
        TransformersLM(transformers.BertLMHeadModel(config), "bert")


def test_names_and_live_objects_are_the_same_model(checkpoints, tokenizer):
    by_name = load_model(str(checkpoints / "original"))
    live = TransformersLM(tiny_llama(0, len(tokenizer)))
    ids = torch.randint(2, 200, (2, 9), generator=torch.Generator().manual_seed(0))
    everywhere = torch.ones(2, 9, dtype=torch.bool)
    a, b = (lm.logits(lm.states(ids, everywhere, everywhere)) for lm in (by_name, live))
    torch.testing.assert_close(a, b, rtol=0, atol=0)
    assert by_name.name == str(checkpoints / "original")


def test_half_precision_and_a_device_that_is_not_there(checkpoints):
    name = str(checkpoints / "original")
    half = load_model(name, ModelsConfig(dtype=DType.BFLOAT16))
    ids = torch.tensor([[2, 3, 4]])
    everywhere = torch.ones(1, 3, dtype=torch.bool)
    assert half.logits(half.states(ids, everywhere, everywhere)).dtype == torch.bfloat16
    if not torch.cuda.is_available():
        with pytest.raises(ModelError, match=r"offers only .*cpu"):
            load_model(name, ModelsConfig(device=Device.CUDA))


def test_fingerprints_tell_weights_apart_and_stay(checkpoints, live):
    original, again = (load_model(str(checkpoints / "original")).fingerprint for _ in range(2))
    compressed = load_model(str(checkpoints / "compressed")).fingerprint
    assert original == again != compressed
    assert len(original) == 64
    first, second = (TransformersLM(model).fingerprint for model in live)
    assert first == TransformersLM(live[0]).fingerprint != second


def test_load_pair_needs_both_names():
    with pytest.raises(ModelError, match="both needed"):
        load_pair(ModelsConfig())


def test_load_pair_refuses_tokenizers_that_disagree(checkpoints, tmp_path):
    other = byte_tokenizer(corpus=["completely different words make different merges"] * 3)
    tiny_llama(2, len(other)).save_pretrained(tmp_path)
    other.save_pretrained(tmp_path)
    config = ModelsConfig(original=str(checkpoints / "original"), compressed=str(tmp_path))
    with pytest.raises(ModelError, match="disagree"):
        load_pair(config)
