"""What the kill test does in processes of its own. Imported once by the fork server."""

from __future__ import annotations

from pathlib import Path

import torch
import transformers.models.llama.modeling_llama
import transformers.models.llama.tokenization_llama  # noqa: F401

from paser_core.config import ScoresConfig
from paser_core.measure.scores.make import make_scores
from paser_core.runs import Run


def work(path: Path, name: str, started) -> None:
    """All scores of a run; ``started`` is set just before."""
    torch.set_num_threads(1)
    run = Run.open(path)
    started.set()
    make_scores(run, name, ScoresConfig(anchors=10))
