"""A run and its selection held against limits: a list of verdicts, the same for every view of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from paser_core.limits.limit import Figure, Limit
from paser_core.limits.settings import LimitsConfig
from paser_core.limits.subject import Subject
from paser_core.registry import LIMITS
from paser_core.runs import Run
from paser_core.selection import Selection, Setting


class Verdict(StrEnum):
    """How a figure stands to its limit."""

    MET = "met"
    MISSED = "missed"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Judged:
    """One limit, and what was found."""

    name: str
    title: str
    verdict: Verdict
    value: float  # NaN: not measured
    bound: float
    value_told: str  # as people read it; a dash where it was not measured
    bound_told: str  # with its side: "at most 5 %"
    told: str  # a sentence or two: of what, where; or why it was not measured
    named: bool  # somebody asked for it
    missed: bool  # it was missed, or asked for and not measured


@dataclass(frozen=True)
class Checked:
    """Every limit that is not switched off, in the order of the registry."""

    limits: tuple[Judged, ...]

    @property
    def passed(self) -> bool:
        """Whether no limit is missed."""
        return not self.missed

    @property
    def missed(self) -> tuple[Judged, ...]:
        """Those that are missed; what was asked for and not measured is one of them."""
        return tuple(judged for judged in self.limits if judged.missed)

    @property
    def frame(self) -> pd.DataFrame:
        """A row for every limit, by name."""
        columns = ["title", "verdict", "value", "bound", "missed", "told"]
        rows = {
            judged.name: [getattr(judged, column) for column in columns] for judged in self.limits
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns)

    def to_tree(self) -> dict[str, Any]:
        """For programs; a value that was not measured is null."""
        return {
            "passed": self.passed,
            "limits": [
                {
                    "name": judged.name,
                    "title": judged.title,
                    "verdict": str(judged.verdict),
                    "value": judged.value if judged.verdict is not Verdict.NOT_MEASURED else None,
                    "bound": judged.bound,
                    "named": judged.named,
                    "missed": judged.missed,
                    "told": judged.told,
                }
                for judged in self.limits
            ],
        }


def check(
    run: Run,
    selection: Selection | None,
    setting: Setting,
    names: Sequence[str],
    limits: LimitsConfig | Mapping[str, Any] | None = None,
) -> Checked:
    """Hold a run and a selection from it against limits.

    Args:
        run: what was selected from.
        selection: None where there is none: the run has no models, and the selector needs them.
        setting: what the selection was made with.
        names: ``(K,)`` of the clusters.
        limits: bounds; None: those that hold by default.

    Raises:
        ConfigError: a limit is unknown or not accepted.
        DataError: the held-out file cannot be read.
    """
    known = LimitsConfig.of(limits)
    return judge(Subject(run, selection, setting, names, known.values), known)


def judge(subject: Subject, known: LimitsConfig) -> Checked:
    """The same for a subject that was looked at before, with the same limits.

    Raises:
        DataError: the held-out file cannot be read.
    """
    return Checked(
        tuple(
            _judged(name, LIMITS[name], LIMITS[name].measure(subject), bound, name in known.named)
            for name in LIMITS
            if (bound := known.bound(name)) is not None
        )
    )


def _judged(name: str, limit: Limit, figure: Figure, bound: float, named: bool) -> Judged:
    if not figure.measured:
        verdict = Verdict.NOT_MEASURED
    else:
        verdict = Verdict.MET if limit.side.holds(figure.value, bound) else Verdict.MISSED
    return Judged(
        name=name,
        title=limit.title,
        verdict=verdict,
        value=figure.value,
        bound=bound,
        value_told=limit.told(figure.value),
        bound_told=f"{limit.side} {limit.told(bound)}",
        told=figure.told,
        named=named,
        missed=verdict is Verdict.MISSED or (verdict is Verdict.NOT_MEASURED and named),
    )
