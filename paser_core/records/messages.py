"""One message of a conversation: who says it, and what, as data sets write it and as templates take it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from paser_core.records.cells import is_blank, is_missing, structure, text_of

# What the roles of messages are called by the data sets people train on, and by chat templates.
# Templates know developer, ipython, function and observation, so these are left as they are.
_ROLES = {
    **dict.fromkeys(("system", "sys"), "system"),
    **dict.fromkeys(("user", "human", "prompter", "question", "instruction"), "user"),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "bot", "model", "ai", "answer"), "assistant"),
    **dict.fromkeys(("chatbot", "output", "response", "llm", "agent"), "assistant"),
    **dict.fromkeys(("tool", "tools", "tool_response", "tool_result", "function_response"), "tool"),
    **dict.fromkeys(("function-response", "tool-response", "tool_output"), "tool"),
    **{r: r for r in ("developer", "function", "ipython", "observation", "environment")},
    **{r: r for r in ("document", "documents", "context", "tool_declare")},
}
_CALLS = {"function_call", "tool_call", "function-call", "tool-call"}  # a role for calls, ShareGPT
_SHAREGPT_ROLES = {"observation": "tool", "function": "tool", "context": "system"}
_RESULTS = {"tool", "function", "ipython", "observation", "environment", "document", "documents"}
_ROLE_KEYS, _CONTENT_KEYS = ("role", "from"), ("content", "value", "text")


class WrongMessage(Exception):  # noqa: N818 - a problem of a row, on its way to the row
    """What is wrong with a message, in words."""


def speaker_of(name: str, key: str) -> str:
    """Who a name under ``role`` or ``from`` stands for: user, assistant, system, tool, function_call.

    A name that is none of these, or not known, stands for itself.
    """
    kind = name.strip().casefold()
    if kind in _CALLS:
        return "function_call"
    role = _ROLES.get(kind, name)
    return _SHAREGPT_ROLES.get(role, role) if key == "from" else role


def is_messages(value: Any) -> bool:
    """Whether a value is a list of messages: objects with a role."""
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(m, Mapping) and any(k in m for k in _ROLE_KEYS) for m in value)
    )


def read_message(item: Any, number: int) -> dict[str, Any]:
    """A message as templates take it, whatever its keys are called.

    Args:
        item: the message as it came.
        number: of the message, from 1, for a sentence about it.

    Raises:
        WrongMessage: it is none, its role is not known, or it says nothing.
    """
    if not isinstance(item, Mapping):
        raise WrongMessage(f"Message {number} is not an object with role and content")
    role_key = next((k for k in _ROLE_KEYS if item.get(k) is not None), None)
    said = item[role_key] if role_key is not None else None
    kind = said.strip().casefold() if isinstance(said, str) else None
    content_key = next((k for k in _CONTENT_KEYS if k in item), None)
    content = item[content_key] if content_key is not None else None
    rest = {str(k): v for k, v in item.items() if k not in (role_key, content_key)}
    if kind in _CALLS:
        return _call(content) | rest
    role = _ROLES.get(kind) if kind is not None else None
    if role is None:
        shown = json.dumps(said, default=str)[:80] if said is not None else "no role"
        raise WrongMessage(f"Message {number} has {shown} for a role, which is not known")
    if role_key == "from":
        role = _SHAREGPT_ROLES.get(role, role)
    if isinstance(content, int | float) and not is_missing(content):
        content = text_of(content)
    if content_text(content) is None and not _may_be_empty(role, content, rest):
        what = "no text" if is_blank(content) else "content that is not text"
        raise WrongMessage(f"Message {number} has {what}")
    # In the order of the user's own keys: what comes out again is what came in.
    names = {role_key: "role", content_key: "content"}
    message = {names.get(k, str(k)): v for k, v in item.items()}
    content = None if is_missing(content) else content
    return {**message, "role": role, "content": content}


def _may_be_empty(role: str, content: Any, rest: Mapping[str, Any]) -> bool:
    """Whether a message needs no text: calls of tools, thoughts, and what tools give back."""
    if role == "assistant" and is_blank(content):
        return any(not is_blank(value) for value in rest.values())
    return role in _RESULTS


def _call(content: Any) -> dict[str, Any]:
    """ShareGPT's turn of calls as a message that templates know; left as text where it is none."""
    value = structure(content)
    calls = value if isinstance(value, list) else [value]
    if not calls or not all(isinstance(c, Mapping) and "name" in c for c in calls):
        return {"role": "assistant", "content": text_of(content) or ""}
    listed = [{"type": "function", "function": dict(call)} for call in calls]
    return {"role": "assistant", "content": "", "tool_calls": listed}


def content_text(value: Any) -> str | None:
    """Text of a message: a string, or a list of text parts as chat interfaces write it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        parts = [part.get("text") if isinstance(part, Mapping) else part for part in value]
        if all(isinstance(part, str) for part in parts):
            return "\n".join(str(part) for part in parts)
    return None


def message_text(content: Any) -> str:
    """What a message says.

    Of content in parts, the parts that are text; what a tool gave back as an object is text as JSON.
    """
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list | tuple) and all(
        isinstance(part, str) or (isinstance(part, Mapping) and ("type" in part or "text" in part))
        for part in content
    ):
        parts = (part.get("text") if isinstance(part, Mapping) else part for part in content)
        return "\n".join(part for part in parts if isinstance(part, str))
    return json.dumps(content, ensure_ascii=False, default=str)
