"""Limits of what is kept apart: questions of a held-out file among the samples that are trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.config import setting
from paser_core.limits.limit import Figure, Limit, Side, of, unknown
from paser_core.limits.subject import Subject
from paser_core.text import count, either, plural

_NO_FILE = "No file of held-out questions is named (held_out)."


def _exact(subject: Subject) -> Figure:
    found = subject.contamination
    if found is None:
        return unknown(_NO_FILE)
    return _share(subject, found.exact, f"stand {_among(subject)} word for word")


def _near(subject: Subject) -> Figure:
    found = subject.contamination
    if found is None:
        return unknown(_NO_FILE)
    figure = _share(subject, found.near, f"have a near duplicate {_among(subject)}")
    short = int(found.short.sum())
    if not short:
        return figure
    left = f"{count(short)} have fewer than {subject.inputs.held_out_words} words"
    return Figure(figure.value, f"{figure.told} {left}: compared word for word only.")


def _among(subject: Subject) -> str:
    return "among the usable samples" if subject.selection is None else "in the selection"


def _share(subject: Subject, rows: NDArray[np.int64], told: str) -> Figure:
    """The share of the questions for which ``rows`` has a sample, and the first of them."""
    hit = np.flatnonzero(rows >= 0)
    said = f"{count(len(hit))} of {plural(len(rows), 'held-out question')} {told}"
    if len(hit):
        first = int(hit[0])
        said += f"; the first is number {count(first + 1)}, as the sample {subject.run.ids[rows[first]]}"
    if lost := subject.held_out_lost:
        said += f". {plural(lost, 'row')} of the file {either(lost, 'has', 'have')} no question"
    return of(len(hit), len(rows), f"{said}.", f"{subject.inputs.held_out} has no question.")


EXACT = Limit(
    Side.AT_MOST,
    setting(
        0.0,
        "a model that was trained on a question is not tested by it",
        label="Held-out, word for word",
        help="At most this share of the held-out questions stands in the selection, whatever the case.",
        low=0,
        high=1,
    ),
    _exact,
)
NEAR = Limit(
    Side.AT_MOST,
    setting(
        0.01,
        "templates of a pool make a few alike by chance; more are copies",
        label="Held-out, nearly",
        help=(
            "At most this share of the held-out questions has a near duplicate in the selection, beside "
            "those that are there word for word."
        ),
        low=0,
        high=1,
    ),
    _near,
)
