"""What the kill test does in a process of its own. Imported once by the fork server."""

from __future__ import annotations

import pandas  # noqa: F401 - what the work imports when it needs it, before the clock starts
import torch
import transformers.models.llama.modeling_llama  # noqa: F401

import paser_core as paser
import paser_core.api.evaluated
import paser_core.evaluate.tasks.code
import paser_core.evaluate.tasks.jsonl
import paser_core.evaluate.tasks.ppl
import paser_core.evaluate.work
from paser_core.evaluate import parts


def work(model: str, out: str, tasks: list[str], started) -> None:
    """A whole evaluation that writes what it has at every step; ``started`` is set just before."""
    torch.set_num_threads(1)
    parts._EVERY = 0.0
    started.set()
    paser.evaluate(model, tasks, out=out, batch_tokens=100, answer_tokens=24, samples=2, context=48)
