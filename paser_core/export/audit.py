"""What an auditor reads: every sample's score, every rejection with its evidence, the clusters."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from paser_core.runs import Run
from paser_core.selection import Selection, reason_of, selector_of
from paser_core.selection.evidence import Evidence


def scores(run: Run, selection: Selection, evidence: dict[int, Evidence | None]) -> pa.Table:
    """One row for every sample of the run."""
    ranking = selection.ranking
    rank = selection.rank
    cds = np.append(ranking.cds, np.nan)[ranking.candidates.labels]
    return pa.table(
        {
            "id": pa.array(run.samples["id"].tolist(), pa.string()),
            "status": pa.array([str(selection.status_of(r)) for r in range(run.n)]),
            "reason": pa.array([reason_of(selection, r, evidence.get(r)) for r in range(run.n)]),
            "rank": pa.array([int(r) or None for r in rank], pa.int32()),
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


def rejected(
    run: Run, selection: Selection, evidence: dict[int, Evidence | None]
) -> list[dict[str, Any]]:
    """One entry for every rejection: the sample, the reason, the conflicts and who brought them in."""
    ids = run.samples["id"].tolist()
    samples = {c: run.samples[c].tolist() for c in ("instruction", "input", "output")}
    entries = []
    for row, found in evidence.items():
        conflicts = found.conflicts if found else ()
        entries.append(
            {
                "id": ids[row],
                **{name: values[row] for name, values in samples.items()},
                "reason": reason_of(selection, row, found),
                "conflicts": [
                    {
                        "concepts": [c.first, c.second],
                        "brought_in_by": [ids[c.first_from], ids[c.second_from]],
                    }
                    for c in conflicts
                ],
                "accepted_without": list(found.without) if found else [],
            }
        )
    return entries


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
