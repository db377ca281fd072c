"""The blocks of a decoder of Llama's family, part by part: what structured methods cut.

Told by the names that transformers gives the parts, so that Mistral, Qwen and others that are built
alike need no line here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from paser_core.errors import ModelError

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
MLP = ("gate_proj", "up_proj", "down_proj")
_NORMS = ("input_layernorm", "post_attention_layernorm")


@dataclass(frozen=True)
class Sizes:
    """How wide a decoder is."""

    hidden: int
    heads: int
    groups: int  # of heads that share keys and values
    head: int  # width of one head
    channels: int  # of the MLP

    @property
    def heads_a_group(self) -> int:
        """Query heads that share keys and values."""
        return self.heads // self.groups


def sizes_of(config: Any) -> Sizes:
    """The sizes that a config of Llama's family names."""
    heads = int(config.num_attention_heads)
    return Sizes(
        hidden=int(config.hidden_size),
        heads=heads,
        groups=int(getattr(config, "num_key_value_heads", None) or heads),
        head=int(getattr(config, "head_dim", None) or config.hidden_size // heads),
        channels=int(config.intermediate_size),
    )


def blocks_of(model: Any, method: str) -> list[str]:
    """The names of the blocks: ``model.layers.0``, …

    Args:
        model: the weights may be missing.
        method: who asks.

    Raises:
        ModelError: they are not built as Llama's are.
    """
    parts = dict(model.named_modules())
    norm = [name for name in ("model.embed_tokens", "model.norm") if name not in parts]
    count = int(getattr(model.config, "num_hidden_layers", 0))
    blocks = [f"model.layers.{number}" for number in range(count)]
    wanted = (
        *(f"self_attn.{name}" for name in ATTENTION),
        *(f"mlp.{name}" for name in MLP),
        *_NORMS,
    )
    missing = norm or [
        f"{block}.{name}" for block in blocks for name in wanted if f"{block}.{name}" not in parts
    ]
    if missing or not blocks:
        raise ModelError(
            f"This {model.config.model_type} model has no {missing[0] if missing else 'blocks'}; "
            f"{method} cuts blocks that are built as those of Llama, Mistral or Qwen are. Choose "
            "magnitude, wanda or sparsegpt."
        )
    return blocks


def norms_of(block: str) -> tuple[str, str]:
    """The names of the norms before attention and before the MLP."""
    before, after = (f"{block}.{name}" for name in _NORMS)
    return before, after
