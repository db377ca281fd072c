"""Tiny models of four families on disk, and text to calibrate on."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tiny_models import byte_tokenizer, tiny_llama
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

DEMO = Path(__file__).parents[2] / "data" / "demo"
SIZES = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 8,  # without one group of heads, no divisor of the width is left
    "num_key_value_heads": 4,
    "initializer_range": 0.25,
    "bos_token_id": 0,
    "eos_token_id": 1,
}
FAMILIES = ("llama", "qwen2", "mistral", "gpt2")
IDS = torch.arange(5, 45)[None]


def family(name, vocab_size):
    """A model with random weights, biases included where the family has them."""
    torch.manual_seed(3)
    if name == "llama":
        return tiny_llama(3, vocab_size, **SIZES)
    if name == "mistral":
        made = MistralForCausalLM(MistralConfig(vocab_size=vocab_size, **SIZES))
    elif name == "qwen2":
        config = Qwen2Config(vocab_size=vocab_size, tie_word_embeddings=True, **SIZES)
        made = Qwen2ForCausalLM(config)
    else:
        sizes = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 128, "n_inner": 48}
        ends = {"bos_token_id": 0, "eos_token_id": 1}
        config = GPT2Config(vocab_size=vocab_size, initializer_range=0.25, **sizes, **ends)
        made = GPT2LMHeadModel(config)
    with torch.no_grad():
        for parameter_name, parameter in made.named_parameters():
            if parameter_name.endswith("bias") or "norm" in parameter_name:
                parameter += 0.3 * torch.randn_like(parameter)
    return made.eval()


def write_family(name, folder):
    """The folder of such a model, with a tokenizer and a chat template."""
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = (
        "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
    )
    family(name, len(tokenizer)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_pool(file, rows=24):
    """Rows of the demo's pool."""
    lines = (DEMO / "pool.jsonl").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if json.loads(line).get("output")]
    file.write_text("\n".join(kept[:rows]) + "\n", encoding="utf-8")
    return file


def logits(model, ids=IDS):
    with torch.no_grad():
        return model(input_ids=ids).logits


def plainly(folder):
    """Loaded as anybody would."""
    return AutoModelForCausalLM.from_pretrained(folder).eval()
