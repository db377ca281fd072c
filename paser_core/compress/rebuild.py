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


def resized(model: Any, changes: Mapping[str, Any]) -> tuple[Any, Any]:
    """A config with other sizes, and the class of model that takes it.

    Llama's config refuses widths that its heads do not divide, although its model would compute
    with them. Mistral's is the same model with a window that can be left out.

    Args:
        model: of Llama's family.
        changes: fields of its config, by name.

    Raises:
        ModelError: no class takes these sizes.
    """
    tree = {**model.config.to_dict(), **changes}
    try:
        return type(model.config).from_dict(tree), type(model)
    except Exception as error:  # each version of the library has errors of its own for it
        biases = [name for name in ("attention_bias", "mlp_bias") if tree.get(name)]
        if tree["model_type"] != "llama" or biases:
            raise ModelError(_refused(model.config, str(error))) from error
    from transformers import MistralConfig, MistralForCausalLM

    known = MistralConfig().to_dict().keys() - {"model_type", "architectures"}
    fields = {name: value for name, value in tree.items() if name in known}
    return MistralConfig(**{**fields, "sliding_window": None}), MistralForCausalLM


def _refused(config: Any, said: str) -> str:
    first = next((line.strip() for line in said.splitlines() if line.strip()), "")
    return (
        f"The compressed weights do not make a {config.model_type} model that transformers loads "
        f"({first[:200]}); choose another method for this family."
    )
