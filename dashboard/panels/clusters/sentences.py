"""What an audit of a cluster comes to, in sentences. Plain text, never Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dashboard import labels
from paser_core.explain.composition import Composed, Tally
from paser_core.stages.mixture import Mixture
from paser_core.stages.places import NEIGHBORS
from paser_core.stages.scoring import FEW
from paser_core.stages.stability import STABLE, UNSTABLE, unstable_clusters

_OUTLIERS = 0.05  # of the samples: if so few hold half of the damage, they are the damage


def overlap(others: Sequence[str], total: int) -> str:
    """Whether the CDS tells a cluster apart.

    ``others``: names of the clusters whose interval overlaps with its own, of ``total`` others that
    have one.
    """
    if not total:
        return "No other cluster has an interval to compare with."
    if not others:
        return (
            "Its interval overlaps with no other: by CDS it is told apart from "
            f"{'the other cluster' if total == 1 else f'all other {total} clusters'}."
        )
    return (
        f"Its interval overlaps with {len(others)} of {labels.plural(total, 'other')}, so CDS "
        f"does not tell it apart from {labels.listing([labels.excerpt(o, 40) for o in others])}."
    )


def stability(overall: float | None, per_cluster: NDArray[np.float64], names: Sequence[str]) -> str:
    """How stable the clusters are, since everything downstream stands on them."""
    if overall is None:
        return (
            "How stable the clusters are was not measured in this run: it was made before that was "
            "done, with clustering.stability: 0, or of too few samples."
        )
    weak = [labels.excerpt(names[k], 40) for k in unstable_clusters(per_cluster)]
    unknown = int(np.isnan(per_cluster).sum())
    told = (
        f"Every {'other ' if unknown else ''}cluster is found again."
        if not weak
        else f"Not found again: {labels.listing(weak, 5)}; read their CDS and budget with care."
    )
    if unknown:  # never drawn, or put right by people since
        told += f" Not measured of {labels.plural(unknown, 'cluster')}."
    return (
        "Stability: halves of the samples, clustered again from the embeddings on, agree with these "
        f"clusters to {overall:.2f} (adjusted Rand index; 1: the same, 0: as by chance). {told}"
    )


def stability_of(jaccard: float) -> str:
    """Whether one cluster is found again; empty where it was not measured."""
    if math.isnan(jaccard):
        return ""
    if jaccard < UNSTABLE:
        said = "not found again; its edges are an accident of this run"
    elif jaccard < STABLE:
        said = "found again in part"
    else:
        said = "found again"
    return f"In halves of the samples it is {said} (mean Jaccard index {jaccard:.2f})."


def few(measured: int, size: int) -> str:
    """Why the damage of a cluster is not to be trusted."""
    if not measured:
        return (
            f"None of its {labels.plural(size, 'sample')} could be measured, so nothing is known "
            "about its damage. The ledger says why."
        )
    guess = f"With fewer than {FEW} the CDS is a guess."
    if measured == size:
        return f"It has only {labels.plural(size, 'sample')}. {guess}"
    count = "1 was" if measured == 1 else f"{labels.count(measured)} were"
    return f"Of its {labels.plural(size, 'sample')} only {count} measured. {guess}"


def concentration(half: float, damage: str = "divergence") -> str:
    """How evenly the damage, called so, is spread."""
    if math.isnan(half):
        return f"None of its samples has any {damage}."
    said = f"Half of its {damage} sits in {labels.share(half)} of its samples"
    if half <= _OUTLIERS:
        return f"{said}: a few outliers make up its CDS."
    return f"{said}."


def composition(tally: Tally, cluster: int) -> str:
    """What the user's own column says the cluster is, seen from both sides."""
    value, within = tally.mostly(cluster)
    row = tally.counts[tally.values.index(value)]
    here = row[cluster] / max(row.sum(), 1)
    name = labels.excerpt(value, 40)
    return (
        f"{labels.share(within)} of it is “{name}”, and {labels.share(here)} of all "
        f"“{name}” is here "
        f"(column {tally.column})."
    )


def measured_cds(part: Composed) -> str:
    """The damage of one value within a cluster, with its interval."""
    if not part.measured:
        return "not measured"
    told = labels.score(part.cds)
    if not math.isnan(part.low):
        told += f" ({labels.score(part.low)}–{labels.score(part.high)})"
    return told


def at_its_edge(edge: int, size: int) -> str:
    """How many samples hardly belong to the cluster."""
    if not edge:
        return "No sample is at its edge: all have at least half of their membership here."
    verb = "is" if edge == 1 else "are"
    return (
        f"{edge:,} of {labels.plural(size, 'sample')} {verb} at its edge, with more than half of the "
        "membership elsewhere."
    )


def mixture(made: Mixture, damage: str = "divergence") -> str:
    """What a cluster is made of, and how that was tested; ``damage``: what that is called."""
    sentences = []
    if made.scattered:
        shares = labels.listing([labels.share(p.share) for p in made.places])
        sentences.append(
            f"It lies in {len(made.places)} places of the manifold ({shares}): no sample of one is among the "
            f"{NEIGHBORS} nearest neighbors of a sample of another."
        )
    if made.uneven:
        known = [p for p in made.places if not math.isnan(p.cds)]
        low, high = min(known, key=lambda p: p.cds), max(known, key=lambda p: p.cds)
        sentences.append(
            f"Their damage differs: a CDS of {labels.score(low.cds)} in one, of {labels.score(high.cds)} "
            "in another, and the 95 % intervals of these do not overlap. The CDS of the cluster is "
            "true of neither."
        )
    if made.two_heights:
        sentences.append(
            f"Its {damage} has two heights, around {labels.score(made.low_mean)} "
            f"({labels.share(made.low_share)} of its samples) and {labels.score(made.high_mean)} "
            f"(dip test for more than one peak, p = {_p_value(made.p_value)} after Holm's correction)."
        )
    return labels.plain(" ".join(sentences))


def _p_value(p: float) -> str:
    return "under 0.001" if p < 0.001 else f"{p:.3f}"


def repeats(number: int) -> str:
    """How many samples say what another one says."""
    if not number:
        return "None of its samples says what another one says."
    if number == 1:
        return "1 sample has the instruction and input of another one in the data."
    return f"{number:,} samples have the instruction and input of another one in the data."
