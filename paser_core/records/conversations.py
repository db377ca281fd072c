"""A conversation as one sample."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Conversation:
    """One sample as chat templates take it: every sample has one, whatever its columns were.

    A row of instruction, input and output becomes: system (where there is one), the earlier turns
    of its history, one user message, one assistant message.
    """

    # Each with "role" (system, user, assistant, tool, …), "content" (text, parts, or None) and every
    # further key of the user's own message (name, tool_calls, reasoning_content, weight, …).
    messages: tuple[dict[str, Any], ...]
    answer: int  # index of the message that is the response: the last of the assistant with text
    instruction: str  # the last question before it, …
    input: str = ""  # … and its second part, for templates that have a place for it
    tools: tuple[dict[str, Any], ...] | None = None  # as the templates take them


@dataclass(frozen=True)
class Turns:
    """A conversation as one sample, or what is wrong with it."""

    instruction: str = ""
    input: str = ""
    output: str = ""
    problem: str | None = None


_ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
}


def conversation(value: Any) -> Turns:
    """One sample out of messages: the last assistant turn is the response, all before it the prompt.

    A conversation of one question reads as it is; a longer one is written out with its roles, so
    that the models see what was said before. What a system message says comes first. Turns after
    the last answer have no answer, and are no part of the sample.
    """
    if isinstance(value, str):  # as it comes out of a CSV cell
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        return Turns(problem="The conversation is not a list of messages")
    turns: list[tuple[str, str]] = []
    for number, message in enumerate(value, start=1):
        if not isinstance(message, Mapping):
            return Turns(problem=f"Message {number} is not an object with role and content")
        role = message.get("role", message.get("from"))
        content = _content(message.get("content", message.get("value")))
        if not isinstance(role, str) or role.casefold() not in _ROLES:
            shown = json.dumps(role, default=str)[:80] if role is not None else "no role"
            return Turns(problem=f"Message {number} has {shown} for a role, which is not known")
        if content is None:
            return Turns(problem=f"Message {number} has no text")
        turns.append((_ROLES[role.casefold()], content))
    last = max((i for i, (role, _) in enumerate(turns) if role == "assistant"), default=-1)
    if last < 0:
        return Turns(problem="The conversation has no answer of the assistant")
    before, answer = turns[:last], turns[last][1]
    if not any(role == "user" for role, _ in before):
        return Turns(problem="The conversation has no message of the user before the last answer")
    system = "\n".join(text for role, text in before if role == "system")
    spoken = [(role, text) for role, text in before if role != "system"]
    if len(spoken) == 1:
        prompt = spoken[0][1]
    else:
        prompt = "\n\n".join(f"{role.capitalize()}: {text}" for role, text in spoken)
    return Turns(f"{system}\n\n{prompt}" if system else prompt, "", answer)


def _content(value: Any) -> str | None:
    """Text of a message: a string, or a list of text parts as chat interfaces write it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        parts = [part.get("text") if isinstance(part, Mapping) else None for part in value]
        if all(isinstance(part, str) for part in parts):
            return "\n".join(str(part) for part in parts)
    return None
