"""Magnitude: the smallest weights of every matrix become zero. Nothing is read, nothing is tuned.

Per matrix, not per row and not over the whole model (Han et al. 2015, arXiv 1506.02626).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from paser_core.compress.layers import linear_layers
from paser_core.compress.method import UNSTRUCTURED, Method, Outcome, Work
from paser_core.compress.settings import read_share
from paser_core.config import Section, setting


@dataclass(frozen=True)
class MagnitudeConfig(Section, at=""):
    """What magnitude pruning removes."""

    sparsity: float = setting(
        0.5,
        "half, as pruned models are compared in the literature",
        label="Zeros",
        help="The share of every linear layer that becomes zero.",
        read=read_share,
        accepted="a share above 0 and below 1, or a percentage",
    )


def compress(work: Work) -> Outcome:
    """Zero exactly the share asked for of every matrix; of equal weights the first ones go."""
    layers = linear_layers(work.model)
    for done, layer in enumerate(layers.values(), 1):
        prune(layer.weight.data, work.settings.sparsity)
        work.report(done, len(layers))
    return Outcome(work.model, UNSTRUCTURED)


def prune(weight: torch.Tensor, sparsity: float) -> None:
    """Zero the ``int(sparsity * n)`` smallest of ``n`` weights, in place."""
    count = int(sparsity * weight.numel())
    if not count:
        return
    sizes = weight.abs().flatten()
    cut = sizes.kthvalue(count).values
    smaller = sizes < cut
    # In half precision many weights are as large as the cut: no more than asked may go.
    ties = (sizes == cut).nonzero().flatten()[: count - int(smaller.sum())]
    smaller[ties] = True
    weight[smaller.view_as(weight)] = 0.0


METHOD = Method("Magnitude pruning", MagnitudeConfig, compress, reads=False)
