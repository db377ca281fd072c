"""A conversation as one sample: out of messages, out of ShareGPT's turns, out of single columns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paser_core.records.cells import (
    is_blank,
    is_missing,
    is_unusable,
    says_nothing,
    structure,
    text_of,
    texts_inside,
)

LONGEST_TEXT = 1_000_000  # characters of one field; longer is not an instruction sample


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
class Parsed:
    """What a row holds, or what is wrong with it."""

    conversation: Conversation | None = None
    instruction: str = ""
    input: str = ""
    output: str = ""
    problem: str | None = None


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
_QUESTIONER = ("user", "human", "question", "prompt", "instruction", "input", "query")
_ANSWERER = ("assistant", "gpt", "bot", "answer", "response", "output", "completion", "model")


class _Wrong(Exception):  # noqa: N818 - a problem of a row, on its way to the row
    """What is wrong with a conversation, in words."""


def speaker_of(name: str, key: str) -> str:
    """Who a name under ``role`` or ``from`` stands for: user, assistant, system, tool, function_call.

    A name that is none of these, or not known, stands for itself.
    """
    kind = name.strip().casefold()
    if kind in _CALLS:
        return "function_call"
    role = _ROLES.get(kind, name)
    return _SHAREGPT_ROLES.get(role, role) if key == "from" else role


def user_text(instruction: str, input: str, between: str = "\n\n") -> str:
    """What is asked: instruction and input as one text."""
    return f"{instruction}{between}{input}" if input.strip() else instruction


def is_messages(value: Any) -> bool:
    """Whether a value is a list of messages: objects with a role."""
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(m, Mapping) and any(k in m for k in _ROLE_KEYS) for m in value)
    )


def of_messages(
    value: Any, *, system: Any = None, history: Any = None, tools: Any = None
) -> Parsed:
    """One sample out of a list of messages, or a text that spells one.

    The last message of the assistant with text is the response; what comes after it has no answer.

    Args:
        value: the messages, or their text.
        system: a system prompt; counts where the messages have none.
        history: earlier turns, [question, answer] each.
        tools: what the model may call.
    """
    value = structure(value)
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        spelled = isinstance(value, str) and value.lstrip()[:1] in ("[", "{")
        more = ": its text starts like one, and is neither JSON nor Python" if spelled else ""
        return Parsed(problem=f"The conversation is not a list of messages{more}")
    try:
        messages = [_message(item, number) for number, item in enumerate(value, start=1)]
        after = next((i for i, m in enumerate(messages) if m["role"] != "system"), 0)
        messages[after:after] = _history(history)
    except _Wrong as wrong:
        return Parsed(problem=str(wrong))
    text = text_of(system) if not is_missing(system) else None
    if text is not None and text.strip() and messages[0]["role"] != "system":
        messages.insert(0, {"role": "system", "content": text})
    return _sample(messages, tools)


def of_turns(
    prompt: Any, completion: Any, *, system: Any = None, history: Any = None, tools: Any = None
) -> Parsed:
    """One sample out of a prompt and a completion of which one is, or both are, messages.

    Args:
        prompt: messages, or the text of the user.
        completion: messages, or the text of the assistant.
        system: a system prompt; counts where the messages have none.
        history: earlier turns, [question, answer] each.
        tools: what the model may call.
    """
    before = list(prompt) if is_messages(prompt) else [_said("user", prompt)]
    after = list(completion) if is_messages(completion) else [_said("assistant", completion)]
    return of_messages([*before, *after], system=system, history=history, tools=tools)


def of_texts(
    instruction: str,
    input: str,
    output: str,
    *,
    system: Any = None,
    history: Any = None,
    tools: Any = None,
) -> Parsed:
    """One sample out of single texts, with a system prompt and earlier turns where there are any.

    Args:
        instruction: what is asked.
        input: what it is asked about; may be empty.
        output: the response.
        system: a system prompt.
        history: earlier turns, [question, answer] each.
        tools: what the model may call.
    """
    messages: list[dict[str, Any]] = []
    problem = None
    if not is_blank(system):
        text = text_of(system)
        if text is None:
            problem = f"The system prompt is a {type(system).__name__}, not text"
        else:
            messages.append({"role": "system", "content": text})
    try:
        messages += _history(history)
    except _Wrong as wrong:
        problem = str(wrong)
    messages.append({"role": "user", "content": user_text(instruction, input)})
    messages.append({"role": "assistant", "content": output})
    if len(messages) > 2:  # the two others were looked at when they were read
        problem = problem or _unstorable(messages[:-2])
    whole = Conversation(tuple(messages), len(messages) - 1, instruction, input, tools_of(tools))
    return Parsed(whole, instruction, input, output, problem)


def tools_of(value: Any) -> tuple[dict[str, Any], ...] | None:
    """Tools as templates take them; None where there are none, or the value lists none."""
    if is_missing(value):
        return None
    value = structure(value)
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list | tuple) or not value:
        return None
    value = [structure(tool) for tool in value]
    if not all(isinstance(tool, Mapping) for tool in value):
        return None
    return tuple(dict(tool) for tool in value)


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


def _said(role: str, value: Any) -> dict[str, Any]:
    return {"role": role, "content": text_of(value) if not is_missing(value) else None}


def _message(item: Any, number: int) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        raise _Wrong(f"Message {number} is not an object with role and content")
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
        raise _Wrong(f"Message {number} has {shown} for a role, which is not known")
    if role_key == "from":
        role = _SHAREGPT_ROLES.get(role, role)
    if isinstance(content, int | float) and not is_missing(content):
        content = text_of(content)
    if content_text(content) is None and not _may_be_empty(role, content, rest):
        what = "no text" if is_blank(content) else "content that is not text"
        raise _Wrong(f"Message {number} has {what}")
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


def _history(value: Any) -> list[dict[str, Any]]:
    """Earlier turns: a list of [question, answer], of {user, assistant}, or of messages."""
    value = structure(value)
    if is_blank(value):
        return []
    wrong = _Wrong("The history is not a list of [question, answer] pairs")
    if not isinstance(value, list | tuple):
        raise wrong
    if is_messages(value):
        return [_message(item, number) for number, item in enumerate(value, start=1)]
    messages: list[dict[str, Any]] = []
    for turn in value:
        if isinstance(turn, Mapping):
            names = {str(k).casefold(): v for k, v in turn.items()}
            turn = [next((names[k] for k in keys if k in names), None) for keys in _SIDES]
        if not isinstance(turn, list | tuple) or len(turn) != 2:
            raise wrong
        for role, said in zip(("user", "assistant"), turn, strict=True):
            if is_blank(said):
                continue
            text = text_of(said)
            if text is None:
                raise wrong
            messages.append({"role": role, "content": text})
    return messages


_SIDES = (_QUESTIONER, _ANSWERER)


def _sample(messages: list[dict[str, Any]], tools: Any) -> Parsed:
    texts = [content_text(m["content"]) for m in messages]
    answers = [
        i for i, m in enumerate(messages) if m["role"] == "assistant" and texts[i] is not None
    ]
    answer = max(
        (i for i in answers if not says_nothing(texts[i] or "")), default=max(answers, default=-1)
    )
    if answer < 0:
        called = any(m["role"] == "assistant" for m in messages)
        only = ": it only calls tools" if called else ""
        return Parsed(problem=f"The conversation has no answer of the assistant{only}")
    asked = max((i for i in range(answer) if messages[i]["role"] == "user"), default=-1)
    output = texts[answer] or ""
    if asked < 0:
        return Parsed(
            output=output,
            problem="The conversation has no message of the user before the last answer",
        )
    question = texts[asked] or ""
    whole = Conversation(tuple(messages), answer, question, "", tools_of(tools))
    return Parsed(whole, question, "", output, _unstorable(messages))


def _unstorable(messages: Sequence[Mapping[str, Any]]) -> str | None:
    """What no file or no model can hold, in any of the messages."""
    for number, message in enumerate(messages, start=1):
        texts = list(texts_inside(message))
        if any(map(is_unusable, texts)):
            return (
                f"Message {number} has characters that are not valid text (NUL or half a character)"
            )
        longest = max(map(len, texts), default=0)
        if longest > LONGEST_TEXT:
            return f"Message {number} has {longest:,} characters; {LONGEST_TEXT:,} is the limit"
    return None
