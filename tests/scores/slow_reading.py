"""Scores by their definitions: a fresh forward pass for each reading, no padding, no cache, float64 sums.

Prompt and answer are found with the tokenizer's own chat template, so nothing of the code under test is
used but the models.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

DEMO = Path(__file__).parents[2] / "data" / "demo" / "models"


class SlowReader:
    """One model of the demo."""

    def __init__(self, role="compressed"):
        self.model = AutoModelForCausalLM.from_pretrained(DEMO / role, dtype=torch.float32).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(DEMO / role)

    def split(self, messages):
        """Ids of the prompt and of the answer."""
        write = self.tokenizer.apply_chat_template
        prompt = write(messages[:-1], tokenize=False, add_generation_prompt=True)
        whole = write(messages, tokenize=False)
        assert whole.startswith(prompt)
        ids = [self.tokenizer(t, add_special_tokens=False)["input_ids"] for t in (prompt, whole)]
        assert ids[1][: len(ids[0])] == ids[0]
        return ids[0], ids[1][len(ids[0]) :]

    def losses(self, before, answer):
        """−log p of each token of ``answer`` after ``before``."""
        with torch.no_grad():
            logits = self.model(torch.tensor([[*before, *answer]]), use_cache=False).logits[0]
        found = []
        for place, token in enumerate(answer, start=len(before)):
            row = logits[place - 1].double()
            found.append(float(torch.logsumexp(row, 0) - row[token]))
        return found

    def hidden(self, ids):
        """``(t, h)`` last hidden states of a text."""
        with torch.no_grad():
            out = self.model(torch.tensor([ids]), output_hidden_states=True, use_cache=False)
        return out.hidden_states[-1][0].double()
