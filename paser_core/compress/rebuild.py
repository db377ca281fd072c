"""A model out of a config and weights, as the loader would make it of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from paser_core.errors import ModelError
from paser_core.models.loading import quiet


def rebuilt(
    model: Any, weights: Mapping[str, torch.Tensor], config: Any = None, cls: Any = None
) -> Any:
    """A new model with other weights, in evaluation mode.

    Args:
        model: what it is made from.
        weights: by name, as ``state_dict`` gives them.
        config: the new one, where the sizes have changed; the weights must have them.
        cls: the class, where it is another.

    Raises:
        ModelError: weights are missing, or of another shape than the config makes them.
    """
    config = model.config if config is None else config
    floating = next(tensor for tensor in weights.values() if tensor.is_floating_point())
    try:
        with quiet():
            made, info = (cls or type(model)).from_pretrained(
                None,
                config=config,
                state_dict=dict(weights),
                dtype=floating.dtype,
                output_loading_info=True,
            )
    except RuntimeError as error:  # shapes
        raise ModelError(_refused(config, str(error))) from error
    if info["missing_keys"] or info["unexpected_keys"]:
        names = sorted((*info["missing_keys"], *info["unexpected_keys"]))
        raise ModelError(_refused(config, f"{names[0]} does not fit"))
    made.generation_config = model.generation_config
    return made.to(floating.device).eval()


def _refused(config: Any, said: str) -> str:
    first = next((line.strip() for line in said.splitlines() if line.strip()), "")
    return (
        f"The compressed weights do not make a {config.model_type} model that transformers loads "
        f"({first[:200]}); choose another method for this family."
    )
