"""A conversation as one sample: out of messages, out of ShareGPT's turns, out of single columns."""

from __future__ import annotations

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
from paser_core.records.messages import WrongMessage, content_text, is_messages, read_message

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
    plain: bool = False  # the three texts are all: of them the conversation can be made at any time


_QUESTIONER = ("user", "human", "question", "prompt", "instruction", "input", "query")
_ANSWERER = ("assistant", "gpt", "bot", "answer", "response", "output", "completion", "model")


def user_text(instruction: str, input: str, between: str = "\n\n") -> str:
    """What is asked: instruction and input as one text."""
    return f"{instruction}{between}{input}" if input.strip() else instruction


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
        messages = [read_message(item, number) for number, item in enumerate(value, start=1)]
        after = next((i for i, m in enumerate(messages) if m["role"] != "system"), 0)
        messages[after:after] = _history(history)
    except WrongMessage as wrong:
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
    except WrongMessage as wrong:
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


def _said(role: str, value: Any) -> dict[str, Any]:
    return {"role": role, "content": text_of(value) if not is_missing(value) else None}


def _history(value: Any) -> list[dict[str, Any]]:
    """Earlier turns: a list of [question, answer], of {user, assistant}, or of messages."""
    value = structure(value)
    if is_blank(value):
        return []
    wrong = WrongMessage("The history is not a list of [question, answer] pairs")
    if not isinstance(value, list | tuple):
        raise wrong
    if is_messages(value):
        return [read_message(item, number) for number, item in enumerate(value, start=1)]
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
