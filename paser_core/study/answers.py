"""The answers of one cell or model beside those of another, item by item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from paser_core.errors import StudyError
from paser_core.study.results import Results

_ITEM = ["task", "id"]


@dataclass(frozen=True)
class Beside:
    """Two that answered the same questions."""

    table: pd.DataFrame  # task, id, capability, answer, score, other_answer, other_score
    both: int  # items that both have right
    ours: int  # that only the first has right
    theirs: int
    neither: int
    unpaired: int  # items that one of them was not asked, or that nothing is right or wrong in

    @property
    def differing(self) -> pd.DataFrame:
        """The items whose scores differ."""
        return self.table[self.table["score"] != self.table["other_score"]]


def beside(results: Results, key: str, other: str, part: str = "all") -> Beside:
    """Set two side by side.

    An item counts as right from a score of one half.

    Args:
        results: of the study.
        key: of a finished cell, or ``model/NAME``.
        other: the same.
        part: of the items: ``test``, ``development`` or ``all``.

    Raises:
        StudyError: one of them has no answers.
    """
    ours, theirs = (_answers(results, one) for one in (key, other))
    asked = results.questions(part)[_ITEM].astype(str)
    paired = ours.merge(theirs.drop(columns="capability"), on=_ITEM, suffixes=("", "_other"))
    paired = paired.rename(columns={"answer_other": "other_answer", "score_other": "other_score"})
    known = paired.merge(asked, on=_ITEM).dropna(subset=["score", "other_score"])
    known = known.reset_index(drop=True)
    a, b = known["score"].to_numpy() >= 0.5, known["other_score"].to_numpy() >= 0.5
    return Beside(
        known,
        int((a & b).sum()),
        int((a & ~b).sum()),
        int((~a & b).sum()),
        int((~a & ~b).sum()),
        len(asked) - len(known),
    )


def _answers(results: Results, key: str) -> pd.DataFrame:
    items = results.items
    own = items[np.asarray(items["key"] == key)]
    if own.empty:
        raise StudyError(
            f"{results.folder}: there are no answers of {key}. Choose a cell that is done."
        )
    own = own[["task", "id", "capability", "answer", "score"]]
    return own.astype({"task": str, "id": str, "capability": object, "answer": object})
