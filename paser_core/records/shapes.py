"""Which column holds what: Alpaca, prompt/completion, messages, ShareGPT, or as the user says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from paser_core.config import FieldMap
from paser_core.errors import DataError, nearest

_LISTED = 30  # columns named in a message


class Shape(StrEnum):
    ALPACA = "alpaca"
    PROMPT_COMPLETION = "prompt-completion"
    MESSAGES = "messages"
    SHAREGPT = "sharegpt"
    MAPPED = "mapped"


@dataclass(frozen=True)
class Layout:
    """Where the parts of a sample are."""

    shape: Shape
    fields: FieldMap

    @property
    def used(self) -> tuple[str, ...]:
        """The columns that the layout reads."""
        f = self.fields
        return tuple(c for c in (f.instruction, f.input, f.output, f.id, f.messages) if c)

    def column_of(self, role: str) -> str:
        """The column that ``instruction``, ``input`` or ``output`` is read from."""
        return self.fields.messages or getattr(self.fields, role) or role


# Names as they are used by the data sets people train on.
_QUESTIONS = ("instruction", "prompt", "question", "query")
_BARE_QUESTIONS = ("input", "inputs")  # the question, where there is no other column for it
_ANSWERS = ("output", "completion", "response", "answer", "target", "targets")
_INPUTS = ("input", "context")
_CONVERSATIONS = {
    "messages": Shape.MESSAGES,
    "conversations": Shape.SHAREGPT,
    "conversation": Shape.SHAREGPT,
}
_IDS = ("id", "uid", "uuid")


def recognise(columns: Sequence[str], fields: FieldMap, path: str = "") -> Layout:
    """The layout of a table with these columns; what the user mapped wins.

    Raises:
        DataError: a mapped column does not exist, no known shape fits, or more than one does.
    """
    _check_mapped(columns, fields, path)
    names = _known_names(columns)
    identifier = fields.id or _first(_IDS, names)
    if fields.messages is not None:
        return Layout(Shape.MESSAGES, FieldMap(messages=fields.messages, id=identifier))
    if fields.instruction is not None and fields.output is not None:
        return Layout(
            Shape.MAPPED, FieldMap(fields.instruction, fields.input, fields.output, identifier)
        )
    found = _pairs(names, fields, identifier)
    if fields.instruction is None and fields.output is None:
        found += [
            Layout(shape, FieldMap(messages=names[name], id=identifier))
            for name, shape in _CONVERSATIONS.items()
            if name in names
        ]
    if len(found) == 1:
        return found[0]
    raise DataError(_explain(columns, fields, found), path=path or None)


def _check_mapped(columns: Sequence[str], fields: FieldMap, path: str) -> None:
    for role in ("instruction", "input", "output", "id", "messages"):
        column = getattr(fields, role)
        if column is not None and column not in columns:
            raise DataError(
                f"data.fields.{role} names the column '{column}', which does not exist."
                f"{nearest(column, columns)} Columns: {_listed(columns)}.",
                path=path or None,
                field=role,
            )
    if fields.messages is not None and (fields.instruction or fields.input or fields.output):
        raise DataError(
            "data.fields maps messages and single fields as well; a sample is read from one or the "
            "other. Remove one of them.",
            path=path or None,
            field="messages",
        )


def _known_names(columns: Sequence[str]) -> dict[str, str]:
    """Lower-case name -> column; a name in exactly this case comes before another."""
    names: dict[str, str] = {}
    for column in columns:
        names.setdefault(column.casefold(), column)
    return names | {c: c for c in columns if c == c.casefold()}


def _pairs(names: dict[str, str], fields: FieldMap, identifier: str | None) -> list[Layout]:
    """Every way to read a question and an answer out of these columns."""
    if {"instruction", "input", "output"} <= set(names) and not (
        fields.instruction or fields.output
    ):
        # All three names of Alpaca: whatever else is there is the user's own.
        questions, answers = [names["instruction"]], [names["output"]]
    else:
        questions = [names[q] for q in _QUESTIONS if q in names] or [
            names[q] for q in _BARE_QUESTIONS if q in names
        ]
        answers = [names[a] for a in _ANSWERS if a in names]
    if fields.instruction is not None:
        questions = [fields.instruction]
    if fields.output is not None:
        answers = [fields.output]
    layouts = []
    for question in questions:
        for answer in answers:
            free = {n: c for n, c in names.items() if c not in (question, answer)}
            second = fields.input or _first(_INPUTS, free)
            alpaca = (question, answer) == ("instruction", "output")
            layouts.append(
                Layout(
                    Shape.ALPACA if alpaca else Shape.PROMPT_COMPLETION,
                    FieldMap(question, second, answer, identifier),
                )
            )
    return [x for x in layouts if x.fields.instruction != x.fields.output]


def _first(wanted: Sequence[str], names: dict[str, str]) -> str | None:
    return next((names[name] for name in wanted if name in names), None)


def _explain(columns: Sequence[str], fields: FieldMap, found: Sequence[Layout]) -> str:
    how = "Say which column is which with data.fields, e.g. "
    if found:
        ways = " or ".join(_written(layout.fields) for layout in found[:4])
        return (
            f"the columns can be read in {len(found)} ways. {how}{ways}. Columns: "
            f"{_listed(columns)}."
        )
    question = fields.instruction or _guess(_QUESTIONS, columns)
    answer = fields.output or _guess(_ANSWERS, [c for c in columns if c != question])
    return (
        "the columns fit no known shape (Alpaca: instruction, input, output; prompt, completion; "
        f"messages; ShareGPT: conversations). {how}"
        f"{{instruction: {question or 'COLUMN'}, output: {answer or 'COLUMN'}}}. Columns: "
        f"{_listed(columns)}."
    )


def _guess(wanted: Sequence[str], columns: Collection[str]) -> str | None:
    """The column whose name is nearest to one of the usual ones."""
    for name in wanted:
        near = nearest(name, columns)
        if near:
            return near.split("'")[1]
    return None


def _written(fields: FieldMap) -> str:
    if fields.messages:
        return f"{{messages: {fields.messages}}}"
    return f"{{instruction: {fields.instruction}, output: {fields.output}}}"


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:_LISTED]) or "none"
    return shown if len(columns) <= _LISTED else f"{shown}, and {len(columns) - _LISTED} more"
