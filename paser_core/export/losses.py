"""What a training format cannot carry, told and counted for every export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from typing import Any

from paser_core.export.userrow import UserRow
from paser_core.notices import Notice


class Loss(Enum):
    """A part of a conversation that a format has no place for: its name, and how it is called."""

    TOOL_CALLS = "tool-calls", "tool calls"
    TOOL_RESULTS = "tool-results", "answers of tools"
    TOOL_IDS = "tool-ids", "ids of tool calls"
    TEXT_BESIDE_CALL = "text-beside-call", "text beside a tool call"
    REASONING = "reasoning", "reasoning in a field of its own"
    NAMES = "names", "names of speakers"
    WEIGHTS = "weights", "weights of messages"
    PARTS = "parts", "content that is not text"
    FIELDS = "fields", "further fields of messages"
    SYSTEM = "system", "system messages within the conversation"
    ORDER = "order", "turns that are not question and answer in turn"
    AFTER = "after", "turns after the last answer"
    TEMPLATE = "template", "settings for the chat template"

    @property
    def code(self) -> str:
        """For programs."""
        return f"not-carried-{self.value[0]}"


CALLS = ("tool_calls", "function_call")
TOOL_ROLES = ("tool", "function", "observation", "ipython")
SYSTEM_ROLES = ("system", "developer")
TEMPLATE_SETTINGS = "chat_template_kwargs"  # a column that TRL hands to the template
_REASONING = ("reasoning_content", "reasoning", "thinking")
_WEIGHTS = ("weight", "weights", "train", "training", "loss", "mask")
_OWN = ("role", "content", "from", "value")


def of_pairs(row: UserRow) -> set[Loss]:
    """What alpaca cannot carry: it has a question, an answer, earlier pairs and one system prompt."""
    messages, answer = row.conversation.messages, row.conversation.answer
    losses = _of_fields(messages[: answer + 1]) | _of_row(row)
    if answer + 1 < len(messages):
        losses.add(Loss.AFTER)
    if any(calls_of(m) or m["role"] == "function_call" for m in messages):
        losses.add(Loss.TOOL_CALLS)
    if any(m["role"] in TOOL_ROLES for m in messages):
        losses.add(Loss.TOOL_RESULTS)
    spoken = [m["role"] for m in after_system(messages[: answer + 1])]
    if any(role in SYSTEM_ROLES for role in spoken):
        losses.add(Loss.SYSTEM)
    talk = [role for role in spoken if role in ("user", "assistant")]
    if talk != ["user", "assistant"] * (len(talk) // 2) and not losses & {
        Loss.TOOL_CALLS,
        Loss.TOOL_RESULTS,
    }:
        losses.add(Loss.ORDER)
    return losses


def of_sharegpt(row: UserRow) -> set[Loss]:
    """What ShareGPT's turns of ``from`` and ``value`` cannot carry."""
    messages = row.conversation.messages
    losses = _of_fields(messages) | _of_row(row)
    if any(m.get("tool_call_id") is not None for m in messages) or any(
        isinstance(call, Mapping) and call.get("id") is not None
        for m in messages
        for call in calls_of(m)
    ):
        losses.add(Loss.TOOL_IDS)
    if any(calls_of(m) and m.get("content") for m in messages):
        losses.add(Loss.TEXT_BESIDE_CALL)
    return losses


def of_prompt(row: UserRow) -> set[Loss]:
    """What prompt and completion cannot carry: the completion is the end."""
    after = row.conversation.answer + 1 < len(row.conversation.messages)
    return {Loss.AFTER} if after else set()


def notices(
    found: Iterable[Collection[Loss]], total: int, export_format: str
) -> tuple[Notice, ...]:
    """One sentence for every kind of loss, with the number of rows."""
    counted = Counter(loss for losses in found for loss in losses)
    return tuple(
        Notice(
            loss.code,
            f"{counted[loss]:,} of {total:,} rows {'has' if counted[loss] == 1 else 'have'} "
            f"{loss.value[1]}, which {export_format} cannot carry.",
            count=counted[loss],
            total=total,
        )
        for loss in Loss
        if counted[loss]
    )


def after_system(messages: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The messages without the system prompt at the start."""
    rest = list(messages)
    while rest and rest[0]["role"] in SYSTEM_ROLES:
        rest = rest[1:]
    return rest


def _of_row(row: UserRow) -> set[Loss]:
    return {Loss.TEMPLATE} if (row.original or {}).get(TEMPLATE_SETTINGS) else set()


def _of_fields(messages: Iterable[Mapping[str, Any]]) -> set[Loss]:
    """Of the fields beside speaker and text."""
    losses = set()
    for message in messages:
        content = message.get("content")
        if isinstance(content, list) and not all(_is_text(part) for part in content):
            losses.add(Loss.PARTS)
        for name, value in message.items():
            if value is None or name in (*_OWN, *CALLS, "tool_call_id"):
                continue
            if name in _REASONING:
                losses.add(Loss.REASONING)
            elif name == "name":
                losses.add(Loss.NAMES)
            elif name in _WEIGHTS:
                losses.add(Loss.WEIGHTS)
            else:
                losses.add(Loss.FIELDS)
    return losses


def calls_of(message: Mapping[str, Any]) -> list[Any]:
    """The tool calls of a message, in either of the two fields."""
    calls = message.get("tool_calls")
    if isinstance(calls, list) and calls:
        return calls
    single = message.get("function_call")
    return [single] if single else []


def _is_text(part: Any) -> bool:
    return isinstance(part, str) or (
        isinstance(part, Mapping) and isinstance(part.get("text"), str)
    )
