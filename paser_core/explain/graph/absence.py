"""Why a phrase is no concept of the graph, and which cap on frequent phrases would change that."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from enum import StrEnum

from paser_core.config import ConceptsConfig
from paser_core.explain.graph.graph import ConceptGraph
from paser_core.runs import Run
from paser_core.stages.concepts import ConceptTable, highest_frequency

_STEP = 1e-4  # of the cap on document frequency, a share: two decimals of a per cent


class Absence(StrEnum):
    """Why a phrase is no concept of the graph."""

    UNKNOWN = "unknown"  # no sample of the run has it
    TOO_LONG = "too_long"
    TOO_FREQUENT = "too_frequent"
    CROWDED_OUT = "crowded_out"  # in no sample among the best phrases that count
    LATER = "later"  # a larger budget brings it in
    NEVER = "never"  # no sample that has it is accepted


@dataclass(frozen=True)
class Missing:
    """What is known of a phrase that is no vertex."""

    why: Absence
    samples: int = 0  # of the run, that have the phrase
    enters_at: int = 0  # budget, where a larger one brings it in


def document_frequency(table: ConceptTable, concept: int) -> int:
    """How many samples have a phrase; what the cap looks at in the table of all phrases."""
    return int((table.ids == concept).sum())


def cap_without(samples: int, n: int) -> float | None:
    """The highest cap (a share, in steps of 0.01 %) under which a phrase no longer counts.

    ``samples`` of ``n`` have the phrase. None: it is so rare that no cap drops it.
    """
    steps = _steps(samples, n)
    return round((steps - 1) * _STEP, 4) if steps else None


def cap_with(samples: int, n: int) -> float:
    """The lowest cap (a share, in steps of 0.01 %) under which a phrase counts."""
    return round(_steps(samples, n) * _STEP, 4)


def _steps(samples: int, n: int) -> int:
    if highest_frequency(0.0, n) >= samples:
        return 0
    steps = math.floor(samples / n / _STEP)
    while highest_frequency(round(steps * _STEP, 4), n) < samples:
        steps += 1
    return steps


def why_absent(run: Run, config: ConceptsConfig, graph: ConceptGraph, name: str) -> Missing:
    """Why ``name`` is no vertex of the graph.

    Args:
        run: an open run.
        config: the knobs that the graph was made with.
        graph: of a selection of the run.
        name: of a concept, as it is normalized.
    """
    table = run.concepts
    number = bisect_left(table.vocabulary, name)  # it is in alphabetical order
    if number == len(table.vocabulary) or table.vocabulary[number] != name:
        return Missing(Absence.UNKNOWN)
    samples = document_frequency(table, number)
    if document_frequency(graph.selection.ranking.candidates.concepts, number):
        enters_at = int(graph.index.table.brought_at[number])
        why = Absence.LATER if enters_at > graph.selection.budget else Absence.NEVER
        return Missing(why, samples, enters_at)
    if samples > highest_frequency(config.max_document_frequency, run.n):
        return Missing(Absence.TOO_FREQUENT, samples)
    if name.count(" ") + 1 > config.max_words:
        return Missing(Absence.TOO_LONG, samples)
    return Missing(Absence.CROWDED_OUT, samples)
