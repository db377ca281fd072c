"""The names that are suggested for the clusters of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.config import AUTO
from paser_core.explain.encoders import encoder_of
from paser_core.explain.tasks import NameKind, SuggestedNames, name_tasks
from paser_core.language import ENGLISH, Speech
from paser_core.protocols import Encoder
from paser_core.runs import Run
from paser_core.runs.vectors import embeddings_of

MOST_READ = 2_000  # instructions of a cluster that are read: enough for shares within two per cent


def suggested_names(run: Run, encoder: Encoder | None = None, why: str = "") -> SuggestedNames:
    """Names as tasks for the clusters of a run.

    Args:
        run: with its clusters as people have put them right.
        encoder: the one that made the run's embeddings; None: candidates are ranked by counts alone.
        why: there is no encoder.
    """
    chosen = [_read_rows(run.labels, cluster) for cluster in range(run.n_clusters)]
    rows = np.concatenate([np.zeros(0, np.int64), *chosen])
    texts = run.taken(rows, "instruction")["instruction"].tolist()
    vectors = embeddings_of(run, rows).astype(np.float64)
    labels = np.repeat(np.arange(run.n_clusters), [len(some) for some in chosen])
    sizes = np.bincount(run.labels[run.labels >= 0], minlength=run.n_clusters)
    found = name_tasks(texts, labels, run.names, _english(run, texts), vectors, encoder, sizes)
    return replace(found, ranking=f"Ranked by counts alone: {why}.") if why else found


def names_of(run: Run, *, encoder: bool) -> SuggestedNames:
    """The same with the encoder of the run, where that is wanted and can be had."""
    asked, why = encoder_of(run) if encoder else (None, "the encoder was not asked")
    return suggested_names(run, asked, why)


def frame_of(found: SuggestedNames, names: Sequence[str]) -> pd.DataFrame:
    """Suggestions as a table, by cluster; ``names`` ``(K,)``: what they are called now."""
    frame = pd.DataFrame(
        {
            "name": list(names),
            "suggestion": [one.name for one in found.names],
            "evidence": [one.evidence for one in found.names],
            "share": [one.share for one in found.names],
            "rest": [one.kind is NameKind.REST for one in found.names],
        },
        index=pd.Index([one.cluster for one in found.names], name="cluster"),
    )
    frame.attrs["ranking"] = found.ranking
    return frame


def _english(run: Run, texts: Sequence[str]) -> NDArray[np.bool_]:
    """``(n,)``; a run says nothing of languages where all are English."""
    language = run.config.data.language
    if language == ENGLISH or not any(notice.code == "languages" for notice in run.notices):
        return np.full(len(texts), language in (ENGLISH, AUTO))
    if language != AUTO:
        return np.zeros(len(texts), bool)
    return np.array([codes[0] == ENGLISH for codes in Speech.of(texts).languages], bool)


def _read_rows(labels: NDArray[np.int32], cluster: int) -> NDArray[np.int64]:
    rows = np.flatnonzero(labels == cluster)
    if len(rows) <= MOST_READ:
        return rows
    return rows[np.linspace(0, len(rows) - 1, MOST_READ).astype(np.int64)]
