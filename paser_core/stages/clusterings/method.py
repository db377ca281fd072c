"""What a clustering is: it groups the samples, and nothing after it knows which one did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from paser_core.config import AUTO, ClusteringConfig
from paser_core.errors import ConfigError
from paser_core.protocols import Progress, no_progress
from paser_core.registry import CLUSTERINGS
from paser_core.stages.clustering import Clustering, by_size, fit_clustering
from paser_core.stages.search import Search


@dataclass(frozen=True)
class Material:
    """What there is to group the ``v`` samples on the manifold by."""

    coordinates: NDArray[np.float64]  # (v, r) on the manifold
    texts: Sequence[str]  # (v,) what was embedded
    language: str | None = None  # of every text; None: it is found out
    vectors: NDArray[np.float32] | None = None  # (v, d) of the encoder that the method asks for

    def take(self, rows: NDArray[np.int64]) -> Material:
        """Of some of the samples, in this order."""
        return replace(
            self,
            coordinates=self.coordinates[rows],
            texts=[self.texts[row] for row in rows],
            vectors=None if self.vectors is None else self.vectors[rows],
        )


# ``(v, k)`` how much each sample belongs to each of k groups, from the material, k and a seed. A row of
# zeros is a sample of which nothing is known.
Strength = Callable[[Material, int, int], NDArray[np.floating]]


@dataclass(frozen=True)
class ClusteringMethod:
    """One way to group the samples.

    Args:
        label: what people read, in a few words: ``"k-means on TF-IDF"``.
        strength: how much a sample belongs to a group. None: the paper's own, S2RIC, which finds
            out by itself how many groups there are.
        reads_texts: whether it looks at the texts themselves.
        asks_encoder: whether somebody has to name an encoder for it.
    """

    label: str
    strength: Strength | None = None
    reads_texts: bool = False
    asks_encoder: bool = False

    def fit(
        self,
        material: Material,
        config: ClusteringConfig,
        seed: int = 0,
        on_progress: Progress = no_progress,
        search: Search | None = None,
    ) -> Clustering:
        """Group the samples. With ``n_clusters: auto`` into as many as S2RIC finds.

        Args:
            material: ``(v,)`` samples.
            config: how many clusters, and how S2RIC finds them.
            seed: of every start.
            on_progress: told how many numbers of clusters are tried, and of how many.
            search: how S2RIC looks for neighbors; None: as in a run with nothing said.
        """
        if self.strength is None:
            return fit_clustering(material.coordinates, config, seed, on_progress, search)
        known = None
        if config.n_clusters == AUTO:
            known = fit_clustering(material.coordinates, config, seed, on_progress, search)
        k = int(config.n_clusters) if known is None else known.n_clusters
        strength = np.asarray(
            self.strength(material, min(k, len(material.texts)), seed), np.float64
        )
        silent: NDArray[np.bool_] = ~np.any(strength > 0, axis=1)
        sizes = np.bincount(strength[~silent].argmax(axis=1), minlength=strength.shape[1])
        strength[silent, int(sizes.argmax())] = 1.0
        labels, memberships = by_size(strength)
        found = memberships.shape[1]
        reason = f"K = {k} was asked for." if known is None else known.reason
        reason += f" The samples are grouped by {self.label}" + (
            "." if known is None else ", into as many clusters as S2RIC finds."
        )
        if found < k:
            reason += f" {k - found} of them stayed empty and were dropped."
        if silent.any():
            told = "1 sample says" if silent.sum() == 1 else f"{silent.sum():,} samples say"
            reason += f" {told} nothing that another one says too, and went to the largest cluster."
        errors = {k: float("nan")} if known is None else known.errors
        scores = {} if known is None else known.scores
        return Clustering(
            labels,
            memberships,
            errors,
            scores,
            config.criterion,
            reason,
            found,
            silent,
            None if known is None else known.chosen_on,
        )


def clustering_of(name: str) -> ClusteringMethod:
    """A clustering by name.

    Raises:
        ConfigError: there is none of that name, or what a package brings under it is none.
    """
    found: ClusteringMethod = CLUSTERINGS[name]
    return found


def encoder_named(name: str | None, method: str) -> str:
    """The encoder that a method asks for.

    Raises:
        ConfigError: nobody has named one.
    """
    if name is not None:
        return name
    bert = method == "spectral-bert"
    what = "a BERT checkpoint (bert-base or alike)" if bert else "a sentence encoder"
    raise ConfigError(
        f"{method} groups the samples by the vectors of {what}, and none is named: give its folder as "
        "clustering.encoder of the run, or as selection.encoder (--encoder) for a selection.",
        field="clustering.encoder",
    )


def indicator(labels: NDArray[np.integer], k: int) -> NDArray[np.float64]:
    """``(v, k)`` ones where a sample is, for methods that know no more or less."""
    strength = np.zeros((len(labels), k))
    strength[np.arange(len(labels)), labels] = 1.0
    return strength
