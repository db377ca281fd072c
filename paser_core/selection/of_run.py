"""(run, setting) → selection: the one way there, for the app, the command line and the tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paser_core.errors import SelectionError
from paser_core.runs import Run
from paser_core.runs.signals import damage_of
from paser_core.selection import (
    Candidates,
    Overrides,
    Ranking,
    Selection,
    Setting,
    rank_samples,
    resolve_budget,
    selector_of,
)
from paser_core.stages.concepts import ConceptTable, filter_concepts


def select_from_run(run: Run, setting: Setting) -> Selection:
    """The selection for one setting of the knobs.

    Raises:
        SelectionError: the run has no models and the selector needs them, or people's decisions
            cannot be followed on it.
        ScoresError: the selector needs scores that are not made yet.
        RunError: the signal was not measured in this run.
    """
    return rank_run(run, setting).at(resolve_budget(setting.budget, run.n))


def rank_run(run: Run, setting: Setting, concepts: ConceptTable | None = None) -> Ranking:
    """The pass behind a selection. ``concepts``: as in :func:`candidates`.

    Raises:
        SelectionError: the run has no models and the selector needs them, or people's decisions
            cannot be followed on it.
    """
    return rank_samples(candidates(run, setting, concepts), setting, overrides_of(run, setting))


def candidates(run: Run, setting: Setting, concepts: ConceptTable | None = None) -> Candidates:
    """What the selection looks at: the damage and the concepts of a run as a setting has them.

    ``concepts``: these instead, filtered before; filtering is most of the work here.

    Raises:
        ScoresError: the selector needs scores that are not made yet.
    """
    needs = selector_of(setting.selector).needs
    return Candidates(
        divergence=damage_of(run, setting),
        tokens=run.tokens,
        labels=run.labels,
        n_clusters=run.n_clusters,
        valid=run.valid,
        concepts=filter_concepts(run.concepts, setting.concepts) if concepts is None else concepts,
        problems=run.problems,
        run=run,
        measure=setting.measure,
        scores=None if needs is None else run.scores(needs, setting.scores),
    )


def overrides_of(run: Run, setting: Setting) -> Overrides:
    """Forced samples as row numbers.

    Raises:
        SelectionError: an id does not exist in the run, or belongs to a sample that cannot be
            trained on.
    """
    if not setting.forced_in and not setting.forced_out:
        return Overrides()
    for identifier in (*setting.forced_in, *setting.forced_out):
        if identifier not in run.row_of:
            raise SelectionError(
                f"The forced sample '{identifier}' does not exist in this run. Release it, or "
                "take it out of selection.yaml."
            )
    forced_in = tuple(run.row_of[i] for i in setting.forced_in)
    for row, why in unusable(run, setting, forced_in).items():
        raise SelectionError(
            f"The sample '{run.ids[row]}' cannot be forced in: {why}. Release it, or take it out of "
            "selection.yaml."
        )
    return Overrides(forced_in, tuple(run.row_of[i] for i in setting.forced_out))


def unusable(run: Run, setting: Setting, rows: Sequence[int]) -> dict[int, str]:
    """Which of these samples cannot be forced in, and why not."""
    if not len(rows):
        return {}
    blind = not selector_of(setting.selector).damage
    measured = np.isfinite(damage_of(run, setting)) | blind
    problems = run.problems
    return {
        row: problems[row] or "it was not scored by the models"
        for row in rows
        if problems[row] is not None or not measured[row]
    }
