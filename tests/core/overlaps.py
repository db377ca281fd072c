"""What the Compare page says about two selections, reckoned with plain sets."""

from __future__ import annotations


def overlap(a, b) -> dict[str, str]:
    """Its cards for two sets of ids."""
    a, b = set(a), set(b)
    return {
        "In both": f"{len(a & b):,}",
        "Only in A": f"{len(a - b):,}",
        "Only in B": f"{len(b - a):,}",
        "Jaccard index": f"{len(a & b) / len(a | b):.3f}",
    }
