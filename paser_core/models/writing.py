"""What a model writes after many prompts at once: the most probable token at every step.

A batch is padded on the left and masked, so padding has no weight in what is written after a prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from paser_core.models.loading import quiet


def written_by(
    model: Any,
    prompts: Sequence[Sequence[int]],
    most: Sequence[int],
    ends: Sequence[int],
    padding: int = 0,
    watch: Any = None,
) -> list[list[int]]:
    """The tokens after each prompt, as far as its first end, that end included.

    Args:
        model: of transformers.
        prompts: ``b`` lists of token ids, none of them empty.
        most: ``b`` tokens that may be written after each.
        ends: tokens that end a text.
        padding: any token; it is masked.
        watch: called with ids and scores ``(b, V)`` of every step; gives the scores back.
    """
    from transformers import GenerationConfig, LogitsProcessorList

    width = max(map(len, prompts))
    ids = torch.full((len(prompts), width), padding)
    mask = torch.zeros((len(prompts), width), dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        mask[row, width - len(prompt) :] = 1
    config = GenerationConfig(
        max_new_tokens=max(most),
        do_sample=False,
        eos_token_id=list(ends) or None,
        pad_token_id=padding,
    )
    # What the checkpoint wants of its own (a penalty, a temperature) would be mixed into ours.
    own, model.generation_config = model.generation_config, GenerationConfig()
    try:
        with torch.inference_mode(), quiet():
            out = model.generate(
                input_ids=ids.to(model.device),
                attention_mask=mask.to(model.device),
                generation_config=config,
                logits_processor=LogitsProcessorList([] if watch is None else [watch]),
            )
    finally:
        model.generation_config = own
    written = out[:, width:].cpu().tolist()
    return [_ended(row[:room], ends) for row, room in zip(written, most, strict=True)]


def ends_of(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """The tokens that end a text: the tokenizer's, and those of the generation config."""
    own = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    listed = own if isinstance(own, list | tuple) else [own]
    return tuple(sorted(int(token) for token in {tokenizer.eos_token_id, *listed} - {None}))


def _ended(tokens: list[int], ends: Sequence[int]) -> list[int]:
    return tokens[: next((i + 1 for i, token in enumerate(tokens) if token in ends), None)]
