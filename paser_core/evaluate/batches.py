"""Which sequences are computed together: of like length, within a number of padded tokens."""

from __future__ import annotations

from collections.abc import Sequence

_MOST_ROWS = 512


def batches(lengths: Sequence[int], most_tokens: int) -> list[list[int]]:
    """Rows in batches, the longest first: if memory is short, it shows at once.

    The batches follow from the lengths alone, so that work that is resumed computes what it would
    have computed.

    Args:
        lengths: ``(n,)`` tokens of each sequence.
        most_tokens: of a batch, padding included; a longer sequence is a batch of its own.
    """
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    found: list[list[int]] = []
    for row in order:
        widest = lengths[found[-1][0]] if found else 0
        full = not found or len(found[-1]) >= _MOST_ROWS
        if full or (len(found[-1]) + 1) * widest > most_tokens:
            found.append([])
        found[-1].append(row)
    return found
