"""A 4-bit checkpoint opened for training: its weights as floats, in a model of the plain kind.

``compressed-tensors`` would leave scales and schemes in the model, and round again what is trained. So
what it unpacks is copied into a model without any of it, which computes the same to the last bit.
"""

from __future__ import annotations

import copy
from typing import Any

import torch

from paser_core.errors import ModelError
from paser_core.models.loading import load_causal_lm, quiet
from paser_core.text import plural

METHOD = "compressed-tensors"


def load_dequantized(name: str, dtype: torch.dtype | None) -> Any:
    """The model with its weights unpacked; ``dtype`` None is float32.

    Raises:
        ModelError: it cannot be loaded, or has weights that a plain model has no place for.
    """
    from transformers import AutoModelForCausalLM

    wanted = dtype or torch.float32
    packed, _ = load_causal_lm(name, wanted)
    with quiet():
        config = without_quantization(packed.config)
        plain = AutoModelForCausalLM.from_config(config, dtype=wanted)
    known = plain.state_dict()
    weights = {key: value for key, value in packed.state_dict().items() if key in known}
    missing = sorted(known.keys() - weights.keys())
    if missing:
        raise ModelError(
            f"{name}: {plural(len(missing), 'weight')} could not be unpacked, e.g. {missing[0]}. Save the "
            "model dequantized, and give that."
        )
    plain.load_state_dict(weights)
    plain.tie_weights()
    plain.generation_config = packed.generation_config
    return plain.eval()


def without_quantization(config: Any) -> Any:
    """The config of the same model with plain weights."""
    plain = copy.deepcopy(config)
    if hasattr(plain, "quantization_config"):
        del plain.quantization_config
    return plain
