"""Divergence between the original and the compressed model, in bits per response token.

The stage in four parts: :mod:`tokens` (samples to ids), :mod:`chunks` (what is computed together),
:mod:`teacher_forcing` (both models, one chunk), :mod:`nodes` (every temperature from a few).
The arithmetic itself is in :mod:`kernel`.

The parts that need torch are imported on first use: reading a run must not wait for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from paser_core.stages.divergence.chunks import CHUNK_TOKENS, Chunk, plan_chunks
from paser_core.stages.divergence.nodes import (
    HIGHEST_TEMPERATURE,
    LOWEST_TEMPERATURE,
    interpolate,
    temperature_nodes,
)
from paser_core.stages.divergence.signal import PAPER, Signal, measured_signals, signal_of
from paser_core.stages.divergence.tokens import Tokenized, tokenize

if TYPE_CHECKING:
    from paser_core.stages.divergence.kernel import jsd
    from paser_core.stages.divergence.teacher_forcing import ChunkScores, score_chunk

_NEED_TORCH = {"jsd": "kernel", "ChunkScores": "teacher_forcing", "score_chunk": "teacher_forcing"}

__all__ = [
    "CHUNK_TOKENS",
    "HIGHEST_TEMPERATURE",
    "LOWEST_TEMPERATURE",
    "PAPER",
    "Chunk",
    "ChunkScores",
    "Signal",
    "Tokenized",
    "interpolate",
    "jsd",
    "measured_signals",
    "plan_chunks",
    "score_chunk",
    "signal_of",
    "temperature_nodes",
    "tokenize",
]


def __getattr__(name: str) -> Any:
    if name in _NEED_TORCH:
        return getattr(importlib.import_module(f"{__name__}.{_NEED_TORCH[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
