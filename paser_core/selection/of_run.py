"""(run, knobs) → selection. The one function that the app, the command line and the tests call."""

from __future__ import annotations

from paser_core.config import ConceptsConfig, SelectionConfig
from paser_core.errors import SelectionError
from paser_core.runs import Run
from paser_core.selection import Candidates, Overrides, Selection, select
from paser_core.stages.concepts import ConceptTable, filter_concepts


def candidates(
    run: Run, temperature: float, concepts: ConceptsConfig | ConceptTable | None = None
) -> Candidates:
    """What the selection looks at: the run at one temperature, with one setting of the concepts.

    ``concepts`` may be a table that was filtered before: filtering is most of the work here.

    Raises:
        SelectionError: the run has no models, so nothing was measured.
    """
    if not run.has_models:
        raise SelectionError(
            f"{run.name}: this run has no models, so no damage was measured and there is nothing to "
            "select by. Set models.original and models.compressed and start `paser run` on the same "
            "folder again."
        )
    return Candidates(
        divergence=run.divergence_at(temperature),
        tokens=run.tokens,
        labels=run.labels,
        n_clusters=run.n_clusters,
        valid=run.valid,
        concepts=(
            concepts
            if isinstance(concepts, ConceptTable)
            else filter_concepts(run.concepts, concepts or run.config.concepts)
        ),
        problems=run.problems,
    )


def select_from_run(
    run: Run,
    config: SelectionConfig,
    overrides: Overrides | None = None,
    concepts: ConceptsConfig | None = None,
) -> Selection:
    """The selection for one setting of the knobs."""
    return select(candidates(run, config.temperature, concepts), config, overrides)
