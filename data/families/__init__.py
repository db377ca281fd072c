"""Generated sample families of the bundled demo: one capability each, correct and checkable.

``FAMILIES[capability](rng)`` makes one sample; ``check(capability, sample, answer)`` judges any
answer to it. Everything is deterministic for a ``random.Random`` seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from families import knowledge, language, making, numbers, reading, reasoning
from families.sample import Sample, same_text

FAMILIES: dict[str, Callable[[random.Random], Sample]] = {
    "arithmetic": numbers.arithmetic,
    "word_problems": numbers.word_problem,
    "code": making.code,
    "translation": language.translation,
    "factual_recall": knowledge.fact,
    "extraction": reading.extraction,
    "summarising": reading.summary,
    "classification": reading.classification,
    "logic": reasoning.logic,
    "rewriting": language.rewriting,
    "creative_writing": making.creative,
    "list_handling": reasoning.list_handling,
}

_CHECKS: dict[str, Callable[[Sample, str], bool]] = {
    "code": making.check_code,
    "creative_writing": making.check_creative,
}


def check(capability: str, sample: Sample, answer: str) -> bool:
    """Whether ``answer`` is right: by running the code, by the constraints, or by exact match."""
    return _CHECKS.get(capability, same_text)(sample, answer)
