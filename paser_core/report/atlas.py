"""The section with the map: which points are drawn, which are bright, what stands beside them."""

from __future__ import annotations

import numpy as np

from paser_core.palette import cluster_color
from paser_core.report.markup import tag
from paser_core.report.parts import Section, paragraph, section
from paser_core.report.scatter import MapLabel, map_figure, thinned
from paser_core.report.subject import Subject
from paser_core.report.wording import count, plural


def atlas(subject: Subject) -> Section:
    """The samples in the plane, what is selected in full color."""
    run, selection = subject.run, subject.selection
    places = run.samples[["x", "y"]].to_numpy(np.float64)
    rows = np.flatnonzero((run.labels >= 0) & np.isfinite(places).all(axis=1))
    labels = [
        MapLabel(c.name, c.number, *np.median(places[rows[mine]], axis=0).tolist())
        for c in sorted(subject.capabilities, key=lambda c: -c.size)
        if (mine := run.labels[rows] == c.number).any()
    ]
    drawn = rows[thinned(len(rows), run.config.seed)]
    bright = np.ones(len(drawn), bool) if selection is None else selection.rank[drawn] > 0
    whole = len(drawn) == len(rows)
    shown = (
        f"All {plural(len(rows), 'clustered sample')} are drawn."
        if whole
        else f"{count(len(drawn))} of {plural(len(rows), 'clustered sample')} are drawn, picked at "
        "random with the run’s seed, so the picture keeps the proportions."
    )
    colors = (
        "The color is the cluster."
        if selection is None
        else "The color is the cluster; selected samples are bright, the others pale."
    )
    meaning = "Each dot is a sample; samples that say similar things lie close together."
    description = f"{meaning} {colors} {shown}"
    palette = [cluster_color(k) for k in range(run.n_clusters)]
    figure = map_figure(places[drawn], run.labels[drawn], bright, palette, labels, description)
    return section(
        "map",
        "The map",
        paragraph(
            description,
            " Directions and distances across the map have no meaning of their own.",
        ),
        tag("figure", figure),
    )
