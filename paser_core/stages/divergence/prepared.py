"""What is known of models and samples before the first stage: what the models will read, and what not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.notices import Notice
from paser_core.stages.divergence.tokens import Tokenized


@dataclass(frozen=True)
class Prepared:
    """The result of looking at both models and at every sample, before any work."""

    tokenized: Tokenized
    notices: tuple[Notice, ...]  # in the order in which a reader wants them
    max_length: int  # tokens of a sample that the models read


def length_notices(
    tokenized: Tokenized, max_length: int, limit: str | None = None
) -> tuple[Notice, ...]:
    """What ``max_length`` costs: prompts that leave no room, responses that lose their end.

    ``limit`` says what it is in words, where it is not the setting of that name.
    """
    words = limit or f"divergence.max_length = {max_length}"
    known = tokenized.full_lengths >= 0
    total = int(known.sum())
    lost = int((known & (tokenized.prompt_lengths >= max_length)).sum())
    cut = int(tokenized.truncated.sum())
    notices = []
    if lost:
        longest = int(tokenized.prompt_lengths.max())
        notices.append(
            Notice(
                "prompts-too-long",
                f"{lost:,} of {total:,} samples {'has' if lost == 1 else 'have'} a prompt of "
                f"{max_length:,} tokens or more (up to {longest:,}) and cannot be measured: there is no "
                f"room for a response within {words}.{_cure(limit, tokenized)}",
                count=lost,
                total=total,
            )
        )
    if cut:
        notices.append(
            Notice(
                "responses-cut",
                f"{cut:,} of {total:,} samples {'is' if cut == 1 else 'are'} longer than {words}; the end "
                f"of {'its' if cut == 1 else 'their'} response is not measured.{_cure(limit, tokenized)}",
                count=cut,
                total=total,
            )
        )
    return tuple(notices)


def _cure(limit: str | None, tokenized: Tokenized) -> str:
    if limit is not None:
        return ""
    longest = int(tokenized.full_lengths.max())
    return f" The longest sample has {longest:,} tokens; raise divergence.max_length to read more."


def histogram(
    lengths: NDArray[np.integer], max_length: int, bins: int = 24
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """``(bins + 1,)`` edges and ``(bins,)`` counts of lengths; one edge lies at ``max_length``.

    Args:
        lengths: ``(n,)`` tokens; negative ones are unknown and left out.
        max_length: what is read of a sample.
        bins: about how many.
    """
    known = lengths[lengths >= 0]
    longest = max(int(known.max(initial=0)), max_length)
    # Steps that divide the limit: a bar is either read or lost, never both.
    step = max_length / max(1, round(bins * max_length / longest))
    edges = np.arange(0, int(np.ceil(longest / step)) + 2, dtype=np.float64) * step
    counts, _ = np.histogram(known, edges)
    return edges, counts.astype(np.int64)
