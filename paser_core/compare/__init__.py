"""Selections side by side: overlap, who entered and left, shift per cluster, baselines, stability."""

from paser_core.compare.baselines import Baseline, baseline, parse_baseline
from paser_core.compare.overlap import (
    SIDES,
    Chance,
    ClusterShift,
    Comparison,
    Side,
    compare,
    expected_overlap,
)
from paser_core.compare.seeds import Stability, pairwise_jaccard, stability
from paser_core.compare.sources import Chosen, chosen, is_export, read_export

__all__ = [
    "SIDES",
    "Baseline",
    "Chance",
    "Chosen",
    "ClusterShift",
    "Comparison",
    "Side",
    "Stability",
    "baseline",
    "chosen",
    "compare",
    "expected_overlap",
    "is_export",
    "pairwise_jaccard",
    "parse_baseline",
    "read_export",
    "stability",
]
