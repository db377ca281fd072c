"""What a model has kept of what its original could: shares, chance taken off, mean and worst."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from paser_core.errors import EvaluationError
from paser_core.text import listed, plural


def retained_share(score: float, original: float, chance: float = 0.0) -> float | None:
    """A score as a share of the original's, both above chance, at most 1.

    (score − chance) / (original − chance). Below 0 where the model does worse than chance.

    Args:
        score: of the model, 0 to 1.
        original: of the original model on the same items.
        chance: what guessing scores on them.

    Returns:
        None where the original itself is no better than chance: there is nothing to retain.

    >>> retained_share(0.5, 0.9, chance=0.1), retained_share(0.9, 0.8)
    (0.5, 1.0)
    """
    if original <= chance:
        return None
    return min(1.0, (score - chance) / (original - chance))


@dataclass(frozen=True)
class Retention:
    """What is retained, by task and capability.

    Args:
        shares: by task and capability; a task without capabilities is one, named as the task.
        left_out: why there is no share, by task and capability, or by task.
    """

    shares: Mapping[tuple[str, str], float]
    left_out: Mapping[tuple[str, str], str]

    @property
    def mean(self) -> float | None:
        """Over capabilities, each counting the same; None where there is none."""
        return sum(self.shares.values()) / len(self.shares) if self.shares else None

    @property
    def worst(self) -> tuple[tuple[str, str], float] | None:
        """The capability of which least is retained, and how much; the first of equals."""
        return min(self.shares.items(), key=lambda pair: pair[1]) if self.shares else None

    def of_task(self, task: str) -> Retention:
        """Of one task alone."""
        return Retention(
            {key: value for key, value in self.shares.items() if key[0] == task},
            {key: why for key, why in self.left_out.items() if key[0] == task},
        )


def retention(results: Mapping[str, Any], original: Mapping[str, Any]) -> Retention:
    """What of the original's scores a model has kept, of the tasks that both were measured on.

    Args:
        results: ``results.json`` of the model.
        original: ``results.json`` of the original model.

    Raises:
        EvaluationError: they have no task in common, or a task of both has other items or settings.
    """
    ours, theirs = results["tasks"], original["tasks"]
    planned = {spec: task["facts"] for spec, task in ours.items()}
    same = check_comparable(planned, results["template"], original)
    shares: dict[tuple[str, str], float] = {}
    left_out: dict[tuple[str, str], str] = {}
    for spec, other in same.items():
        for name, one, reference in _pairs(spec, ours[spec], theirs[other]):
            if "score" not in one or "score" not in reference:
                left_out[spec, name] = "nothing is right or wrong in it"
                continue
            chance = reference.get("chance", 0.0)
            share = retained_share(one["score"], reference["score"], chance)
            if share is None:
                left_out[spec, name] = (
                    f"the original's {reference['score']:.1%} is no better than chance ({chance:.1%})"
                )
            else:
                shares[spec, name] = share
    for spec in (ours.keys() - same.keys()) | (theirs.keys() - set(same.values())):
        left_out[spec, spec] = "only one of the two evaluations has it"
    return Retention(shares, left_out)


def check_comparable(
    planned: Mapping[str, Mapping[str, Any]], template: str, original: Mapping[str, Any]
) -> dict[str, str]:
    """See that what is measured can be compared with the evaluation of an original model.

    Args:
        planned: what determines the result of each task beside the model, by the task as it was asked
            for.
        template: that asks.
        original: ``results.json`` of the original model.

    Returns:
        The tasks that both have: as the original's evaluation names it, by what it is called here.

    Raises:
        EvaluationError: they have no task in common, or a task of both has other items or settings.
    """
    theirs = {spec: task.get("facts", {}) for spec, task in original["tasks"].items()}
    plain = json.loads(json.dumps(planned, default=str))  # as a file gives it back
    same = {spec: found for spec in plain if (found := _same_task(spec, plain[spec], theirs))}
    if not same:
        raise EvaluationError(
            f"The evaluations have no task in common: {', '.join(plain)} here, {', '.join(theirs)} of "
            "the original. Run both on the same tasks."
        )
    if template != original["template"]:
        raise EvaluationError(
            f"The evaluations ask by other templates: {template} here, {original['template']} of the "
            "original. Run one of them again with --template."
        )
    for spec, other in same.items():
        ours, reference = plain[spec], theirs[other]
        differ = [k for k in ours.keys() | reference.keys() if ours.get(k) != reference.get(k)]
        if differ:
            raise EvaluationError(
                f"{spec} is not measured there on the same items, or not in the same way "
                f"({listed([_difference(k, ours, reference) for k in sorted(differ)])}). Give the same "
                "file, --limit and settings as the original's evaluation had, or make that again."
            )
    return same


def _difference(name: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    """``answer_tokens: 4 here, 8 there``; of a hash only that it is another."""
    values = [facts.get(name) for facts in (ours, theirs)]
    if any(isinstance(value, str) for value in values):
        return f"other {name}"
    return f"{name}: {values[0]} here, {values[1]} there"


def _same_task(
    spec: str, facts: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]
) -> str | None:
    """What another evaluation calls a task: its file may be spelled otherwise there, or lie elsewhere."""
    kind = spec.partition(":")[0]
    alike = [other for other in others if other.partition(":")[0] == kind]
    if spec in others:
        return spec
    return next((other for other in alike if others[other] == facts), None)


def _pairs(
    spec: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    """The capabilities of a task in both, or the task itself where it has none."""
    if not ours["capabilities"]:
        yield spec, ours, theirs
    for name, figure in ours["capabilities"].items():
        yield name, figure, theirs["capabilities"][name]


def in_words(found: Retention) -> list[str]:
    """Mean and worst as sentences, and what is left out."""
    told = []
    if found.worst is not None:
        (_, name), least = found.worst
        told.append(
            f"Retained of the original: {found.mean:.1%} in the mean of "
            f"{plural(len(found.shares), 'capability', 'capabilities')}, {least:.1%} of the worst ({name})."
        )
    told += [f"Not counted: {name}, because {why}." for (_, name), why in found.left_out.items()]
    return told
