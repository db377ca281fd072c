"""InstructMining, the procedure: what a sample lets one expect of the loss after training on samples like it.

Cao et al. 2023, "Instruction Mining" (arXiv 2307.06290): the model is fine-tuned on many random subsets, the
log of its evaluation loss is regressed on indicators of the subsets, and samples are ranked by the loss that
their own indicators predict. The published coefficients belong to LLaMA-7B and to a reward model. Here they
are fitted anew, for the run's compressed model and with the indicators that need no other model: length,
IFD, log-perplexity, and the distance to the sixth neighbor in embedding space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import SelectionError
from paser_core.measure.scores.make import Scoring
from paser_core.measure.scores.pilots import Pilots
from paser_core.notices import Notice
from paser_core.protocols import Progress
from paser_core.runs import Files
from paser_core.runs.scores import Cost
from paser_core.stages.neighbors import nearest_neighbors
from paser_core.workspace.parts import Arrays

INDICATORS = ("length", "ifd", "log-perplexity", "neighbor-distance")
_NEIGHBOR = 6  # the paper's KNN-6
_FEWEST = len(INDICATORS) + 3  # subsets: below, a regression says nothing


@dataclass(frozen=True)
class Fit:
    """A linear regression of the log evaluation loss on standardized indicators."""

    intercept: float
    coefficients: NDArray[np.float64]  # (j,) per standard deviation in the pool
    mean: NDArray[np.float64]  # (j,) of the indicators in the pool
    spread: NDArray[np.float64]  # (j,) standard deviation in the pool; 0: the indicator is left out
    r2: float
    adjusted_r2: float

    def predict(self, indicators: NDArray[np.float64]) -> NDArray[np.float64]:
        """``(n,)`` predicted log loss of ``(n, j)`` indicators."""
        found: NDArray[np.float64] = self.intercept + _scaled(self, indicators) @ self.coefficients
        return found


def write_mining(work: Scoring, report: Progress) -> None:
    """``predicted`` log loss, and the ``(n,)`` indicators; the manifest gets coefficients and R²."""
    run, config = work.run, work.config
    ifd = work.needed("ifd")
    problems = list(ifd.problems)
    indicators = indicators_of(work, ifd.column("given"), ifd.column("alone"))
    usable = np.flatnonzero(np.isfinite(indicators).all(axis=1))
    size, held_out = config.subset_size, config.held_out
    if config.subsets < _FEWEST or len(usable) < held_out + size:
        raise SelectionError(
            f"instruction-mining fine-tunes on scores.subsets = {config.subsets} subsets of "
            f"scores.subset_size = {size} samples and keeps scores.held_out = {held_out} apart; it needs "
            f"{_FEWEST} subsets at the least and {held_out + size:,} samples, and {len(usable):,} have all "
            "indicators. Change these settings, or choose another selector."
        )
    chance = np.random.default_rng(run.config.seed)
    shuffled = chance.permutation(usable)
    apart, pool = np.sort(shuffled[:held_out]), shuffled[held_out:]
    subsets = [np.sort(chance.choice(pool, size, replace=False)) for _ in range(config.subsets)]
    pilots = Pilots.of(work, apart)
    read = [int(run.tokens[taken].sum() + run.tokens[apart].sum()) for taken in subsets]
    make = partial(_loss, pilots, subsets, read)
    owner = f"{size} {held_out} {config.lr}"
    costs = [1] * len(subsets)
    losses = [float(part["loss"]) for part in work.parts(owner, costs, make, report)]
    means = np.array([indicators[taken].mean(axis=0) for taken in subsets])
    fit = regress(np.log(losses), means, indicators[usable])
    predicted = np.full(run.n, np.nan)
    predicted[usable] = fit.predict(indicators[usable])
    work.checkpoints.manifest["regression"] = {
        "indicators": list(INDICATORS),
        "coefficients": fit.coefficients.tolist(),
        "intercept": fit.intercept,
        "r2": fit.r2,
        "adjusted_r2": fit.adjusted_r2,
        "losses": losses,
        "subsets": [[run.ids[row] for row in taken] for taken in subsets],
        "held_out": [run.ids[row] for row in apart],
    }
    work.checkpoints.note("instruction-mining", [_told(fit, len(subsets))])
    columns = dict(zip(("length", "ifd", "perplexity", "distance"), indicators.T, strict=True))
    work.write({"predicted": predicted, **columns}, problems)


def _loss(
    pilots: Pilots, subsets: Sequence[NDArray[np.int64]], read: Sequence[int], number: int
) -> tuple[Arrays, Cost]:
    """The mean loss of the samples kept apart after one fine-tuning.

    Args:
        pilots: the fine-tunings.
        subsets: the rows of each.
        read: tokens that each reads.
        number: which of them.
    """
    losses = pilots.losses_after(number, subsets[number])
    return {"loss": np.array(losses.mean())}, Cost(len(subsets[number]) + len(losses), read[number])


def indicators_of(
    work: Scoring, given: NDArray[np.float64], alone: NDArray[np.float64]
) -> NDArray[np.float64]:
    """``(n, 4)`` the :data:`INDICATORS` of every sample; NaN where one is not known."""
    run = work.run
    vectors = np.load(run.path / Files.EMBEDDINGS, allow_pickle=False)
    rows = np.flatnonzero(np.isfinite(given) & run.valid)
    distance = np.full(run.n, np.nan)
    if len(rows) > 1:
        distance[rows] = nearest_neighbors(vectors[rows], _NEIGHBOR)[1][:, -1]
    length = run.samples["response_tokens"].to_numpy(np.float64, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.column_stack([length, given / alone, given, distance])
    return np.where(np.isfinite(found), found, np.nan)


def regress(
    target: NDArray[np.float64], means: NDArray[np.float64], pool: NDArray[np.float64]
) -> Fit:
    """Least squares of ``(s,)`` targets on the ``(s, j)`` mean indicators of subsets of a ``(n, j)`` pool."""
    blank = Fit(0.0, np.zeros(pool.shape[1]), pool.mean(axis=0), pool.std(axis=0), 0.0, 0.0)
    scaled = _scaled(blank, means)
    design = np.column_stack([np.ones(len(target)), scaled])
    solved, *_ = np.linalg.lstsq(design, target, rcond=None)
    left = float(((target - design @ solved) ** 2).sum())
    total = float(((target - target.mean()) ** 2).sum())
    r2 = 1 - left / total if total else 0.0
    s, j = scaled.shape
    adjusted = 1 - (1 - r2) * (s - 1) / (s - j - 1)
    coefficients = np.asarray(solved[1:], np.float64)
    return Fit(float(solved[0]), coefficients, blank.mean, blank.spread, r2, adjusted)


def _scaled(fit: Fit, indicators: NDArray[np.float64]) -> NDArray[np.float64]:
    known = fit.spread > 0
    scaled = (indicators - fit.mean) / np.where(known, fit.spread, 1.0)
    return np.where(known, scaled, 0.0)


def _told(fit: Fit, subsets: int) -> Notice:
    named = ", ".join(
        f"{name} {value:+.4f}" for name, value in zip(INDICATORS, fit.coefficients, strict=True)
    )
    return Notice(
        "own-coefficients",
        f"instruction-mining is the procedure with coefficients of its own ({named} per standard "
        f"deviation), fitted on {subsets} fine-tunings of this model: R² {fit.r2:.2f}, adjusted "
        f"{fit.adjusted_r2:.2f}; by chance an R² of {len(INDICATORS) / (subsets - 1):.2f} is expected.",
    )
