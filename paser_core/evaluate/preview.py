"""What tasks will ask, looked at before anything is started: nothing here loads a model.

Whoever only shows a preview needs none of the libraries that make one: they come with the function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paser_core.evaluate.settings import EvaluateConfig


@dataclass(frozen=True)
class TaskPreview:
    """A task that can be measured."""

    spec: str  # as it was asked for
    label: str
    n: int  # items
    unit: str
    facts: Mapping[str, Any]  # what determines its result beside the model


def preview_tasks(specs: Sequence[str], config: EvaluateConfig) -> tuple[TaskPreview, ...]:
    """Read what the tasks read, and see that each can be measured.

    Args:
        specs: names as ``demo`` or ``ppl:FILE``, each once.
        config: the settings.

    Raises:
        PaserError: a task is unknown, or what it reads cannot be used.
    """
    from paser_core.evaluate.task import task_of

    found = []
    for spec in specs:
        asked = task_of(spec)
        made = asked.task.prepare(asked.argument, config)
        found.append(TaskPreview(spec, asked.task.label, made.n, made.unit, dict(made.facts)))
    return tuple(found)
