"""SparseGPT: prunes, and lets what stays make good for what goes (Frantar & Alistarh 2023, arXiv 2301.00774).

Second-order reconstruction of every layer's output over the calibration tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

from paser_core.compress.method import Method, Outcome, Work
from paser_core.compress.methods.wanda import check, mask_of
from paser_core.compress.oneshot import HEAD, PACKAGES, pruned, silenced
from paser_core.compress.settings import columns, damping, pattern_of, read_sparsity
from paser_core.config import Section, setting


@dataclass(frozen=True)
class SparseGPTConfig(Section, at=""):
    """What SparseGPT removes, and how it makes good for it."""

    sparsity: float | str = setting(
        0.5,
        "what the paper reports first",
        label="Zeros",
        help="The share of every layer that becomes zero, or 2:4 for two of each four neighbors.",
        read=read_sparsity,
        accepted="2:4, a share above 0 and below 1, or a percentage",
    )
    damping: float = damping("the paper's percdamp: a share of the mean diagonal of the Hessian")
    block: int = columns("pruned")


def compress(work: Work) -> Outcome:
    """Prune with llmcompressor."""
    settings = work.settings
    with silenced():
        from llmcompressor.modifiers.pruning import SparseGPTModifier

        modifier = SparseGPTModifier(
            ignore=[HEAD],
            targets=["Linear"],
            dampening_frac=settings.damping,
            block_size=settings.block,
            **mask_of(settings.sparsity),
        )
    return Outcome(pruned(work, modifier), pattern_of(settings.sparsity))


METHOD = Method("SparseGPT", SparseGPTConfig, compress, check=check, packages=PACKAGES)
