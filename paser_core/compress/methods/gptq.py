"""GPTQ: rounds column by column, and lets the columns left make good for it (Frantar et al. 2022, arXiv
2210.17323)."""

from __future__ import annotations

from dataclasses import dataclass

from paser_core.compress.method import Method, Outcome, Work
from paser_core.compress.methods.rtn import RTNConfig
from paser_core.compress.oneshot import PACKAGES, apply, save_packed, silenced
from paser_core.compress.quantizing import check, grid
from paser_core.compress.settings import columns, damping


@dataclass(frozen=True)
class GPTQConfig(RTNConfig, at=""):
    """The grid that weights are rounded to, and how what is lost is made good for."""

    damping: float = damping("the paper's: a share of the mean diagonal of the Hessian")
    block: int = columns("rounded")


def compress(work: Work) -> Outcome:
    """Quantize with llmcompressor."""
    settings = work.settings
    with silenced():
        from llmcompressor.modifiers.gptq import GPTQModifier

        modifier = GPTQModifier(
            dampening_frac=settings.damping, block_size=settings.block, **grid(settings)
        )
    apply(work, modifier)
    return Outcome(work.model, save=save_packed)


METHOD = Method("GPTQ", GPTQConfig, compress, check=check, packages=PACKAGES)
