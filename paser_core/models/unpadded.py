"""Texts of any length side by side, without padding: what of a BERT works token by token sees one long row.

Only attention looks at other tokens, and it is computed for texts of one length at a time, so nothing is
padded and nothing has to be masked. sentence-transformers does so where it has flash attention, on GPUs, and
its pooling reads the result; here the attention is torch's own, so it works on a CPU.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import torch
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from torch.nn.functional import normalize, scaled_dot_product_attention
from transformers import AttentionInterface

_NAME = "paser_text_by_text"
# Position of the first token. Other architectures read positions in ways of their own.
_FIRST = {"bert": 0, "roberta": None, "xlm-roberta": None}  # None: behind that of padding


def can_unpad(model: Any) -> bool:
    """Whether a ``SentenceTransformer`` gives the same vectors here as by its own ``encode``."""
    first, *others = model
    return (
        type(first) is Transformer
        and all(type(module) in (Pooling, Dense, Normalize) for module in others)
        and first.auto_model.config.model_type in _FIRST
        and not getattr(first.auto_model.config, "is_decoder", False)
        and model.device.type == "cpu"  # a GPU wants few large batches more than no padding
        and model.default_prompt_name is None
        and model.truncate_dim is None
    )


@contextlib.contextmanager
def text_by_text(model: Any) -> Iterator[None]:
    """The attention of this model is ours for now."""
    config = model[0].auto_model.config
    before = config._attn_implementation
    model.eval()
    config._attn_implementation = _NAME
    try:
        yield
    finally:
        config._attn_implementation = before


def ids_of(model: Any, texts: Sequence[str]) -> list[torch.Tensor]:
    """The tokens of each text, cut where the model's window ends."""
    features = model.preprocess(list(texts))
    rows = zip(features["input_ids"], features["attention_mask"].bool(), strict=True)
    return [ids[mask] for ids, mask in rows]


def vectors_of(model: Any, texts: Sequence[torch.Tensor]) -> torch.Tensor:
    """``(n, d)`` unit rows of ``n`` texts, given as tokens; texts of one length stand together."""
    body = model[0].auto_model
    runs = [(len(list(those)), length) for length, those in groupby(map(len, texts))]
    first = _FIRST[body.config.model_type]
    first = body.config.pad_token_id + 1 if first is None else first
    positions = torch.cat([torch.arange(first, first + n).repeat(count) for count, n in runs])
    ids = torch.cat(list(texts))[None]
    states = body(input_ids=ids, position_ids=positions[None], runs=runs).last_hidden_state
    ends = torch.tensor([0, *map(len, texts)], dtype=torch.int32).cumsum(0, dtype=torch.int32)
    features = {"input_ids": ids, "token_embeddings": states, "cu_seq_lens_q": ends}
    for module in list(model)[1:]:
        features = module(features)
    return normalize(features["sentence_embedding"].float(), dim=1)


def _attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: None,
    *,
    runs: Sequence[tuple[int, int]],
    scaling: float | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attention inside each text: of ``(1, heads, tokens, d)`` the ``(1, tokens, heads, d)``.

    ``runs`` are how many texts of which length follow each other.
    """
    sizes = [count * length for count, length in runs]
    parts = zip(*(states[0].split(sizes, dim=1) for states in (query, key, value)), strict=True)
    found = []
    for (count, length), part in zip(runs, parts, strict=True):
        q, k, v = (states.unflatten(1, (count, length)).transpose(0, 1) for states in part)
        seen = scaled_dot_product_attention(q, k, v, scale=scaling)  # (count, heads, length, d)
        found.append(seen.transpose(1, 2).flatten(0, 1))
    return torch.cat(found)[None], None


AttentionInterface.register(_NAME, _attention)
