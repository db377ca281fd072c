"""What a short training on one cluster brings back in every cluster: the gain matrix of pilot recoveries.

For every cluster i the compressed model is fine-tuned on a few of its samples. ``recovered[i][j]`` is the
share of what the compression has cost in cluster j that this brings back, measured by the loss of samples
kept apart: (before − after) / (before − original). Above 1 where the model is better than the original was,
below 0 where training on i harms j.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.config import ScoringModel
from paser_core.errors import ConfigError, SelectionError
from paser_core.measure.scores.make import Scoring
from paser_core.measure.scores.pilots import Pilots
from paser_core.notices import Notice
from paser_core.protocols import Progress
from paser_core.runs.scores import Cost
from paser_core.workspace.parts import Arrays

_FEWEST = 2  # samples of a cluster: one to train on, one to read


def write_gains(work: Scoring, report: Progress) -> None:
    """``recovered`` in the mean of the clusters, by the cluster of a sample; the manifest gets the matrix."""
    run, config = work.run, work.config
    if config.model is not ScoringModel.COMPRESSED:
        raise ConfigError(
            f"scores.model is {config.model}, and pilot recoveries train the compressed model, as the "
            "recovery will. Leave it at compressed.",
            field="scores.model",
        )
    labels, names = run.labels, run.names
    able = run.valid & (run.samples["response_tokens"].to_numpy(np.float64, na_value=0) > 0)
    members = [np.flatnonzero(able & (labels == k)) for k in range(len(names))]
    known = [k for k, rows in enumerate(members) if len(rows) >= _FEWEST]
    if not known:
        raise SelectionError(
            f"{run.name}: no cluster has {_FEWEST} samples that the models can read, so there is nothing to "
            "train on and to measure. Choose another selector."
        )
    chance = np.random.default_rng(run.config.seed)
    shuffled = {k: chance.permutation(members[k]) for k in known}
    each = max(config.held_out // len(known), 1)
    apart = {k: np.sort(rows[: min(each, len(rows) // 2)]) for k, rows in shuffled.items()}
    taken = {
        k: np.sort(rows[len(apart[k]) :][: config.subset_size]) for k, rows in shuffled.items()
    }
    held = np.concatenate([apart[k] for k in known])
    pilots = Pilots.of(work, held)
    trained = [(taken[k], int(run.tokens[taken[k]].sum())) for k in known]
    original = run.manifest["models"]["original"]
    make = partial(_losses, pilots, original, trained, int(run.tokens[held].sum()))
    costs = [1] * (len(known) + 1)
    owner = f"{config.subset_size} {config.held_out} {config.lr}"
    losses = np.concatenate([part["loss"] for part in work.parts(owner, costs, make, report)])
    of = labels[held]
    by_cluster = np.stack([losses[:, of == k].mean(axis=1) for k in known], axis=1)
    (before, best), after = by_cluster[:2], by_cluster[2:]
    recovered = recovered_shares(before, best, after)
    column = np.full(run.n, np.nan)
    for row, k in enumerate(known):
        if np.isfinite(recovered[row]).any():
            column[members[k]] = np.nanmean(recovered[row])
    work.checkpoints.manifest["gains"] = {
        "clusters": known,
        "samples": [len(taken[k]) for k in known],
        "tokens": [int(run.tokens[taken[k]].sum()) for k in known],
        "held_out": [[run.ids[row] for row in apart[k]] for k in known],
        "before": before.tolist(),
        "original": best.tolist(),
        "after": after.tolist(),
    }
    work.checkpoints.note("gains", _notices(names, known, before, best))
    problems = [
        None
        if np.isfinite(value)
        else (problem or "Its cluster was too small for a pilot recovery.")
        for value, problem in zip(column, run.problems, strict=True)
    ]
    work.write({"recovered": column}, problems)


def _losses(
    pilots: Pilots,
    original: Mapping[str, Any],
    trained: Sequence[tuple[NDArray[np.int64], int]],
    read: int,
    number: int,
) -> tuple[Arrays, Cost]:
    """``(1, h)`` losses of the samples kept apart after one pilot; ``(2, h)`` before any, for number 0.

    Args:
        pilots: the fine-tunings.
        original: the model before the compression, as the run has recorded it.
        trained: the rows of each pilot, and their tokens.
        read: tokens of the samples kept apart.
        number: of the pilot, from 1 on.
    """
    if number == 0:
        whole = pilots.losses_of(str(original["name"]), original["fingerprint"])
        losses = np.stack([pilots.losses_of(pilots.model), whole])
        return {"loss": losses}, Cost(losses.size, 2 * read)
    rows, tokens = trained[number - 1]
    losses = pilots.losses_after(number, rows)[None]
    return {"loss": losses}, Cost(len(rows) + losses.size, tokens + read)


def recovered_shares(
    before: NDArray[np.float64], original: NDArray[np.float64], after: NDArray[np.float64]
) -> NDArray[np.float64]:
    """``(K, K)`` shares of what was lost that a pilot on i brings back in j.

    Args:
        before: ``(K,)`` losses of the compressed model.
        original: ``(K,)`` of the original.
        after: ``(K, K)`` after a pilot on the cluster of the row.

    Returns:
        NaN in the column of a cluster in which nothing was lost.
    """
    lost = before - original
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = (before - after) / np.where(lost > 0, lost, np.nan)
    return np.asarray(shares, np.float64)


def _notices(
    names: tuple[str, ...],
    known: list[int],
    before: NDArray[np.float64],
    original: NDArray[np.float64],
) -> list[Notice]:
    said = []
    small = [name for k, name in enumerate(names) if k not in known]
    whole = [names[k] for k, lost in zip(known, before - original, strict=True) if not lost > 0]
    if small:
        said.append(
            Notice(
                "no-pilot", f"Too small for a pilot recovery, so without seats: {', '.join(small)}."
            )
        )
    if whole:
        said.append(
            Notice(
                "nothing-lost",
                f"Nothing was lost on the samples kept apart of: {', '.join(whole)}. There is nothing to "
                "bring back there.",
            )
        )
    return said
