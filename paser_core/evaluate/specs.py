"""Tasks as they are written: parted at commas, each named once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from paser_core.errors import ConfigError, shortened
from paser_core.evaluate.task import Asked, task_of
from paser_core.registry import TASKS
from paser_core.workspace import paths


def parted(text: str) -> list[str]:
    """``demo,ppl:a.txt`` as its tasks; a comma in the name of a file that is there is part of it.

    >>> parted("demo, ppl:a.txt")
    ['demo', 'ppl:a.txt']
    """
    found: list[str] = []
    pieces = text.split(",")
    while pieces:
        end = next((n for n in range(len(pieces), 1, -1) if _is_one(pieces[:n])), 1)
        found.append(",".join(pieces[:end]).strip())
        del pieces[:end]
    return [spec for spec in found if spec]


def asked_of(specs: Sequence[str]) -> list[Asked]:
    """The tasks that are meant, each once, however their files are spelled.

    Raises:
        ConfigError: there is none, one is unknown, or one is named twice.
        EvaluationError: an argument is missing, or one too many.
    """
    if not specs:
        raise ConfigError("tasks is empty; name at least one, such as demo.", field="tasks")
    asked = [_asked(spec) for spec in specs]
    for one, other in combinations(asked, 2):
        if meant(one.spec) == meant(other.spec):
            as_well = "" if one.spec == other.spec else f", as {shortened(other.spec)} as well"
            raise ConfigError(
                f"tasks has {shortened(one.spec)} twice{as_well}. Name each task once.",
                field="tasks",
            )
    return asked


def meant(spec: str) -> tuple[str, str]:
    """Task and argument; the argument as the one path of a file, where it is one."""
    name, _, argument = spec.partition(":")
    place = paths.home(argument)
    return name, str(place.resolve()) if argument and paths.exists(place) else argument


def _asked(spec: str) -> Asked:
    try:
        return task_of(spec)
    except ConfigError as error:
        if "." not in spec and "/" not in spec:
            raise
        raise ConfigError(
            f"{error} Is it a part of the name of a file that has a comma in it? A comma parts tasks where "
            f"there is no such file; check the path, and write the task before it: jsonl:FILE.",
            field=error.field,
        ) from error


def _is_one(pieces: Sequence[str]) -> bool:
    """Whether these, joined by commas, are one task whose file is there."""
    name, colon, argument = ",".join(pieces).strip().partition(":")
    if not colon or name not in TASKS or any(_names_a_task(piece) for piece in pieces[1:]):
        return False
    return paths.is_file(paths.home(argument))


def _names_a_task(piece: str) -> bool:
    return piece.strip().partition(":")[0] in TASKS
