"""A conversation as it is shown: every message but the measured question and answer, and the tools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from paser_core.records.conversations import Conversation
from paser_core.records.messages import content_text

_SHOWN_APART = ("role", "content")


def transcript(conversation: Conversation | None) -> tuple[tuple[str, str], ...]:
    """Who speaks and what is said, for what instruction, input and output do not show.

    Empty for one question and one answer in plain text. Fields beside the text (calls of tools,
    reasoning, names) follow it, as JSON.
    """
    if conversation is None:
        return ()
    messages, answer = conversation.messages, conversation.answer
    asked = max((i for i in range(answer) if messages[i].get("role") == "user"), default=-1)
    lines = [
        (_speaker(message, place == asked, place == answer), _said(message))
        for place, message in enumerate(messages)
    ]
    plain = len(messages) == 2 and not any(_beside(message) for message in messages)
    if conversation.tools is not None:
        lines.insert(0, ("Tools", _json(list(conversation.tools))))
    return () if plain and conversation.tools is None else tuple(lines)


def _speaker(message: Mapping[str, Any], asked: bool, answer: bool) -> str:
    name = str(message.get("role", "")).capitalize()
    if asked:
        return f"{name} (the question)"
    return f"{name} (the response that is measured)" if answer else name


def _said(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    text = content_text(content)
    parts = [text if text is not None else "" if content is None else _json(content)]
    parts += [f"{name}: {_json(value)}" for name, value in _beside(message).items()]
    return "\n".join(part for part in parts if part) or "(no text)"


def _beside(message: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in message.items() if k not in _SHOWN_APART and v is not None}


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
