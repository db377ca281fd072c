"""Where the concepts of a sample stand in its texts, looked for once for all sessions."""

from __future__ import annotations

from dashboard.runs.opening import remembered
from paser_core.explain.marked import Marked, marked
from paser_core.runs import Run


@remembered(256)
def marked_of(run: Run, row: int, concepts: tuple[str, ...]) -> Marked:
    """The places of a sample's concepts, as the knobs leave them."""
    return marked(run, row, concepts)
