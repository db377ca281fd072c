"""Several selections side by side, for the pages: made once for all sessions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.runs.comparisons import Selected, Source, chosen_by, selection_of
from dashboard.runs.opening import remembered, rows_of
from paser_core.compare import (
    Explained,
    Lengths,
    Several,
    alone_terms,
    compare_several,
    lengths,
    makeup,
    pair_terms,
)
from paser_core.runs import Run
from paser_core.selection import Selection

Names = tuple[tuple[str, ...], ...]  # of the clusters of each selection's run


@remembered(8)
def several(run: Run, sources: tuple[Source, ...], names: Names) -> Several:
    """All of them side by side, the first one of ``run``.

    Raises:
        PaserError: one of them cannot be made, or they are too many.
    """
    return compare_several([chosen_by(s, n) for s, n in zip(sources, names, strict=True)])


@remembered(48)
def beside(
    run: Run, sources: tuple[Source, ...], names: Names, taker: int, leaver: int
) -> Explained:
    """What one of them takes and another leaves, and why."""
    found = several(run, sources, names)
    return pair_terms(found, _made(run, sources), taker=taker, leaver=leaver)


@remembered(48)
def alone(
    run: Run, sources: tuple[Source, ...], names: Names, which: int, taken: bool
) -> Explained:
    """What one of them takes alone, or leaves alone, and why."""
    return alone_terms(several(run, sources, names), _made(run, sources), which, taken=taken)


@remembered(24)
def lengths_of(run: Run, source: Source, names: tuple[str, ...]) -> Lengths:
    """How long the samples of a selection are, as far as this run has them."""
    return lengths(run, _rows(run, source, names))


@remembered(16)
def makeup_of(
    run: Run, sources: tuple[Source, ...], names: Names, letters: str, column: str
) -> pd.DataFrame:
    """Where the samples of each come from, by one of the user's columns, in percent."""
    rows = [_rows(run, s, n) for s, n in zip(sources, names, strict=True)]
    return makeup(run, column, dict(zip(letters, rows, strict=True)))


def _made(run: Run, sources: tuple[Source, ...]) -> list[Selection | None]:
    """The selections of this run; of another run's and of an export only what they take is known."""
    return [
        selection_of(s) if isinstance(s, Selected) and s.content == run.content else None
        for s in sources
    ]


def _rows(run: Run, source: Source, names: tuple[str, ...]) -> NDArray[np.int64]:
    return rows_of(run, chosen_by(source, names).ids)
