"""Wanda: weights count by their size times how much their input moves (Sun et al. 2023, arXiv 2306.11695).

The score of a weight is ``|W_ij| · ‖x_j‖₂`` over the calibration tokens. Of every row the lowest
share becomes zero, or two of each four neighbors; block by block, each block reading what the pruned
blocks before it compute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from paser_core.compress.layers import linear_layers, width_of
from paser_core.compress.method import TWO_FOUR, Method, Outcome, Work
from paser_core.compress.oneshot import HEAD, PACKAGES, pruned, silenced
from paser_core.compress.settings import pattern_of, read_sparsity
from paser_core.config import Section, setting
from paser_core.errors import ModelError


@dataclass(frozen=True)
class WandaConfig(Section, at=""):
    """What Wanda removes."""

    sparsity: float | str = setting(
        TWO_FOUR,
        "the pattern that GPUs compute faster",
        label="Zeros",
        help="2:4 for two of each four neighbors, or the share of every row that becomes zero.",
        read=read_sparsity,
        accepted="2:4, a share above 0 and below 1, or a percentage",
    )


def check(model: Any, settings: Any) -> None:
    """See that rows can be cut into fours.

    Raises:
        ModelError: a layer is too narrow, or its width is no multiple of four.
    """
    for name, layer in linear_layers(model).items():
        if settings.sparsity == TWO_FOUR and width_of(layer) % 4:
            raise ModelError(
                f"{name} has {width_of(layer)} inputs, which cannot be cut into fours; give a share "
                "instead of 2:4, such as --sparsity 0.5."
            )


def compress(work: Work) -> Outcome:
    """Prune with llmcompressor."""
    pattern = pattern_of(work.settings.sparsity)
    with silenced():
        from llmcompressor.modifiers.pruning import WandaPruningModifier

        modifier = WandaPruningModifier(
            ignore=[HEAD], targets=["Linear"], **mask_of(work.settings.sparsity)
        )
    return Outcome(pruned(work, modifier), pattern)


def mask_of(sparsity: float | str) -> dict[str, Any]:
    """What the modifiers that prune are told."""
    if sparsity == TWO_FOUR:
        return {"sparsity": 0.5, "mask_structure": TWO_FOUR}
    return {"sparsity": sparsity}


METHOD = Method("Wanda", WandaConfig, compress, check=check, packages=PACKAGES)
