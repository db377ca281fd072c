"""The loss before and after, on the same rows: what the training changed, not what the rows differ in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.recover.batches import at_responses, followers, padded, parts_of
from paser_core.recover.recipe import Predicted
from paser_core.recover.request import Work
from paser_core.recover.training import Course, takes_positions


def check_loss(model: Any, work: Work, course: Course) -> float:
    """Mean loss of the last phase at the rows of the first steps, without dropout.

    Args:
        model: to look at.
        work: with the rows.
        course: with the loss, and the original where that is asked.
    """
    phase = course.recipe.phases[-1]
    keeps, total, tokens = takes_positions(model), 0.0, 0
    device = next(model.parameters()).device
    model.eval()
    for rows in _check_rows(work, course):
        part = {
            name: tensor.to(device)
            for name, tensor in padded(work.material.tokenized, rows).items()
        }
        known = None
        if phase.needs_original:
            where = next(course.original.parameters()).device
            there = {name: tensor.to(where) for name, tensor in part.items()}
            known = at_responses(course.original, there, takes_positions(course.original)).to(
                device
            )
        student = at_responses(model, part, keeps)
        losses = phase.loss(Predicted(student, known, followers(part), course.config.temperature))
        total += float(losses.double().sum())
        tokens += len(losses)
    return total / tokens


def _check_rows(work: Work, course: Course) -> list[NDArray[np.int64]]:
    lengths = work.material.tokenized.lengths
    parts: list[NDArray[np.int64]] = []
    for rows in work.steps[: course.history.window]:
        parts += parts_of(rows, lengths, work.config.batch_tokens)
    return parts
