"""RTN: every weight to the nearest value of its row's grid. Nothing is read.

The grid is asymmetric: ``2^bits`` values evenly spaced from the smallest weight of the row to its
largest (zero is one of them).
"""

from __future__ import annotations

from dataclasses import dataclass

from paser_core.compress.method import Method, Outcome, Work
from paser_core.compress.oneshot import PACKAGES, apply, save_packed, silenced
from paser_core.compress.quantizing import check, grid
from paser_core.config import Section, setting


@dataclass(frozen=True)
class RTNConfig(Section, at=""):
    """The grid that weights are rounded to."""

    bits: int = setting(
        4,
        "what quantized models are shared in most",
        label="Bits",
        help="Of a weight of the linear layers.",
        low=2,
        high=8,
    )
    group: int | None = setting(
        None,
        "None: one grid a row; 128 keeps more and costs a scale for each group",
        label="Group",
        help="Neighbors in a row that share a grid. Empty: the whole row.",
        low=8,
        high=4096,
    )


def compress(work: Work) -> Outcome:
    """Quantize with llmcompressor, which reads no text for it."""
    with silenced():
        from llmcompressor.modifiers.quantization import QuantizationModifier

        modifier = QuantizationModifier(**grid(work.settings))
    apply(work, modifier, reads=False)
    return Outcome(work.model, save=save_packed)


METHOD = Method(
    "Round to nearest", RTNConfig, compress, reads=False, check=check, packages=PACKAGES
)
