"""Training rows in the formats that trainers read, and nothing but what they read.

A row that came in the format goes out as it came. Another is converted: the format carries what it
has a place for, and what it has none for is told (:mod:`losses`). Extra columns have broken trainers,
so scores go into a file of their own, keyed by id.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from paser_core.export import losses, speakers
from paser_core.export.losses import Loss
from paser_core.export.userrow import Message, UserRow, user_rows, written_as
from paser_core.notices import Notice, Severity
from paser_core.records.cells import text_of as cell_text
from paser_core.records.conversations import user_text
from paser_core.records.messages import is_messages, message_text
from paser_core.runs import Run


class ExportFormat(StrEnum):
    """How a training row looks."""

    ALPACA = "alpaca"
    MESSAGES = "messages"
    PROMPT_COMPLETION = "prompt-completion"
    SHAREGPT = "sharegpt"


TURNS: Mapping[ExportFormat, tuple[str, str]] = {
    ExportFormat.MESSAGES: ("messages", "role"),
    ExportFormat.SHAREGPT: ("conversations", "from"),
}
"""The column of the turns, and the key that says who speaks."""


@dataclass(frozen=True)
class TrainingRows:
    """The rows of an export, and what a reader has to know of them."""

    export_format: ExportFormat
    rows: tuple[dict[str, Any], ...]  # the same keys in every one
    lossy: frozenset[int]  # places in `rows` of those that lost something
    notices: tuple[Notice, ...]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """The keys of a row."""
        return tuple(self.rows[0]) if self.rows else ()

    @property
    def conversational(self) -> bool:
        """Whether prompt and completion are lists of messages."""
        return bool(self.rows) and is_messages(self.rows[0].get("prompt"))

    @property
    def tags(self) -> dict[str, str]:
        """Speaker → what the turns call them."""
        return speakers.tags(self.rows, *TURNS[self.export_format])

    @property
    def with_tool_turns(self) -> bool:
        """Whether a tool is called or answers somewhere in the messages."""
        return any(
            losses.calls_of(m) or m.get("role") in losses.TOOL_ROLES
            for row in self.rows
            for m in row.get("messages", ())
        )


def training_rows(run: Run, rows: Iterable[int], export_format: ExportFormat) -> TrainingRows:
    """The samples with these row numbers, in this order, ready for JSON."""
    made = render(user_rows(run, rows), export_format)
    if run.originals is not None:
        return made
    told = Notice(
        "no-originals",
        "This run was made before rows were kept as they came: training rows are written from "
        "instruction, input and output as the run has them. Make the run again to give back whole "
        "conversations.",
    )
    return TrainingRows(export_format, made.rows, made.lossy, (told, *made.notices))


def render(rows: Iterable[UserRow], export_format: ExportFormat) -> TrainingRows:
    """Rows in a format, all with the same keys: readers take the columns from the first rows."""
    told: list[Notice] = []
    if export_format is ExportFormat.PROMPT_COMPLETION:
        rows = list(rows)
        spoken = sum(not row.is_plain for row in rows)
        pairs = [_turn_pair(row) if spoken else _text_pair(row) for row in rows]
        if spoken:
            told.append(_as_messages(spoken, len(rows)))
    else:
        pairs = [_MAKERS[export_format](row) for row in rows]
    made, lost = [p[0] for p in pairs], [p[1] for p in pairs]
    if export_format in TURNS:
        made, renamed = speakers.fitted(made, *TURNS[export_format])
        told += renamed
    optional = {key: empty for key, empty in _OPTIONAL.items() if any(key in row for row in made)}
    if export_format in (ExportFormat.MESSAGES, ExportFormat.PROMPT_COMPLETION):
        optional = dict.fromkeys(optional)  # what a template is given: null is nothing
    return TrainingRows(
        export_format,
        tuple({**row, **{k: v for k, v in optional.items() if k not in row}} for row in made),
        frozenset(place for place, kinds in enumerate(lost) if kinds),
        (*told, *losses.notices(lost, len(made), export_format)),
    )


# What a row may have beside the rest, and what stands there for a sample without. Text, where
# readers ask for text: axolotl writes out a null as "None".
_OPTIONAL: Mapping[str, Any] = {
    "system": "",
    "history": [],
    "tools": "",
    losses.TEMPLATE_SETTINGS: None,
}

_Made = tuple[dict[str, Any], Collection[Loss]]


def _as_messages(spoken: int, total: int) -> Notice:
    return Notice(
        "prompt-of-messages",
        f"Prompt and completion are lists of messages (TRL's conversational form): {spoken:,} of "
        f"{total:,} rows {'is' if spoken == 1 else 'are'} more than one question and one answer in "
        "plain text. Settings for LLaMA-Factory and axolotl, which do not read this form, are left "
        "out.",
        Severity.INFO,
        spoken,
        total,
    )


def _messages(row: UserRow) -> _Made:
    return {"messages": _turns(row), **_for_template(row)}, ()


def _turns(row: UserRow) -> list[dict[str, Any]]:
    """All messages with role and content: those of the row as they came, where they are so."""
    if row.chat and written_as(row.chat, "role", "content"):
        return [*row.before_chat, *row.chat]
    return list(row.conversation.messages)


def _for_template(row: UserRow) -> dict[str, Any]:
    """What a chat template is given beside the messages."""
    settings = (row.original or {}).get(losses.TEMPLATE_SETTINGS)
    return {
        **({} if row.tools is None else {"tools": row.tools}),
        **({losses.TEMPLATE_SETTINGS: settings} if settings else {}),
    }


def _text_pair(row: UserRow) -> _Made:
    c = row.conversation
    return {"prompt": user_text(c.instruction, c.input), "completion": row.output}, ()


def _turn_pair(row: UserRow) -> _Made:
    turns = _turns(row)
    at = len(turns) - len(row.conversation.messages) + row.conversation.answer
    pair = {"prompt": turns[:at], "completion": turns[at : at + 1]}
    return pair | _for_template(row), losses.of_prompt(row)


def _alpaca(row: UserRow) -> _Made:
    if came := _as_alpaca(row):
        return came | _tools_text(row), ()
    conversation = row.conversation
    system, pairs = _system_and_history(row)
    made = {
        "instruction": conversation.instruction,
        "input": conversation.input,
        "output": row.output,
        **({"system": system} if system else {}),
        **({"history": pairs} if pairs else {}),
        **_tools_text(row),
    }
    return made, losses.of_pairs(row)


def _as_alpaca(row: UserRow) -> dict[str, Any] | None:
    """The fields of a row that came as Alpaca's; None of any other."""
    came = row.original or {}
    if row.chat or not {"instruction", "output"} <= set(came):
        return None
    # A number that was an answer is text in a training row: a column of two types is not read.
    fields = {
        name: None if came.get(name, "") is None else cell_text(came.get(name, ""))
        for name in ("instruction", "input", "output")
    }
    if (fields["instruction"], fields["output"]) != (row.conversation.instruction, row.output):
        return None  # other columns of the row were read
    return fields | {name: came[name] for name in ("system", "history") if name in came}


