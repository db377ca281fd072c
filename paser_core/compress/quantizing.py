"""What the methods that quantize share: the grid, and the models whose packed form can be loaded."""

from __future__ import annotations

from typing import Any

from paser_core.compress.layers import is_transposed, linear_layers, width_of
from paser_core.compress.oneshot import HEAD
from paser_core.errors import ModelError


def check(model: Any, settings: Any) -> None:
    """See that the layers can be packed.

    Raises:
        ModelError: they cannot.
    """
    for name, layer in linear_layers(model).items():
        if is_transposed(layer):
            raise ModelError(
                f"{model.config.model_type} keeps its linear layers transposed (Conv1D), which the "
                "packed 4-bit format does not know; choose a method that prunes, such as wanda."
            )
        if settings.group is not None and width_of(layer) % settings.group:
            raise ModelError(
                f"{name} has {width_of(layer)} inputs, which are no multiple of group = "
                f"{settings.group}; change it, or leave it out for one grid a row."
            )


def grid(settings: Any) -> dict[str, Any]:
    """What the modifiers that quantize are told: an asymmetric grid for each row, or part of one."""
    weights = {
        "num_bits": settings.bits,
        "type": "int",
        "symmetric": False,
        "strategy": "channel" if settings.group is None else "group",
        "group_size": settings.group,
    }
    groups = {"group_0": {"targets": ["Linear"], "weights": weights}}
    return {"config_groups": groups, "ignore": [HEAD]}
