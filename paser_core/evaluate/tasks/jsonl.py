"""``jsonl:FILE``: your own questions, a JSON object a line with ``question, answer, check``.

Further keys: ``id`` and ``capability``, ``input`` (the second part of a question) and ``facts`` (what
a check needs beyond the answer). ``check`` is the name of a check and may be left out: ``same-text``.
"""

from __future__ import annotations

import difflib
import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paser_core.errors import ConfigError, DataError, nearest, shortened
from paser_core.evaluate.check import check_of
from paser_core.evaluate.checks.number import last_number
from paser_core.evaluate.files import read_text
from paser_core.evaluate.questions import Question, prepared
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.task import Prepared, Task
from paser_core.registry import CHECKS

_KEYS = ("question", "answer", "check", "id", "capability", "input", "facts")
_USUAL = "same-text"
_ALIKE = 0.85  # of 1: chek and check are, idx and id are not


def read_questions(path: Path, limit: int | None = None) -> tuple[Question, ...]:
    """The questions of a file, checked.

    Args:
        path: a jsonl file, plain or .gz.
        limit: only the first so many.

    Raises:
        DataError: it cannot be read, is empty, or a line is not such a question.
    """
    found: list[Question] = []
    for number, line in enumerate(read_text(path).removeprefix("\ufeff").split("\n"), start=1):
        if limit is not None and len(found) == limit:
            break
        if line.strip():
            found.append(_question(line, str(path), number, len(found)))
    if not found:
        raise DataError("there is no question in it; give a line for each.", path=str(path))
    twice = [id for id, n in Counter(q.id for q in found).items() if n > 1]
    if twice:
        raise DataError(
            f"the id {shortened(twice[0])} stands at {Counter(q.id for q in found)[twice[0]]} "
            "questions; give each its own, or none.",
            path=str(path),
        )
    return tuple(found)


def _question(line: str, path: str, number: int, place: int) -> Question:
    def wrong(message: str, field: str | None = None) -> DataError:
        return DataError(message, path=path, line=number, field=field)

    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise wrong(f"this is not JSON ({error}); write one object a line.") from error
    if not isinstance(row, dict):
        raise wrong(f"this is {shortened(row)}, not an object; write one object a line.")
    texts: dict[str, Any] = {}
    for key in ("question", "answer"):
        value = row.get(key)
        if isinstance(value, float) and not math.isfinite(value):
            raise wrong(f"this is {value}, no number; write a number or a text.", key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            known = ", ".join(map(str, row)) or "none"
            hint = "" if key in row else nearest(key, map(str, row))
            raise wrong(
                f"the text is {'missing' if value is None else shortened(value)}; every line must "
                f"have a question and its answer. Keys here: {known}.{hint}",
                key,
            )
        texts[key] = value
    _check_keys(row, wrong)
    name = row.get("check") or _USUAL
    try:
        CHECKS.check(name, "check")
    except ConfigError as error:
        raise wrong(str(error)) from error
    given = row.get("facts") or ()
    facts = [given] if isinstance(given, str) else given
    if not isinstance(facts, list | tuple) or not all(
        isinstance(f, str | int | float) for f in facts
    ):
        raise wrong(f"this is {shortened(given)}; it must be a text or a list of texts.", "facts")
    if (needed := check_of(name).facts) is not None and not facts:
        raise wrong(f"the check {name} needs {needed}; give a list of texts.", "facts")
    if name == "number" and last_number(texts["answer"]) is None:
        raise wrong(
            f"the check number needs a number in the answer, and {shortened(texts['answer'])} has none; "
            "no answer could be right. Write the number, or name another check.",
            "answer",
        )
    capability = row.get("capability")
    return Question(
        id=str(row.get("id", f"{place:05d}")),
        instruction=texts["question"],
        answer=texts["answer"],
        check=name,
        input=str(row.get("input") or ""),
        facts=tuple(str(fact) for fact in facts),
        capability=None if capability is None else str(capability),
    )


def _check_keys(row: dict[str, Any], wrong: Callable[..., DataError]) -> None:
    """See that a line is text throughout, and that no key that is read is misspelled.

    Raises:
        DataError: it is not; a misspelled check would judge by another rule, without a word.
    """
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise wrong(
            "there is half a character in it (a \\ud… without its other half); write it whole, or leave "
            "it out."
        ) from error
    absent = [key for key in _KEYS if key not in row]
    for key in row.keys() - _KEYS:
        if meant := difflib.get_close_matches(key, absent, n=1, cutoff=_ALIKE):
            raise wrong(
                f"the key {shortened(key)} is not read. Did you mean {meant[0]!r}? Rename it, to that or "
                "to something less alike."
            )


def _prepare(argument: str, config: EvaluateConfig) -> Prepared:
    questions = read_questions(Path(argument).expanduser(), config.limit)
    return prepared(questions, config.answer_tokens, config)


_USES = frozenset({"answer_tokens", "program_seconds"})
TASK = Task("Your own questions", _prepare, argument="FILE", uses=_USES)
