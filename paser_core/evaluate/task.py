"""What a task is: it reads its items at the door, and measures a model on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paser_core.errors import EvaluationError, shortened
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.subject import Subject
from paser_core.protocols import Progress
from paser_core.registry import TASKS
from paser_core.workspace import paths
from paser_core.workspace.store import Store


@dataclass(frozen=True)
class Item:
    """One question, window or problem, as it was measured. Cells of other tasks are joined by ``id``.

    ``score`` is 1 for a right answer, 0 for a wrong one, the share of right ones among several
    answers, and None where nothing is right or wrong.
    """

    id: str
    capability: str | None = None
    question: str | None = None
    expected: str | None = None
    answer: str | None = None  # the first, where there are several
    score: float | None = None
    why: str | None = None  # what the checker has to say of the answer
    nats: float | None = None  # minus the log-probability of the expected answer, its end included
    bits_per_byte: float | None = None
    expected_tokens: int | None = None
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    cut: bool | None = None  # the answer is as long as it may be, so its end is missing
    samples: int | None = None
    right: int | None = None  # of the samples
    problem: str | None = None  # why it was not measured; it counts as wrong


@dataclass(frozen=True)
class Figure:
    """A result: of a task, or of one capability in it."""

    n: int
    score: float | None = (
        None  # higher is better, 1 the most; None where there is no right and wrong
    )
    low: float | None = None  # Wilson's 95 % interval
    high: float | None = None
    chance: float | None = None  # what the best fixed answer would score
    bits_per_byte: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)  # perplexity, pass@k, …


@dataclass(frozen=True)
class Measured:
    """What a task has found."""

    items: tuple[Item, ...]
    overall: Figure
    capabilities: Mapping[str, Figure] = field(default_factory=dict)
    answers: tuple[
        Mapping[str, Any], ...
    ] = ()  # every answer of every item, where a model gave any
    notes: tuple[str, ...] = ()  # sentences that a reader of the figures has to know


@dataclass(frozen=True)
class Desk:
    """What a task works with."""

    name: str  # of the task, fit for a file
    subject: Subject
    config: EvaluateConfig
    store: Store
    key: str  # changes with everything that determines the result
    note: Callable[[str, str], None]  # code and sentence: told at once, kept with the result


@dataclass(frozen=True)
class Prepared:
    """A task whose items were read and can be measured."""

    n: int  # items
    facts: Mapping[str, Any]  # what determines the result beside the model: hashes, settings
    measure: Callable[[Desk, Progress], Measured]
    unit: str = "items"
    notes: tuple[str, ...] = ()
    # Raises what does not fit this model, before its weights are read and the folder is touched.
    check: Callable[[Subject], None] = lambda subject: None


@dataclass(frozen=True)
class Task:
    """A kind of measurement, by the name it has in the registry.

    Args:
        label: what people read.
        prepare: reads the argument (what stands behind the colon) before any model is loaded; it
            raises what is wrong with it, or with the settings.
        argument: what stands behind the colon, in a word; None: nothing does.
        uses: those of the settings in :data:`~paser_core.evaluate.idle.OF_SOME` that it looks at; None:
            that is not known.
    """

    label: str
    prepare: Callable[[str, EvaluateConfig], Prepared]
    argument: str | None = None
    uses: frozenset[str] | None = None


@dataclass(frozen=True)
class Asked:
    """A task as it was asked for: ``demo``, or ``ppl:wiki.txt``."""

    spec: str
    task: Task
    argument: str


def task_of(spec: str) -> Asked:
    """The task that ``NAME`` or ``NAME:ARGUMENT`` means.

    Raises:
        ConfigError: there is none of that name.
        EvaluationError: the argument is missing, or one too many; or a file was named without a task.
    """
    name, colon, argument = spec.partition(":")
    if name not in TASKS and paths.is_file(Path(spec).expanduser()):
        ways = [f"{way}:{spec}" for way in TASKS if getattr(TASKS[way], "argument", "") == "FILE"]
        raise EvaluationError(
            f"tasks is {shortened(spec)}, which is a file: say what it is a file of. Write "
            f"{' or '.join(ways)}."
        )
    TASKS.check(name, "tasks")
    task = TASKS[name]
    if not isinstance(task, Task):
        raise EvaluationError(
            f"The task {name!r} is a {type(task).__name__}; a package must bring a "
            "paser_core.evaluate.Task. Remove that package, or tell its author."
        )
    if task.argument is not None and not argument:
        raise EvaluationError(
            f"The task {name} needs {task.argument} behind a colon; write {name}:{task.argument}."
        )
    if task.argument is None and colon:
        raise EvaluationError(
            f"The task {name} takes nothing behind a colon, but {shortened(argument)} was given. "
            f"Write {name} alone."
        )
    return Asked(spec, task, argument)
