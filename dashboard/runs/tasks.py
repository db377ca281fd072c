"""Names of clusters as tasks, told once for all sessions."""

from __future__ import annotations

from dashboard.runs import searches
from dashboard.runs.opening import remembered
from paser_core.errors import ModelError
from paser_core.explain.encoders import why_no_encoder
from paser_core.explain.suggested import suggested_names
from paser_core.explain.tasks import SuggestedNames
from paser_core.runs import Run


@remembered(8, spinner="Reading what the instructions ask for …")
def suggested(run: Run) -> SuggestedNames:
    """With the run's encoder where it can be asked; else by counts, which is said."""
    why = why_no_encoder(run)
    if why is not None:
        return suggested_names(run, None, why)
    try:
        return suggested_names(run, searches.encoder(run.config.embedding.model))
    except ModelError as error:
        return suggested_names(run, None, f"the encoder cannot be loaded ({error})")
