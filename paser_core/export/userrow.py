"""One selected sample as the user has it: the row as it came, and the conversation read from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from paser_core.records.cells import structure
from paser_core.records.conversations import Conversation, of_messages, of_texts
from paser_core.records.messages import is_messages
from paser_core.runs import Run

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
            read = of_messages(value).conversation
            if read is not None and read.messages == self.conversation.messages[-len(value) :]:
                return tuple(dict(message) for message in value)
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


def user_rows(run: Run, rows: Iterable[int]) -> Iterator[UserRow]:
    """The samples with these row numbers, in this order.

    Where the run did not keep the rows, or could not read a conversation from one, the conversation
    is made of instruction, input and output.
    """
    numbers = list(rows)
    samples = run.each(numbers, "instruction", "input", "output")
    kept: Iterable[tuple[Any, Conversation | None]] = (
        ((None, None) for _ in numbers) if run.originals is None else run.originals.each(numbers)
    )
    for (instruction, text, output), (original, conversation) in zip(samples, kept, strict=True):
        read = conversation or of_texts(instruction, text, output).conversation
        assert read is not None  # a conversation of texts has no problem
        whole = original if isinstance(original, dict) and conversation is not None else None
        yield UserRow(output, read, whole)


def written_as(messages: Sequence[Message], speaker: str, text: str) -> bool:
    """Whether who speaks and what is said stand in every message under these keys."""
    others = {"role", "from", "content", "value", "text"} - {speaker, text}
    return all(speaker in m and not others & set(m) for m in messages)


def _lists_of_messages(original: Mapping[str, Any]) -> Iterable[list[dict[str, Any]]]:
    for value in map(structure, original.values()):
        if is_messages(value):
            yield value
    pair = [structure(original.get(name)) for name in ("prompt", "completion")]
    if all(map(is_messages, pair)):  # TRL's conversational pairs
        yield [*pair[0], *pair[1]]
