"""What the cells of a study have kept of the original, arm by arm, seed by seed, capability by capability."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.errors import StudyError
from paser_core.evaluate.retention import retained_share
from paser_core.study.results import Results
from paser_core.study.steps import ORIGINAL

COSTS = ("samples", "tokens", "tokens_trained", "cpu_seconds", "seconds")
"""What a cell has cost, by its column in ``cells.parquet``."""

_ARM = ["compression", "selector", "budget", "recovery"]
_DONE, _DIVERGED = "done", "diverged"


@dataclass(frozen=True)
class Arm:
    """What its seeds repeat."""

    compression: str
    selector: str
    budget: str
    recovery: str


@dataclass(frozen=True)
class Repeats:
    """The seeds of an arm that are finished."""

    arm: Arm
    keys: tuple[str, ...]  # (s,) of the cells
    numbers: tuple[int, ...]  # (s,) of the seeds
    scores: NDArray[np.float64]  # (s, K) shares of right answers
    shares: NDArray[np.float64]  # (s, K) retention; NaN where the original knows nothing
    costs: Mapping[str, NDArray[np.float64]]  # (s,) each; NaN where it was not measured
    diverged: int  # seeds whose training gave no model
    missing: int  # seeds that failed, or are not made yet

    @cached_property
    def mean(self) -> NDArray[np.float64]:
        """``(s,)`` retention in the mean of the capabilities that have one."""
        return _over(np.mean, self.shares)

    @cached_property
    def worst(self) -> NDArray[np.float64]:
        """``(s,)`` retention of the capability of which least is retained."""
        return _over(np.min, self.shares)

    @cached_property
    def worst_of(self) -> NDArray[np.int64]:
        """``(s,)`` that capability; -1 where there is none."""
        known = np.isfinite(self.shares)
        least = np.where(known, self.shares, np.inf).argmin(axis=1) if self.shares.size else []
        found: NDArray[np.int64] = np.where(known.any(axis=1), least, -1)
        return found


@dataclass(frozen=True)
class Retained:
    """All arms of a study on one part of the items."""

    capabilities: tuple[
        tuple[str, str], ...
    ]  # (K,) task and name; a task without any is one itself
    items: NDArray[np.int64]  # (K,) that count
    left_out: int  # items that some model was not asked, and that count for none
    original: NDArray[np.float64]  # (K,) scores
    compressed: Mapping[str, NDArray[np.float64]]  # (K,) scores before recovery, by compression
    chance: NDArray[np.float64]  # (K,)
    arms: tuple[Repeats, ...]  # in the order of the plan

    @cached_property
    def before(self) -> Mapping[str, NDArray[np.float64]]:
        """``(K,)`` retention of the compressed models before recovery."""
        return {name: self.shares_of(scores) for name, scores in self.compressed.items()}

    def shares_of(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """``(K,)`` scores as shares of the original's; NaN where that is no better than chance."""
        known = [
            retained_share(*map(float, three))
            for three in zip(scores, self.original, self.chance, strict=True)
        ]
        return np.array([np.nan if one is None else one for one in known], np.float64)

    def of(self, arm: Arm) -> Repeats | None:
        """One arm; None where the plan has none."""
        return self._by_arm.get(arm)

    @cached_property
    def _by_arm(self) -> Mapping[Arm, Repeats]:
        return {one.arm: one for one in self.arms}


def retained(results: Results, part: str = "test") -> Retained:
    """Measure every arm by :func:`paser_core.evaluate.retention.retained_share`, capability by capability.

    Scores are those of the part's items, chance that of all items of the capability, as the
    evaluation of the original has it.

    Args:
        results: of a study.
        part: ``test``, ``development`` or ``all``.

    Raises:
        StudyError: nothing in it has a score, or the original was not evaluated.
    """
    if not results.has_questions:
        raise StudyError(
            f"{results.folder}: no cell has answered questions that are right or wrong, so nothing is "
            "retained of them. Name such a task in tasks, e.g. demo or jsonl:FILE; what texts say stands in "
            "the tables (paser study tables)."
        )
    questions = results.questions(part)
    original = results.of_model(ORIGINAL, part)
    compressed = {
        name: results.of_model(name, part)
        for name in results.config.compressions
        if name in results.study["models"]
    }
    cells = [
        (Arm(*map(str, names)), group) for names, group in results.cells.groupby(_ARM, sort=False)
    ]
    scores = [_scores(results, arm, part) for arm, _ in cells]
    everything = np.vstack([original, *compressed.values(), *scores])
    asked = np.isfinite(everything).all(axis=0)
    means = _Means.of(questions.iloc[np.flatnonzero(asked)])
    found = Retained(
        means.names,
        means.counts,
        int((~asked).sum()),
        means(original[None, asked])[0],
        {name: means(known[None, asked])[0] for name, known in compressed.items()},
        chances(results, means.names),
        (),
    )
    arms = [
        _repeats(found, arm, group, means(known[:, asked]))
        for (arm, group), known in zip(cells, scores, strict=True)
    ]
    return replace(found, arms=tuple(arms))


def _scores(results: Results, arm: Arm, part: str) -> NDArray[np.float64]:
    return results.arm(arm.compression, arm.selector, arm.budget, arm.recovery, part)


@dataclass(frozen=True)
class _Means:
    """Means by task and capability of scores ``(s, items)``."""

    names: tuple[tuple[str, str], ...]
    counts: NDArray[np.int64]
    codes: NDArray[np.int64]  # (items,)

    @classmethod
    def of(cls, questions: pd.DataFrame) -> _Means:
        pairs = list(zip(questions["task"].astype(str), questions["capability"], strict=True))
        names = tuple(dict.fromkeys(pairs))
        place = {name: k for k, name in enumerate(names)}
        codes = np.array([place[pair] for pair in pairs], np.int64)
        return cls(names, np.bincount(codes, minlength=len(names)), codes)

    def __call__(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """``(s, K)``."""
        belongs = self.codes[:, None] == np.arange(len(self.names))
        means: NDArray[np.float64] = (
            scores @ belongs.astype(np.float64) / np.maximum(self.counts, 1)
        )
        return means


def chances(results: Results, names: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
    """``(K,)`` what guessing scores; of items without a capability, what it scores in their whole task.

    Args:
        results: of a study.
        names: task and capability of each.
    """
    tasks = results.study["models"][ORIGINAL]
    figures = [tasks[task]["capabilities"].get(name, tasks[task]) for task, name in names]
    return np.array([one.get("chance") or 0.0 for one in figures], np.float64)


def _repeats(
    found: Retained, arm: Arm, cells: pd.DataFrame, scores: NDArray[np.float64]
) -> Repeats:
    done = cells[cells["status"] == _DONE].sort_values("number").drop_duplicates("key")
    shares = [found.shares_of(row) for row in scores]
    return Repeats(
        arm,
        tuple(done["key"]),
        tuple(int(number) for number in done["number"]),
        scores,
        np.array(shares, np.float64).reshape(len(scores), len(found.capabilities)),
        {name: done[name].to_numpy(np.float64, na_value=np.nan) for name in COSTS},
        int((cells["status"] == _DIVERGED).sum()),
        int((~cells["status"].isin([_DONE, _DIVERGED])).sum()),
    )


def _over(
    reduce: Callable[[NDArray[np.float64]], np.float64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Over the capabilities that have a share; NaN where none has."""
    known = np.isfinite(shares)
    rows = [row[ok] for row, ok in zip(shares, known, strict=True)]
    return np.array([reduce(row) if len(row) else np.nan for row in rows], np.float64)
