"""What an auditor reads: every sample's score, every rejection with its evidence, the clusters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from paser_core.runs import Run
from paser_core.selection import ConflictTable, Selection, Status, reason_of, selector_of
from paser_core.selection.model import STATUSES
from paser_core.selection.reasons import rejection


def scores(run: Run, selection: Selection, table: ConflictTable) -> pa.Table:
    """One row for every sample of the run."""
    is_rejected = selection.status == Status.CONFLICT.code
    reasons = (
        rejection(*table.first_of(row)) if rejected else reason_of(selection, row)
        for row, rejected in enumerate(is_rejected.tolist())
    )
    ranking = selection.ranking
    rank = selection.rank
    cds = np.append(ranking.cds, np.nan)[ranking.candidates.labels]
    return pa.table(
        {
            "id": pa.array(run.ids, pa.string()),
            "status": pa.array(map(str, STATUSES), pa.string()).take(pa.array(selection.status)),
            "reason": pa.array(reasons, pa.string()),
            "rank": pa.array(rank, pa.int32(), mask=rank == 0),
            "cluster": pa.array(ranking.candidates.labels, pa.int32()),
            "score": pa.array(
                np.where(ranking.candidates.usable, ranking.score, np.nan),
                pa.float64(),
                from_pandas=True,
            ),
            # Null where nothing was measured: readers of Parquet take NaN for a number.
            **{
                name: pa.array(values, pa.float64(), from_pandas=True)
                for name, values in _damage(run, selection).items()
            },
            "ies": pa.array(ranking.ies, pa.float64(), from_pandas=True),
            "cds": pa.array(cds, pa.float64(), from_pandas=True),
        }
    )


def _damage(run: Run, selection: Selection) -> dict[str, NDArray[np.float64]]:
    """The paper's divergence; beside it the damage that was selected by, where that is another."""
    pool = selection.ranking.candidates
    if pool.measure.tempered:
        return {"divergence": pool.divergence}
    return {"divergence": run.divergence_at(1.0), "damage": pool.divergence}


def score_facts(selection: Selection) -> dict[str, Any]:
    """What the column ``score`` is, who made it, and what it has cost."""
    rule, made = selector_of(selection.ranking.selector), selection.ranking.candidates.scores
    measure = selection.ranking.candidates.measure
    facts: dict[str, Any] = {"meaning": rule.meant(measure)}
    if made is not None:
        facts |= {
            "scores": made.score.name,
            "key": made.key,
            "model": dict(made.manifest["model"]),
            "settings": dict(made.manifest["config"]),
            "cost": asdict(made.cost),
        }
    return facts


def rejected(run: Run, selection: Selection, table: ConflictTable) -> Iterator[dict[str, Any]]:
    """One entry for every rejection: the sample, the reason, the conflicts and who brought them in."""
    ids = run.ids
    rows = np.flatnonzero(selection.status == Status.CONFLICT.code).tolist()
    texts = run.each(rows, "instruction", "input", "output")
    for row, (instruction, more, output) in zip(rows, texts, strict=True):
        found = table.evidence(row)
        yield {
            "id": ids[row],
            "instruction": instruction,
            "input": more,
            "output": output,
            "reason": reason_of(selection, row, found),
            "conflicts": [
                {
                    "concepts": [c.first, c.second],
                    "brought_in_by": [ids[c.first_from], ids[c.second_from]],
                }
                for c in (found.conflicts if found else ())
            ],
            "accepted_without": list(found.without) if found else [],
        }


def clusters(run: Run, selection: Selection, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """One entry for every cluster."""
    ranking = selection.ranking
    members = ranking.members
    return [
        {
            "cluster": k,
            "name": names[k],
            "keywords": list(run.clusters["keywords"][k]),
            "size": int(members[k]),
            "measured": int(ranking.sizes[k]),
            "cds": float(ranking.cds[k]) if ranking.sizes[k] else None,  # NaN is no JSON
            "seats": int(selection.allocated[k]),
            "selected": int(selection.accepted[k]),
            "rejected": int(selection.rejected[k]),
        }
        for k in range(run.n_clusters)
    ]
