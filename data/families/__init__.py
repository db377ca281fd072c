"""Generated sample families of the bundled demo: one capability each, correct and checkable.

``FAMILIES[capability](rng)`` makes one sample; ``check(capability, sample, answer)`` judges any
answer to it. Everything is deterministic for a ``random.Random`` seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from families import knowledge, language, making, numbers, reading, reasoning
from families.sample import Sample
from paser_core.evaluate.check import Case, check_of
from paser_core.evaluate.sandbox import run_code

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


def judged_by(capability: str, sample: Sample) -> tuple[str, tuple[str, ...]]:
    """The name of the check that judges answers to a sample (docs/evaluate.md), and its facts."""
    if capability == "code":
        return "python-function", sample.facts
    if capability != "creative_writing":
        return "same-text", ()
    if sample.facts[0] == "couplet":
        return "couplet", (*sample.facts[1:], *making.RHYMING)
    return "words", sample.facts


def check(capability: str, sample: Sample, answer: str) -> bool:
    """Whether ``answer`` is right: by running the code, by the constraints, or by exact match."""
    name, facts = judged_by(capability, sample)
    return check_of(name).verdict(answer, Case(sample.output, facts, run_code)).right
