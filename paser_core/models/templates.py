"""How a conversation becomes the text of a causal language model, without a chat template.

The rule, as LLaMA-Factory and axolotl build their Alpaca prompts:

- what system messages say takes the place of the preamble of the first prompt;
- earlier rounds come first, each as its prompt, its answer and the end of sequence, with an empty
  line before the next; the preamble stands before the first round only;
- what a tool returned stands where the user speaks, and a call of a tool is part of the answer, as
  JSON;
- the last question has its second part under ``### Input:``, where the data has one.

The template ``none`` is the same without preamble and headings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from paser_core.config import Template
from paser_core.records.conversations import Conversation, user_text
from paser_core.records.messages import message_text

# The prompt of Stanford Alpaca, which LLM-Pruner and the paper train on.
_WITH_INPUT = (
    "Below is an instruction that describes a task, paired with an input that provides further "
    "context. Write a response that appropriately completes the request."
)
_WITHOUT_INPUT = (
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request."
)
_SYSTEM = ("system", "developer")


@dataclass(frozen=True)
class Piece:
    """A part of the text that is encoded by itself."""

    text: str
    is_answer: bool


@dataclass(frozen=True)
class _Round:
    asked: str
    input: str
    answer: str


def pieces_of(conversation: Conversation, template: Template) -> tuple[Piece, ...]:
    """Prompt, answer, prompt, answer, …: the text that a trainer would build, in pieces.

    The last piece is the answer that the conversation ends with.
    """
    system, rounds = _rounds(conversation)
    write = _alpaca if template is Template.ALPACA else _plain
    pieces: list[Piece] = []
    for number, turn in enumerate(rounds):
        prompt = write(turn, system, first=number == 0)
        between = "" if number == 0 else "\n\n"
        pieces += [Piece(between + prompt, False), Piece(turn.answer, True)]
    return tuple(pieces)


def _rounds(conversation: Conversation) -> tuple[str | None, list[_Round]]:
    """What system messages say, and the rounds up to the answer."""
    said = list(conversation.messages[: conversation.answer + 1])
    system = "\n".join(message_text(m.get("content")) for m in said if m.get("role") in _SYSTEM)
    rounds: list[_Round] = []
    asked: list[dict[str, Any]] = []
    for message in said:
        if message.get("role") in _SYSTEM:
            continue
        if message.get("role") != "assistant":
            asked.append(message)
            continue
        question, second = "\n\n".join(message_text(m.get("content")) for m in asked), ""
        is_last = message is said[-1]
        if is_last and conversation.input.strip() and len(asked) == 1:
            question, second = conversation.instruction, conversation.input
        rounds.append(_Round(question, second, "\n".join(_answer(message))))
        asked = []
    return system or None, rounds


def _answer(message: Mapping[str, Any]) -> Iterator[str]:
    text = message_text(message.get("content"))
    if text or not message.get("tool_calls"):
        yield text
    if message.get("tool_calls"):
        yield json.dumps(message["tool_calls"], ensure_ascii=False, default=str)


def _alpaca(turn: _Round, system: str | None, *, first: bool) -> str:
    second = turn.input.strip() != ""
    # Texts are joined, never formatted: they may contain braces.
    parts = [f"### Instruction:\n{turn.asked}"]
    if second:
        parts.append(f"### Input:\n{turn.input}")
    parts.append("### Response:\n")
    if first:
        parts.insert(0, system or (_WITH_INPUT if second else _WITHOUT_INPUT))
    return "\n\n".join(parts)


def _plain(turn: _Round, system: str | None, *, first: bool) -> str:
    asked = user_text(turn.asked, turn.input)
    return f"{system}\n\n{asked}\n" if first and system else f"{asked}\n"
