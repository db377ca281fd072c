"""What every arm has brought back, and how it differs from the reference: one tidy frame, tests included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.errors import StudyError
from paser_core.evaluate.retention import retained_share
from paser_core.study.frames import grouped
from paser_core.study.results import Results
from paser_core.study.retained import chances
from paser_core.study.statistics.arms import Questions
from paser_core.study.statistics.counts import holm
from paser_core.study.statistics.difference import Difference, difference, estimate
from paser_core.study.statistics.measures import Measure
from paser_core.study.statistics.seeds import t_test
from paser_core.study.steps import ORIGINAL

Scores = NDArray[np.float64]
ALL = "all"  # the mean over several compressions

MEASURES = {"score": Measure.MEAN, "retention": Measure.RETENTION, "worst": Measure.WORST}


@dataclass(frozen=True)
class Summary:
    """The arms of a study, measured on one part of the items.

    Args:
        results: of the study.
        part: ``test``, ``development`` or ``all`` items.
        reference: the selector that others are compared with; "": the study's.
    """

    results: Results
    part: str = "test"
    reference: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reference", self.reference or self.results.config.reference)

    @cached_property
    def questions(self) -> Questions:
        """The items, the original's scores on them, and what chance scores.

        Raises:
            StudyError: the original is no better than chance in any capability.
        """
        original = self.results.of_model(ORIGINAL, self.part)
        chance = chances(self.results, list(self.named.values()))
        best = self.by_capability(original)
        known = dict(zip(self.named, map(float, chance), strict=True))
        if not any(best[k] > known[name] for k, name in enumerate(self.capabilities)):
            raise StudyError(
                f"{self.results.folder}: the original is no better than chance in any of "
                f"{', '.join(self.capabilities)}, so there is nothing to retain and nothing to compare. "
                "Name a task that it is good at."
            )
        return Questions(self.labels, original, known)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """``(items,)`` capability of each item; of several tasks with the task's name."""
        return tuple(self._label(*pair) for pair in self._pairs)

    @cached_property
    def named(self) -> Mapping[str, tuple[str, str]]:
        """Task and capability, by the label of both."""
        return {self._label(*pair): pair for pair in self._pairs}

    @cached_property
    def _pairs(self) -> list[tuple[str, str]]:
        items = self.results.questions(self.part)
        return list(zip(items["task"].astype(str), items["capability"].astype(str), strict=True))

    def _label(self, task: str, name: str) -> str:
        return name if len(self.results.config.tasks) == 1 or name == task else f"{task}: {name}"

    @cached_property
    def capabilities(self) -> tuple[str, ...]:
        """What is measured, by name."""
        return tuple(sorted(set(self.labels)))

    def by_capability(self, scores: Scores) -> Scores:
        """``(seeds, capabilities)`` mean scores; ``(capabilities,)`` of one model."""
        labels = np.array(self.labels)
        columns = [np.nanmean(scores[..., labels == name], axis=-1) for name in self.capabilities]
        return np.stack(columns, axis=-1)

    def retained(self, scores: Scores) -> Scores:
        """``(seeds, capabilities)`` retention; NaN where the original is no better than chance."""
        known = self.by_capability(scores)
        chance = self.questions.chance or {}
        original = self.by_capability(self.results.of_model(ORIGINAL, self.part))
        flat = np.atleast_2d(known)
        shares = [
            [
                retained_share(float(score), float(best), chance.get(name, 0.0))
                for score, best, name in zip(row, original, self.capabilities, strict=True)
            ]
            for row in flat
        ]
        return np.array(shares, np.float64).reshape(known.shape)  # None becomes NaN

    @cached_property
    def arms(self) -> pd.DataFrame:
        """A row for every arm and compression, and for its mean over several of them.

        Columns: ``compression`` (``all``: the mean over those that ``over`` names), ``selector``, ``budget``,
        ``recovery``, ``seeds`` (fewest), ``diverged``, ``missing``, ``samples``, ``tokens``,
        ``cpu_seconds``; of
        ``score``, ``retention`` and ``worst`` the mean over seeds, ``_sd`` over seeds, ``_low`` and ``_high``
        (95 %, items and seeds drawn); ``_gap`` to the reference at the same budget and recovery, its
        ``_gap_low``, ``_gap_high``, ``_p``, ``_p_holm`` over the arms beside each other, and ``_t_p``, the
        paper's t-test over seeds.
        """
        rows = [row for group in self._groups() for row in self._compared(group)]
        return pd.DataFrame(rows)

    def _groups(self) -> Iterator[list[dict[str, Any]]]:
        """Arms that are compared with each other: of one budget and recovery, made with the same
        compressions; of each of these, and of all of them together."""
        for (budget, recovery), part in grouped(self.results.cells, ["budget", "recovery"]):
            made = {
                selector: tuple(dict.fromkeys(of["compression"]))
                for (selector,), of in grouped(part, ["selector"])
            }
            single = dict.fromkeys((name,) for names in made.values() for name in names)
            several = dict.fromkeys(names for names in made.values() if len(names) > 1)
            for over in (*single, *several):
                yield [
                    self._arm(over, selector, budget, recovery, part)
                    for selector, names in made.items()
                    if set(over) <= set(names)
                ]

    def _arm(
        self, over: Sequence[str], selector: str, budget: str, recovery: str, cells: pd.DataFrame
    ) -> dict[str, Any]:
        cells = cells[cells["compression"].isin(over) & (cells["selector"] == selector)]
        done = cells[cells["status"] == "done"]  # a training that diverged is in no figure
        return {
            "compression": over[0] if len(over) == 1 else ALL,
            "over": list(over),
            "selector": selector,
            "budget": budget,
            "recovery": recovery,
            "diverged": int((cells["status"] == "diverged").sum()),
            "missing": int((~cells["status"].isin(["done", "diverged"])).sum()),
            **{
                name: float(done[name].mean())
                for name in ("samples", "tokens", "tokens_trained", "cpu_seconds")
            },
        }

    def scores(self, row: Mapping[str, Any], over: Sequence[str] | None = None) -> list[Scores]:
        """``(seeds, items)`` scores of an arm, one array per compression."""
        return [
            self.results.arm(name, row["selector"], row["budget"], row["recovery"], self.part)
            for name in (row["over"] if over is None else over)
        ]

    def _compared(self, group: list[dict[str, Any]]) -> list[dict[str, Any]]:
        reference = next((row for row in group if row["selector"] == self.reference), None)
        rows = [row | self._figures(row) | self._gaps(row, reference) for row in group]
        for name in MEASURES:
            others = [row for row in rows if reference and row["selector"] != reference["selector"]]
            planned = holm([row[f"{name}_p"] for row in others])
            for row, p in zip(others, planned, strict=True):
                row[f"{name}_p_holm"] = p
        return rows

    def _figures(self, row: Mapping[str, Any]) -> dict[str, Any]:
        each = self.scores(row)
        seeds = min((len(one) for one in each), default=0)
        found: dict[str, Any] = {"seeds": seeds}
        if not seeds:
            return found
        found["worst_capability"] = self._worst(each)
        for name, measure in MEASURES.items():
            known = estimate(each, self.questions, measure)
            found |= {name: known.observed, f"{name}_low": known.low, f"{name}_high": known.high}
            found[f"{name}_sd"] = self._spread(each, name)
        return found

    def _worst(self, each: Sequence[Scores]) -> str:
        """The capability of which least is retained, in the mean over seeds and compressions."""
        kept = np.mean([self.retained(one).mean(axis=0) for one in each], axis=0)
        return self.capabilities[int(np.nanargmin(kept))]

    def of_seeds(self, scores: Scores, name: str) -> Scores:
        """``(seeds,)`` a figure of each seed."""
        if name == "score":
            return np.asarray(np.nanmean(scores, axis=1))
        kept = self.retained(scores)
        return np.asarray(
            np.nanmean(kept, axis=1) if name == "retention" else np.nanmin(kept, axis=1)
        )

    def _spread(self, each: Sequence[Scores], name: str) -> float | None:
        """Standard deviation over seeds; the mean of it where there are several compressions."""
        found = [self.of_seeds(one, name).std(ddof=1) for one in each if len(one) > 1]
        return float(np.mean(found)) if len(found) == len(each) else None

    def _gaps(self, row: Mapping[str, Any], reference: Mapping[str, Any] | None) -> dict[str, Any]:
        empty = ("gap", "gap_low", "gap_high", "p", "p_holm", "t_p")
        found: dict[str, Any] = {f"{name}_{what}": None for name in MEASURES for what in empty}
        if reference is None or row["selector"] == reference["selector"]:
            return found
        over = [name for name in row["over"] if name in reference["over"]]
        ours, theirs = self.scores(row, over), self.scores(reference, over)
        if not over or not all(map(len, (*ours, *theirs))):
            return found
        for name, measure in MEASURES.items():
            gap = difference(ours, theirs, self.questions, measure)
            found[f"{name}_gap"], found[f"{name}_p"] = gap.value, gap.p
            found[f"{name}_gap_low"], found[f"{name}_gap_high"] = gap.low, gap.high
            if len(over) == 1:
                pair = (self.of_seeds(one[0], name) for one in (ours, theirs))
                found[f"{name}_t_p"] = t_test(*pair).p
        return found

    def gap(
        self,
        better: str,
        than: str,
        over: Sequence[str],
        budget: str,
        recovery: str,
        measure: Measure,
    ) -> Difference | None:
        """How much more one selector has than another; None where an arm has no finished cell.

        Args:
            better: a selector of the study.
            than: another.
            over: compressions of which the mean is taken.
            budget: as the column of the cells has it.
            recovery: the study's name for it.
            measure: which figure.
        """
        rows = [{"selector": s, "budget": budget, "recovery": recovery} for s in (better, than)]
        ours, theirs = (self.scores(row, over) for row in rows)
        if not over or not all(map(len, (*ours, *theirs))):
            return None
        return difference(ours, theirs, self.questions, measure)

    def against(
        self, row: Mapping[str, Any], others: Sequence[Mapping[str, Any]], measure: Measure
    ) -> list[float | None]:
        """p of an arm against each of others, after Holm over them."""
        ours = self.scores(row)
        return list(
            holm([difference(ours, self.scores(o), self.questions, measure).p for o in others])
        )
