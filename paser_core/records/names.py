"""What columns are called by the people who make data sets, and how to tell it from a name."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

# Names as they are used by the data sets people train on; exact but for case, blanks and marks.
QUESTIONS = ("instruction", "prompt", "question", "query")
BARE_QUESTIONS = ("input", "inputs")  # the question, where there is no other column for it
ANSWERS = ("output", "completion", "response", "answer", "target", "targets")
INPUTS = ("input", "context")
MESSAGES = ("messages",)
SHAREGPT = ("conversations", "conversation")
IDS = ("id", "uid", "uuid", "guid", "row_id", "sample_id", "example_id", "record_id", "item_id")
SYSTEMS = (
    "system", "system_prompt", "system_message", "system_instruction", "system_instructions",
    "system_text", "system_content", "sys", "sys_prompt", "sysprompt",
)  # fmt: skip
HISTORIES = (
    "history", "chat_history", "conversation_history", "dialogue_history", "dialog_history",
    "message_history", "previous_turns", "past_turns", "previous_messages", "past_messages",
)  # fmt: skip
TOOLS = (
    "tools", "functions", "tool_definitions", "function_definitions", "available_tools",
    "available_functions", "tool_list",
)  # fmt: skip


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ASKS = _set(
    "instruction instructions prompt prompts question questions query queries task problem request "
    "user human"
)
_REPLIES = _set(
    "output outputs completion completions response responses answer answers reply solution target "
    "gold reference assistant gpt"
)
# A column with one of these in its name says something about a text and is not the text.
_ABOUT = _set(
    "id ids idx index len length tokens token count num number n type types category categories lang "
    "language score scores rating rank date time timestamp hash url link source sources topic topics "
    "rejected wrong incorrect start end name names author system license split level difficulty tag "
    "tags label labels key keys is has embedding vector vectors domain subject title format"
)
_BEST = _set("gold reference expected correct ideal chosen target final human")
_LESSER = _set("model generated predicted prediction ai gpt assistant llm raw old")
_LONGEST_NAME = 4  # words


def plain(name: str) -> str:
    """A name as it is compared: ``Prompt Text``, ``promptText`` and ``prompt_text`` are one."""
    return "_".join(words(name))


def words(name: str) -> list[str]:
    """The words of a name, in lower case."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name[:200])
    return [w for w in re.split(r"[\W_]+", apart.casefold()) if w]


def questions(columns: Collection[str]) -> list[str]:
    """The columns that a person would take for the question; none or several where it is not plain."""
    return _best([c for c in columns if _tells(c, _ASKS, _REPLIES)])


def answers(columns: Collection[str]) -> list[str]:
    """The columns that a person would take for the answer; none or several where it is not plain."""
    return _best([c for c in columns if _tells(c, _REPLIES, _ASKS)])


def is_usual(name: str) -> bool:
    """Whether a column of this name means something to us."""
    known = (QUESTIONS, BARE_QUESTIONS, ANSWERS, INPUTS, MESSAGES, SHAREGPT, IDS)
    more = (SYSTEMS, HISTORIES, TOOLS)
    said = plain(name)
    return any(said in usual for usual in (*known, *more)) or bool(
        questions([name]) or answers([name])
    )


def names_an_id(column: str) -> bool:
    """Whether a name ends in what means an id."""
    return words(column)[-1:] in (["id"], ["uuid"], ["uid"])


def _tells(column: str, wanted: Collection[str], other: Collection[str]) -> bool:
    parts = words(column)
    if not 0 < len(parts) <= _LONGEST_NAME or set(parts) & _ABOUT:
        return False
    # "Prompt Response" is a response: what comes last is what it is.
    known = [p for p in parts if p in wanted or p in other]
    return bool(known) and known[-1] in wanted


def _best(columns: Sequence[str]) -> list[str]:
    ranks = [_rank(c) for c in columns]  # none where there are no columns
    return [c for c, rank in zip(columns, ranks, strict=True) if rank == min(ranks)]


def _rank(column: str) -> int:
    parts = set(words(column))
    return 0 if parts & _BEST else 2 if parts & _LESSER else 1
