"""All of PASER in clusters of another kind, on the same run: what the clustering alone changes.

There are as many clusters as the run has, they follow from the run's own seed, and the ledger, the map and
every table go on with those of the run: the others only give seats.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from paser_core.config import AUTO, Precision, SelectionConfig
from paser_core.registry import SELECTORS
from paser_core.runs import Run
from paser_core.selection.kept import kept, kept_array
from paser_core.selection.model import Candidates, Clusters
from paser_core.selection.selector import Family, Grouping, Selector
from paser_core.text import plural


def paser_in(name: str) -> Selector:
    """PASER in the clusters of a clustering, by its name."""
    from paser_core.stages.clusterings.method import clustering_of

    paser: Selector = SELECTORS["paser"]
    method = clustering_of(name)
    return replace(
        paser,
        label=f"PASER, clusters by {method.label}",
        clusters=_clusters_by(name),
        family=Family.CLUSTERING,
        asks_encoder=method.asks_encoder,
    )


def _clusters_by(name: str) -> Grouping:
    def clusters(pool: Candidates, config: SelectionConfig) -> Clusters:
        if pool.run is None:
            raise ValueError("these candidates come from no run, so there are no texts")
        return clusters_of(pool.run, name, config.encoder)

    return clusters


def clusters_of(run: Run, name: str, encoder: str | None = None) -> Clusters:
    """The samples of a run that have a cluster, grouped anew by another clustering.

    Args:
        run: an open run.
        name: of :data:`paser_core.registry.CLUSTERINGS`.
        encoder: for those that ask for one; None: ``clustering.encoder`` of the run.

    Raises:
        ConfigError: the clustering asks for an encoder, and none is named.
        ModelError: the encoder cannot be loaded.
    """
    # Imported here: scikit-learn, and for some a model; selecting must not wait for them.
    from paser_core.stages.clusterings.method import clustering_of, encoder_named

    method = clustering_of(name)
    used = (
        encoder_named(encoder or run.config.clustering.encoder, name)
        if method.asks_encoder
        else None
    )

    def grouped() -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
        """``(n, 2)`` the cluster, and whether the method knows nothing of the sample."""
        from paser_core.stages.clusterings.method import Material

        rows = np.flatnonzero(run.labels >= 0)
        texts = _texts(run)
        told = [texts[row] for row in rows]
        language = run.config.data.language
        material = Material(
            run.coordinates[rows],
            told,
            None if language == AUTO else language,
            None if used is None else _vectors(run, rows, told, used),
        )
        config = replace(run.config.clustering, n_clusters=max(run.n_clusters, 2), split=())
        found = method.fit(material, config, run.config.seed)
        columns = np.full((run.n, 2), (-1, 0), np.int32)
        columns[rows, 0] = found.labels
        if found.silent is not None:
            columns[rows, 1] = found.silent
        return columns

    labels, silent = kept_array(run, "regrouped", (name, _weights(used)), grouped).T
    n_clusters = int(labels.max(initial=-1)) + 1
    return Clusters(labels, n_clusters, tuple(_notes(run, method.label, n_clusters, silent)))


def _notes(
    run: Run, label: str, n_clusters: int, silent: np.ndarray[tuple[int], np.dtype[np.int32]]
) -> Iterator[str]:
    if n_clusters < run.n_clusters:
        yield (
            f"Grouped by {label} the samples fall into {plural(n_clusters, 'cluster')}, where the run "
            f"has {run.n_clusters}: by that measure there are no more that differ."
        )
    if number := int(silent.sum()):
        yield (
            f"{label}: {number:,} of {plural(int((run.labels >= 0).sum()), 'sample')} "
            f"{'says' if number == 1 else 'say'} nothing that another one says too, and went to the "
            "largest cluster."
        )


def _texts(run: Run) -> list[str]:
    """``(n,)`` what was embedded, made again from what the run has of the samples."""
    from paser_core.config import Turns
    from paser_core.measure.inputs import embedded_texts

    def made() -> list[str]:
        samples = run.samples
        every = run.config.embedding.turns is Turns.ALL
        conversations = [run.conversation(row) if every else None for row in range(run.n)]
        asked = list(zip(samples["instruction"], samples["input"], strict=True))
        # What a model could not read was still a text that others may share their template with.
        rows = np.flatnonzero(run.labels >= 0)
        return embedded_texts(asked, conversations, rows, run.config.embedding)[0]

    return kept(run, "texts", made)


def _vectors(
    run: Run, rows: np.ndarray[tuple[int], np.dtype[np.int64]], texts: list[str], encoder: str
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    embedding = run.config.embedding
    if embedding.precomputed is None and embedding.model == encoder:
        return run.embeddings[rows]
    from paser_core.models.sentence_encoder import load_encoder
    from paser_core.stages.embedding import embed

    # No machine shall choose what they are computed in: a selection is the same everywhere.
    dtype = Precision.FLOAT32 if embedding.dtype is Precision.AUTO else embedding.dtype
    other = replace(embedding, model=encoder, precomputed=None, dtype=dtype)
    return embed(texts, load_encoder(other))


def _weights(encoder: str | None) -> str | None:
    """What stands for an encoder: the fingerprint of its weights where they are here."""
    if encoder is None:
        return None
    from paser_core.models.checkpoint import fingerprint_of
    from paser_core.models.sentence_encoder import BUNDLED, bundled_folder

    return fingerprint_of(str(bundled_folder()) if encoder == BUNDLED else encoder) or encoder
