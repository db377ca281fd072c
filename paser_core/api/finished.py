"""A finished run, as its user sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from paser_core.review import Review
from paser_core.text import count, plural

if TYPE_CHECKING:
    import pandas as pd

    from paser_core.runs import Run as RunFolder


class Run:
    """A finished run. Nothing changes it; what is read is read on first use.

    Args:
        artifact: the run folder, for those who need its arrays.
    """

    def __init__(self, artifact: RunFolder) -> None:
        self.artifact = artifact

    @property
    def path(self) -> Path:
        """The run folder."""
        return self.artifact.path

    @property
    def clusters(self) -> pd.DataFrame:
        """The capabilities and what was hurt: a row per cluster, by its number.

        Columns ``name`` (a person's, where somebody renamed the cluster), ``size``, ``cds`` with
        its 95 % bootstrap interval ``cds_low`` and ``cds_high`` (NaN without models), ``keywords``.

        >>> list(paser.open("data/demo/run").clusters)
        ['name', 'size', 'cds', 'cds_low', 'cds_high', 'keywords']
        """
        known = self.artifact.clusters.set_index("cluster")
        state = Review.of(self.artifact).state()
        known = known.assign(name=list(state.names_with(self.artifact.names)))
        return known[["name", "size", "cds", "cds_low", "cds_high", "keywords"]]

    @property
    def samples(self) -> pd.DataFrame:
        """The pool as it was read: a row per sample in its order, by id.

        Columns ``instruction``, ``input``, ``output``, the user's own, ``cluster`` (-1: none),
        ``divergence`` at temperature 1, and ``problem``, which says why a row is invalid.

        >>> paser.open("data/demo/run").samples.loc["gen-arithmetic-179", "output"]
        '79'
        """
        columns = [
            *("instruction", "input", "output"),
            *self.artifact.user_columns,
            *("cluster", "divergence", "problem"),
        ]
        return self.artifact.samples.set_index("id")[columns]

    def __repr__(self) -> str:
        run = self.artifact
        first = f"Run {run.path}: {plural(run.n, 'sample')} in {plural(run.n_clusters, 'cluster')}"
        if not run.has_models:
            return (
                f"{first}\nwithout models: no damage was measured, and nothing can be selected yet"
                "\n.clusters .samples .report(path); run again with original= and compressed= to go on"
            )
        models = run.manifest["models"]
        pair = f"{models['original']['name']} against {models['compressed']['name']}"
        return (
            f"{first}\n{pair}, {count(run.counts.measured)} samples measured"
            "\n.clusters .samples .select(budget=0.2) .report(path)"
        )
