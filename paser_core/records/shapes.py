"""Which column holds what: Alpaca, prompt/completion, messages, ShareGPT, or as the user says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from paser_core.config import FieldMap
from paser_core.errors import DataError, nearest


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


# First match wins; names as they are used by the data sets people train on.
_PAIRS = (
    ("prompt", "completion"),
    ("prompt", "response"),
    ("question", "answer"),
    ("query", "response"),
    ("instruction", "response"),
    ("input", "output"),
)


def recognise(columns: Sequence[str], fields: FieldMap, path: str = "") -> Layout:
    """The layout of a table with these columns; what the user mapped wins.

    Raises:
        DataError: a mapped column does not exist, or no known shape fits.
    """
    known = set(columns)
    for role in ("instruction", "input", "output", "id", "messages"):
        column = getattr(fields, role)
        if column is not None and column not in known:
            raise DataError(
                f"data.fields.{role} names the column '{column}', which does not exist."
                f"{nearest(column, known)} Columns: {', '.join(sorted(known))}.",
                path=path or None,
                field=role,
            )
    identifier = fields.id or next((c for c in ("id", "uid", "uuid") if c in known), None)
    if fields.messages is not None:
        return Layout(Shape.MESSAGES, FieldMap(messages=fields.messages, id=identifier))
    if fields.instruction is not None or fields.output is not None:
        if fields.instruction is None or fields.output is None:
            missing = "output" if fields.output is None else "instruction"
            raise DataError(
                f"data.fields maps one of instruction and output; map {missing} as well. Columns: "
                f"{', '.join(sorted(known))}.",
                path=path or None,
                field=missing,
            )
        return Layout(
            Shape.MAPPED, FieldMap(fields.instruction, fields.input, fields.output, identifier)
        )
    if {"instruction", "output"} <= known:
        second = fields.input or ("input" if "input" in known else None)
        return Layout(Shape.ALPACA, FieldMap("instruction", second, "output", identifier))
    for column, shape in (("messages", Shape.MESSAGES), ("conversations", Shape.SHAREGPT)):
        if column in known:
            return Layout(shape, FieldMap(messages=column, id=identifier))
    for prompt, answer in _PAIRS:
        if {prompt, answer} <= known:
            return Layout(
                Shape.PROMPT_COMPLETION, FieldMap(prompt, fields.input, answer, identifier)
            )
    raise DataError(
        "the columns fit no known shape (Alpaca: instruction, input, output; prompt, completion; "
        "messages; ShareGPT: conversations). Say which is which with data.fields, e.g. "
        f"{{instruction: …, output: …}}. Columns: {', '.join(sorted(known))}.",
        path=path or None,
    )


@dataclass(frozen=True)
class Turns:
    """A conversation as one sample, or what is wrong with it."""

    instruction: str = ""
    input: str = ""
    output: str = ""
    problem: str | None = None


_ROLES = {
    "system": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
}


def conversation(value: Any) -> Turns:
    """One sample out of messages: the last assistant turn is the response, all before it the prompt.

    A conversation of one question reads as it is; a longer one is written out with its roles, so
    that the models see what was said before.
    """
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        return Turns(problem="The conversation is not a list of messages.")
    turns: list[tuple[str, str]] = []
    for number, message in enumerate(value, start=1):
        if not isinstance(message, Mapping):
            return Turns(problem=f"Message {number} is not an object with role and content.")
        role = message.get("role", message.get("from"))
        content = message.get("content", message.get("value"))
        if not isinstance(role, str) or role.casefold() not in _ROLES:
            return Turns(problem=f"Message {number} has the role {role!r}, which is not known.")
        if not isinstance(content, str):
            return Turns(problem=f"Message {number} has no text.")
        turns.append((_ROLES[role.casefold()], content))
    last = max((i for i, (role, _) in enumerate(turns) if role == "assistant"), default=-1)
    if last < 0:
        return Turns(problem="The conversation has no answer of the assistant.")
    before, answer = turns[:last], turns[last][1]
    if not any(role == "user" for role, _ in before):
        return Turns(problem="The conversation has no message of the user before the last answer.")
    system = "\n".join(text for role, text in before if role == "system")
    spoken = [(role, text) for role, text in before if role != "system"]
    if len(spoken) == 1:
        prompt = spoken[0][1]
    else:
        prompt = "\n\n".join(f"{role.capitalize()}: {text}" for role, text in spoken)
    return Turns(f"{system}\n\n{prompt}" if system else prompt, "", answer)
