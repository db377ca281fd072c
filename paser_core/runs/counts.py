"""How many rows were read, could be used, were measured and were cut."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Counts:
    """What became of the rows of a run. ``read = invalid + measured + unmeasured`` with models."""

    read: int  # rows of the data
    invalid: int  # of these, without a usable text
    measured: int  # with a divergence; 0 without models
    unmeasured: int  # usable, but the models could not be compared on them; 0 without models
    cut: int  # measured, but the end of the response was cut off
    clusters: int

    @classmethod
    def of(
        cls,
        labels: NDArray[np.integer],
        valid: NDArray[np.bool_],
        divergence: NDArray[np.floating] | None,
        truncated: NDArray[np.bool_],
        clusters: int,
    ) -> Counts:
        """Out of the columns of a run.

        Args:
            labels: ``(n,)`` clusters; -1 for rows without a usable text.
            valid: ``(n,)`` rows without any problem.
            divergence: ``(n,)`` at any temperature, NaN where not measured; None without models.
            truncated: ``(n,)`` samples whose response was cut.
            clusters: K.
        """
        usable = labels >= 0
        if divergence is None:
            return cls(len(labels), int((~usable).sum()), 0, 0, 0, clusters)
        measured = usable & valid & np.isfinite(divergence)
        return cls(
            read=len(labels),
            invalid=int((~usable).sum()),
            measured=int(measured.sum()),
            unmeasured=int((usable & ~measured).sum()),
            cut=int((measured & truncated).sum()),
            clusters=clusters,
        )

    @property
    def usable(self) -> int:
        """Rows that came through: measured ones, or without models those with a usable text."""
        return self.read - self.invalid - self.unmeasured

    def to_tree(self) -> dict[str, int]:
        """As the manifest has it."""
        return asdict(self)
