"""One sample, and the choice of its words."""

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


def say(rng: random.Random, templates: Sequence[str], **words: object) -> str:
    """One of the templates, filled in."""
    return rng.choice(templates).format(**words)
