"""One selected sample as the user has it: the row as it came, and the conversation read from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from paser_core.records.conversations import Conversation
from paser_core.run import Run

Message = Mapping[str, Any]


@dataclass(frozen=True)
class UserRow:
    """What training rows are made of."""

    output: str  # the answer as text
    conversation: Conversation
    original: Mapping[str, Any] | None  # None: the run does not have the row

    @cached_property
    def chat(self) -> tuple[dict[str, Any], ...] | None:
        """The messages in the row, as they came; None where the row has none.

        Of several columns of messages it is the one that the conversation was read from.
        """
        for value in _lists_of_messages(self.original or {}):
            read = self.conversation.messages[-len(value) :]
            if [_content(m) for m in value] == [_content(m) for m in read]:
                return tuple(dict(m) for m in value)
        return None

    @property
    def before_chat(self) -> tuple[dict[str, Any], ...]:
        """What columns of their own put before the messages of the row: a system prompt, a history."""
        return self.conversation.messages[: -len(self.chat)] if self.chat else ()

    @property
    def answer(self) -> dict[str, Any]:
        """The message that is the response."""
        return self.conversation.messages[self.conversation.answer]

    @property
    def tools(self) -> Any:
        """The tools as they came: a list, or its JSON text."""
        if self.conversation.tools is None:
            return None
        came = (self.original or {}).get("tools")
        return list(self.conversation.tools) if came is None else came

    @property
    def is_plain(self) -> bool:
        """Whether one question and one answer, both plain text, are all there is to it."""
        messages = self.conversation.messages
        return (
            self.conversation.tools is None
            and [m["role"] for m in messages] == ["user", "assistant"]
            and all(
                isinstance(m["content"], str)
                and all(v is None for k, v in m.items() if k not in ("role", "content"))
                for m in messages
            )
        )


def user_rows(run: Run, rows: Iterable[int]) -> list[UserRow]:
    """The samples with these row numbers, in this order.

    Where the run did not keep the rows, or could not read a conversation from one, the conversation
    is made of instruction, input and output.
    """
    numbers = list(rows)
    samples = run.samples[["instruction", "input", "output"]].iloc[numbers]
    kept: Iterable[tuple[Any, Conversation | None]] = (
        ((None, None) for _ in numbers) if run.originals is None else run.originals.each(numbers)
    )
    found = []
    for (instruction, text, output), (original, conversation) in zip(
        samples.itertuples(index=False), kept, strict=True
    ):
        read = conversation or single_turn(instruction, text, output)
        whole = original if isinstance(original, dict) and conversation is not None else None
        found.append(UserRow(output, read, whole))
    return found


def single_turn(instruction: str, text: str, output: str) -> Conversation:
    """One question and one answer."""
    messages = (
        {"role": "user", "content": question(instruction, text)},
        {"role": "assistant", "content": output},
    )
    return Conversation(messages, 1, instruction, text)


def question(instruction: str, text: str) -> str:
    """The input follows the instruction after an empty line, as chat data has it."""
    return f"{instruction}\n\n{text}" if text.strip() else instruction


def is_messages(value: Any) -> bool:
    """Whether this is a list of messages, in either of the two usual forms."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(m, dict) and ("role" in m or "from" in m) for m in value)
    )


def written_as(messages: Sequence[Message], key: str) -> bool:
    """Whether every message has its speaker under ``key``: ``role``, or ``from`` of ShareGPT."""
    return all(key in m for m in messages)


def _lists_of_messages(original: Mapping[str, Any]) -> Iterable[list[dict[str, Any]]]:
    for value in map(_parsed, original.values()):
        if is_messages(value):
            yield value
    pair = [original.get("prompt"), original.get("completion")]  # TRL's conversational pairs
    if all(map(is_messages, pair)):
        yield [*pair[0], *pair[1]]  # type: ignore[misc]


def _parsed(value: Any) -> Any:
    """Messages may lie in a cell as JSON text."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value


def _content(message: Message) -> Any:
    return message.get("content", message.get("value"))
