"""Tiny models and tokenizers made on the spot: random weights, real architectures, no network."""

from __future__ import annotations

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from paser_core.records.conversations import Conversation

CORPUS = [
    "Below is an instruction that describes a task. Write a response.",
    "### Instruction: add two numbers ### Response: 12 + 30 = 42",
    "def double(x): return x * 2",
]


def sample(instruction, input, output):
    """One question and its answer."""
    asked = f"{instruction}\n\n{input}" if input.strip() else instruction
    messages = ({"role": "user", "content": asked}, {"role": "assistant", "content": output})
    return Conversation(messages, 1, instruction, input)


def byte_tokenizer(vocab_size=320, extra=(), corpus=CORPUS):
    """A byte-level BPE that starts a text with <s>, as Llama's does."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    raw.train_from_iterator(corpus, trainer)
    raw.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>")
    if extra:
        tokenizer.add_tokens(list(extra))
    return tokenizer


def tiny_llama(seed, vocab_size, **changes):
    torch.manual_seed(seed)
    settings = {
        "vocab_size": vocab_size,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "initializer_range": 0.25,
        "bos_token_id": 0,
        "eos_token_id": 1,
    }
    return LlamaForCausalLM(LlamaConfig(**{**settings, **changes})).eval()
