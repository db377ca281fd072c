"""What recovery gave back: each capability's score as a share of the original's, beside its damage.

Retention of a capability = (score − chance) / (the original's score − chance), at most 1: the score
that the best fixed answer would have counts as nothing. A model is reported by the mean over
capabilities and by the worst of them, since a mean can hide a capability that is lost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.evaluate.retention import retained_share
from paser_core.explain.recoveries import Evaluated, Found, Recovered
from paser_core.runs import Run
from paser_core.stages.scoring import cluster_means


@dataclass(frozen=True)
class Share:
    """What one model scores on one capability."""

    n: int  # items
    score: float
    low: float  # Wilson's 95 % interval of the score
    high: float
    retention: float | None  # None: the original is not better than chance
    retention_low: float | None  # the interval on the same scale; the original's own is not in it
    retention_high: float | None


@dataclass(frozen=True)
class Line:
    """One capability of one task."""

    task: str
    capability: str | None  # None: the task has no parts
    cds: float | None  # mean divergence of the run's samples of this capability; None: unknown
    original: Share
    compressed: Share | None  # None: not measured on the same questions
    recovered: tuple[Share | None, ...]  # in the order of the recoveries

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.task if self.capability is None else self.capability


@dataclass(frozen=True)
class Perplexity:
    """One text, read by every model with the same context."""

    task: str
    context: int  # tokens
    original: float
    compressed: float | None
    recovered: tuple[float | None, ...]


@dataclass(frozen=True)
class Total:
    """One model over all capabilities."""

    mean: float | None  # None: nothing was measured
    worst: float | None
    worst_name: str | None
    capabilities: int


@dataclass(frozen=True)
class Retentions:
    """Every recovered model of a run, by capability."""

    recoveries: tuple[Recovered, ...]
    lines: tuple[Line, ...]  # most damaged first, where that is known
    perplexities: tuple[Perplexity, ...]
    compressed: Total
    recovered: tuple[Total, ...]
    column: str | None  # the user's column that has the capabilities as values
    notes: tuple[str, ...]  # what is missing in the lines, and why


def retentions(run: Run, found: Found, divergence: NDArray[np.float64]) -> Retentions:
    """What the recovered models of a run retain, capability by capability.

    Args:
        run: a run with models.
        found: its recoveries, and evaluations.
        divergence: ``(n,)`` of each sample at one temperature; NaN where nothing was measured.
    """
    models = run.manifest["models"]
    weights = {role: models[role]["fingerprint"] for role in ("original", "compressed")}
    models_measured = (
        ("the compressed model", weights["compressed"]),
        *((recovered.name, recovered.fingerprint) for recovered in found.recoveries),
    )
    lines: list[Line] = []
    perplexities: list[Perplexity] = []
    notes: list[str] = []
    for task, reference in _references(found, weights["original"]).items():
        measured = [
            _same_questions(found, mark, task, reference, name, notes)
            for name, mark in models_measured
        ]
        result = reference.tasks[task]
        if result.get("score") is not None:
            lines += _lines(task, result, measured)
        elif "perplexity" in result:
            compressed, *recovered = (
                None if other is None else float(other["perplexity"]) for other in measured
            )
            perplexities.append(
                Perplexity(
                    task,
                    int(result["context"]),
                    float(result["perplexity"]),
                    compressed,
                    tuple(recovered),
                )
            )
    column, damage = cds_by_capability(run, [line.name for line in lines], divergence)
    lines = [replace(line, cds=damage.get(line.name)) for line in lines]
    lines.sort(key=lambda line: math.inf if line.cds is None else -line.cds)
    return Retentions(
        found.recoveries,
        tuple(lines),
        tuple(perplexities),
        _total(lines, [line.compressed for line in lines]),
        tuple(
            _total(lines, [line.recovered[i] for line in lines])
            for i in range(len(found.recoveries))
        ),
        column,
        tuple(dict.fromkeys(notes)),
    )


def cds_by_capability(
    run: Run, capabilities: Sequence[str], divergence: NDArray[np.float64]
) -> tuple[str | None, dict[str, float]]:
    """The damage of the samples that carry a capability's name in one of the user's columns.

    Args:
        run: the run.
        capabilities: the names that an evaluation has.
        divergence: ``(n,)`` of each sample; NaN where nothing was measured.

    Returns:
        The first column that has every capability among its values, and the mean divergence by
        capability; None and nothing where no column has them all.
    """
    wanted = list(dict.fromkeys(capabilities))
    for column in run.user_columns if wanted else ():
        texts = run.columns(column)[column].astype("string").fillna("").tolist()
        if not set(wanted) <= set(texts):
            continue
        place = {name: i for i, name in enumerate(wanted)}
        codes: NDArray[np.int32] = np.array([place.get(text, -1) for text in texts], np.int32)
        cds, sizes = cluster_means(divergence, codes, len(wanted), run.valid)
        return column, {name: float(cds[i]) for name, i in place.items() if sizes[i]}
    return None, {}


def _references(found: Found, weights: str) -> dict[str, Evaluated]:
    """Every task that the original was measured on, with the newest evaluation that has it."""
    known: dict[str, Evaluated] = {}
    for evaluation in found.evaluations:
        if evaluation.fingerprint == weights:
            for task in evaluation.tasks:
                known.setdefault(task, evaluation)
    return known


def _same_questions(
    found: Found,
    weights: str | None,
    task: str,
    reference: Evaluated,
    name: str,
    notes: list[str],
) -> Mapping[str, Any] | None:
    """A model's result on the questions that the original answered; None where there is none."""
    if weights is None:  # a training that diverged gave no model
        return None
    fitting = [e for e in found.evaluations if e.fingerprint == weights and task in e.tasks]
    for evaluation in fitting:
        same = evaluation.tasks[task].get("facts") == reference.tasks[task].get("facts")
        if same and evaluation.template == reference.template:
            return evaluation.tasks[task]
    if fitting:
        notes.append(
            f"{name} was measured on {task} with other questions or another prompt template than the "
            "original model, so the two are not compared."
        )
    else:
        notes.append(f"{name} was not measured on {task}.")
    return None


def _lines(
    task: str, original: Mapping[str, Any], measured: Sequence[Mapping[str, Any] | None]
) -> list[Line]:
    parts = original.get("capabilities") or {}
    lines = []
    for capability in parts or (None,):
        reference = parts[capability] if capability is not None else original
        others = [
            None
            if result is None
            else (result.get("capabilities") or {}).get(capability)
            if capability is not None
            else result
            for result in measured
        ]
        compressed, *recovered = (_share(other, reference) for other in others)
        own = _share(reference, reference)
        assert own is not None
        lines.append(Line(task, capability, None, own, compressed, tuple(recovered)))
    return lines


def _share(figure: Mapping[str, Any] | None, original: Mapping[str, Any]) -> Share | None:
    if figure is None:
        return None
    score, low, high = (float(figure[name]) for name in ("score", "low", "high"))
    best, chance = float(original["score"]), float(original.get("chance") or 0.0)
    as_share = [retained_share(value, best, chance) for value in (score, low, high)]
    return Share(int(figure["n"]), score, low, high, *as_share)


def _total(lines: Sequence[Line], shares: Sequence[Share | None]) -> Total:
    known = [
        (share.retention, line.name)
        for line, share in zip(lines, shares, strict=True)
        if share is not None and share.retention is not None
    ]
    if not known:
        return Total(None, None, None, 0)
    worst, name = min(known, key=lambda pair: pair[0])
    mean = math.fsum(retention for retention, _ in known) / len(known)
    return Total(mean, worst, name, len(known))
