"""Divergence between the original and the compressed model, in bits per response token.

The stage in four parts: :mod:`tokens` (samples to ids), :mod:`chunks` (what is computed together),
:mod:`teacher_forcing` (both models, one chunk), :mod:`nodes` (every temperature from a few).
The arithmetic itself is in :mod:`kernel`.
"""

from paser_core.divergence.chunks import CHUNK_TOKENS, Chunk, plan_chunks
from paser_core.divergence.kernel import jsd
from paser_core.divergence.nodes import (
    HIGHEST_TEMPERATURE,
    LOWEST_TEMPERATURE,
    interpolate,
    temperature_nodes,
)
from paser_core.divergence.teacher_forcing import ChunkScores, score_chunk
from paser_core.divergence.tokens import Tokenised, tokenise

__all__ = [
    "CHUNK_TOKENS",
    "HIGHEST_TEMPERATURE",
    "LOWEST_TEMPERATURE",
    "Chunk",
    "ChunkScores",
    "Tokenised",
    "interpolate",
    "jsd",
    "plan_chunks",
    "score_chunk",
    "temperature_nodes",
    "tokenise",
]
