"""One sample, and the exact-match checker that most families share."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    instruction: str
    input: str
    output: str
    facts: tuple[str, ...] = ()  # what a checker needs beyond the expected output


def same_text(sample: Sample, answer: str) -> bool:
    """Exact match after folding case, white space and a final full stop."""

    def fold(text: str) -> str:
        return " ".join(text.casefold().split()).rstrip(".")

    return fold(answer) == fold(sample.output)


def say(rng: random.Random, templates: Sequence[str], **words: object) -> str:
    """One of the templates, filled in."""
    return rng.choice(templates).format(**words)
