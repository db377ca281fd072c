"""Limits of stability: whether the clusters are found again, and the selection at other temperatures."""

from __future__ import annotations

import numpy as np

from paser_core.config import setting
from paser_core.limits.figures.selecting import NO_SELECTION
from paser_core.limits.limit import Figure, Limit, Side, of, unknown
from paser_core.limits.subject import NO_MODELS, Subject
from paser_core.stages.stability import UNSTABLE, unstable_clusters
from paser_core.text import listed, plural

_NAMED = 3  # clusters; the page Clusters has all


def _clusters(subject: Subject) -> Figure:
    run = subject.run
    if not np.isfinite(run.stability_per_cluster).any():
        return unknown("How stable the clusters are was not measured (clustering.stability).")
    weak = unstable_clusters(run.stability_per_cluster)
    sizes = np.bincount(run.labels[run.labels >= 0], minlength=run.n_clusters)
    # Clusters that people have put right were never looked for, so they are no stable ones either.
    known = np.isfinite(run.stability_per_cluster)
    measured, left_out = int(sizes[known].sum()), int(sizes[~known].sum())
    told = (
        f"{_some(subject, weak)} not found again in halves of the samples (Jaccard index below {UNSTABLE:g})."
        if weak
        else "Every cluster is found again in halves of the samples."
    )
    if left_out:
        told += (
            f" Not counted: {plural(left_out, 'sample')} in clusters for which that was not measured, as "
            "for those that people have put right."
        )
    return of(
        float(measured - sizes[weak].sum()), float(measured), told, "No sample has a cluster."
    )


def _mixed(subject: Subject) -> Figure:
    if not subject.run.has_models or subject.selection is None:
        return unknown(f"Not measured: {NO_MODELS}.")
    mixed, sizes = subject.mixed, subject.scores.sizes
    told = (
        f"{_some(subject, mixed)} not one thing by damage; the CDS there is the mean of parts that differ."
        if mixed
        else "Every cluster is one thing by damage."
    )
    return of(float(sizes[mixed].sum()), float(sizes.sum()), told, "No sample was measured.")


def _temperature(subject: Subject) -> Figure:
    if subject.selection is None:
        return unknown(NO_SELECTION)
    found = subject.over_temperature
    if found is None:
        return unknown("The temperature has no part in this selection.")
    kept = [found.kept_at(t) for t in found.neighbors]
    kept = [share for share in kept if np.isfinite(share)]
    return Figure(min(kept), found.sentence) if kept else unknown(found.sentence)


def _some(subject: Subject, clusters: list[int]) -> str:
    names = [f"“{subject.names[k]}”" for k in clusters[:_NAMED]]
    if len(clusters) > _NAMED:
        names.append(f"{len(clusters) - _NAMED} more")
    return f"{listed(names)} {'is' if len(clusters) == 1 else 'are'}"


CLUSTERS = Limit(
    Side.AT_LEAST,
    setting(
        0.75,
        "with more in clusters that are an accident of the run, the run itself warns",
        label="Stable clusters",
        help=(
            "At least this share of the samples is in clusters that are found again when halves of the "
            "samples are clustered anew."
        ),
        low=0,
        high=1,
    ),
    _clusters,
)
MIXED = Limit(
    Side.AT_MOST,
    setting(
        0.5,
        "half of the samples, and the table of damage says more about means than about capabilities",
        label="Mixed clusters",
        help="At most this share of the measured samples is in clusters whose CDS is a mean of unlike parts.",
        low=0,
        high=1,
    ),
    _mixed,
)
TEMPERATURE = Limit(
    Side.AT_LEAST,
    setting(
        None,
        "how much may hang on a knob is for people to say; null: not looked at",
        label="Stable over temperature",
        help="At least this share of the selection is selected at half and at twice the temperature, too.",
        low=0,
        high=1,
    ),
    _temperature,
)
