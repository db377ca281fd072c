"""Scores that a selector needs, made on first use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from paser_core.errors import ScoresError
from paser_core.runs import Run
from paser_core.runs.scores import Scores
from paser_core.selection import Setting, selector_of

Watch = Callable[[dict[str, Any]], None]


def scores_for(run: Run, setting: Setting, watch: Watch | None = None) -> Scores | None:
    """The scores that the selector of a setting needs, made where they are not there yet.

    Args:
        run: what is selected from; the scores lie beside it.
        setting: names the selector, and how scores are made.
        watch: told of every event of the work.

    Returns:
        None where the selector asks no model.

    Raises:
        PaserError: the models are gone, have changed, or a setting is missing.
    """
    needs = selector_of(setting.selector).needs
    if needs is None:
        return None
    try:
        return run.scores(needs, setting.scores)
    except ScoresError:
        # Only now: whoever selects by what is there shall not wait for torch.
        from paser_core.measure.scores.make import make_scores

        return make_scores(run, needs, setting.scores, watch=watch)