def _system_and_history(row: UserRow) -> tuple[str, list[list[str]]]:
    """The system prompt, and question and answer of every turn before the last question."""
    before = row.conversation.messages[: row.conversation.answer]
    rest = losses.after_system(before)
    system = "\n\n".join(_text(m) for m in before[: len(before) - len(rest)])
    last = max((i for i, m in enumerate(rest) if m["role"] == "user"), default=0)
    pairs: list[list[str]] = []
    for message in rest[:last]:
        text = _text(message)
        if message["role"] == "user":
            pairs.append([text, ""])
        elif message["role"] == "assistant" and text:
            if not pairs:
                pairs.append(["", ""])
            pairs[-1][1] = f"{pairs[-1][1]}\n\n{text}".lstrip("\n") if pairs[-1][1] else text
    return system, pairs


def _sharegpt(row: UserRow) -> _Made:
    if row.chat and written_as(row.chat, "from", "value"):
        before = losses.after_system(row.before_chat)
        system = "\n\n".join(map(_text, row.before_chat[: len(row.before_chat) - len(before)]))
        made = {
            "conversations": [*map(_turn, before), *row.chat],
            **({"system": system} if system else {}),
            **({} if row.tools is None else {"tools": row.tools}),
        }
        return made, ()
    turns = [_turn(message) for message in row.conversation.messages]
    return {"conversations": turns, **_tools_text(row)}, losses.of_sharegpt(row)


def _turn(message: Message) -> dict[str, str]:
    """One message as ShareGPT has it, with the names that LLaMA-Factory gives to tool turns."""
    calls = losses.calls_of(message)
    if calls:
        made = [_call(call) for call in calls]
        value = json.dumps(made[0] if len(made) == 1 else made, ensure_ascii=False)
        return {"from": "function_call", "value": value}
    role = str(message["role"])
    return {"from": _SPEAKERS.get(role, role), "value": _text(message)}


_SPEAKERS = {
    "user": "human",
    "assistant": "gpt",
    **dict.fromkeys(losses.SYSTEM_ROLES, "system"),
    **dict.fromkeys(losses.TOOL_ROLES, "observation"),
}


def _call(call: Any) -> Any:
    """Name and arguments of a tool call; arguments that are JSON text become what they say."""
    function = call.get("function", call) if isinstance(call, Mapping) else call
    if not isinstance(function, Mapping):
        return function
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        with contextlib.suppress(ValueError, RecursionError):
            arguments = json.loads(arguments)
    return {"name": function.get("name"), "arguments": arguments}


def _tools_text(row: UserRow) -> dict[str, str]:
    """The tools as JSON text, as LLaMA-Factory reads them."""
    tools = row.tools
    if tools is None:
        return {}
    return {"tools": tools if isinstance(tools, str) else json.dumps(tools, ensure_ascii=False)}


def _text(message: Message) -> str:
    return message_text(message.get("content"))


_MAKERS: Mapping[ExportFormat, Callable[[UserRow], _Made]] = {
    ExportFormat.ALPACA: _alpaca,
    ExportFormat.MESSAGES: _messages,
    ExportFormat.SHAREGPT: _sharegpt,
}
