"""What a selector takes, by row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from paser_core.registry import SELECTORS
from paser_core.runs import Run
from paser_core.selection import Setting, selector_of
from paser_core.selection.of_run import select_from_run

# Those that need scores have their tests beside the scores.
OTHERS = tuple(n for n in SELECTORS if n != "paser" and selector_of(n).needs is None)
# Without those that take half a minute, or ask for an encoder, on the demo.
QUICK = tuple(
    n
    for n in OTHERS
    if n not in ("as-published-code", "spectral-mteb", "spectral-bert", "lda-tfidf")
)
# Those that nothing keeps from filling a budget.
FILLING = tuple(
    name
    for name in OTHERS
    for rule in (selector_of(name),)
    if not (rule.graph or rule.everything or rule.at_budget)
)


def rows_by(selector: str, run: Run, knobs: Setting, seed: int = 0) -> np.ndarray:
    return select_from_run(run, replace(knobs, selector=selector, seed=seed)).rows
