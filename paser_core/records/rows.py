"""Rows to conversations: the texts of every sample, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.config import FieldMap
from paser_core.notices import Notice, Severity
from paser_core.records import conversations
from paser_core.records.cells import (
    is_blank,
    is_missing,
    is_unusable,
    says_nothing,
    storable,
    structure,
    text_of,
)
from paser_core.records.conversations import LONGEST_TEXT, Conversation, Parsed
from paser_core.records.layout import Columns, way_of_rows
from paser_core.records.messages import content_text, is_messages
from paser_core.records.shapes import Layout, shortened
from paser_core.records.source import Source
from paser_core.text import plural

TEXTS = ("instruction", "input", "output")
_MAY_SPELL = ("", "[", " ")  # how an empty text or a list may start, or with what is not printed
_KEPT = 1000  # characters kept of a text that is too long, to show which it is


@dataclass(frozen=True)
class Samples:
    """Every row as a sample."""

    texts: dict[str, list[str]]  # instruction, input, output: n each, storable in any case
    problems: list[str | None]  # n
    conversations: dict[int, Conversation]  # by row, those that say more than their three texts
    plain: NDArray[np.bool_]  # n; rows without a problem that say no more
    notices: tuple[Notice, ...]


def read_rows(source: Source, layout: Layout, columns: Columns) -> Samples:
    """The samples of a source."""
    texts: dict[str, list[str]] = {name: [] for name in TEXTS}
    problems: list[str | None] = []
    whole: dict[int, Conversation] = {}
    plain = np.zeros(source.n, bool)
    counts: Counter[str] = Counter()
    readers = [_Reader(way, columns, source.n) for way in layout.ways]
    for row, way in enumerate(way_of_rows(layout, columns, source.n).tolist()):
        parsed = readers[way].read(row, counts)
        problem = source.problems.get(row) or parsed.problem
        for name in TEXTS:
            text = getattr(parsed, name)
            if len(text) > LONGEST_TEXT or is_unusable(text):
                text, trouble = _storable(name, text)
                problem = problem or trouble
            texts[name].append(text)
        if problem is None and says_nothing(texts["output"][-1]):
            problem = "The output is empty"
        if problem is not None:
            problem = _located(problem, source, row, readers[way].way)
        problems.append(problem)
        if problem is None:
            plain[row] = parsed.plain
            if parsed.conversation is not None:
                whole[row] = parsed.conversation
    return Samples(texts, problems, whole, plain, tuple(_notices(counts, source.n)))


class _Reader:
    """One way to read a row."""

    def __init__(self, way: FieldMap, columns: Columns, n: int) -> None:
        self.way = way
        roles = ("messages", *TEXTS, "system", "history", "tools")
        self._cells = {role: columns.optional(getattr(way, role)) for role in roles}
        self._three = [self._cells[role] for role in TEXTS]
        self._plain = not any((way.messages, way.system, way.history, way.tools))

    def read(self, row: int, counts: Counter[str]) -> Parsed:
        if self._plain:  # the most common row by far
            question, more, answer = (cells[row] for cells in self._three)
            if (
                type(question) is type(answer) is str
                and (more is None or type(more) is str)
                and question[:1] not in _MAY_SPELL
                and answer[:1] not in _MAY_SPELL
                and question[:1].isprintable()
                and answer[:1].isprintable()
            ):
                return Parsed(None, question, more or "", answer, plain=True)
        cells = {role: values[row] for role, values in self._cells.items()}
        system, history, tools = cells["system"], cells["history"], cells["tools"]
        if not is_blank(tools) and conversations.tools_of(tools) is None:
            counts["tools"] += not is_blank(structure(tools))
        if self.way.messages:
            counts["spelled"] += isinstance(cells["messages"], str)
            parsed = conversations.of_messages(
                cells["messages"], system=system, history=history, tools=tools
            )
            counts["system"] += _speaks_for_itself(parsed, system)
            _count_turns(parsed, counts)
            return parsed
        prompt, answer = (_turns(cells[role]) for role in ("instruction", "output"))
        if prompt is not None or answer is not None:
            parsed = conversations.of_turns(
                prompt or cells["instruction"],
                answer or cells["output"],
                system=system,
                history=history,
                tools=tools,
            )
            counts["system"] += _speaks_for_itself(parsed, system)
            _count_turns(parsed, counts)
            return parsed
        texts = {}
        problem = None
        for role in TEXTS:
            texts[role], trouble = _text(role, cells[role], counts)
            problem = problem or trouble
        parsed = conversations.of_texts(**texts, system=system, history=history, tools=tools)
        if problem is None:
            return parsed
        return Parsed(
            parsed.conversation, texts["instruction"], texts["input"], texts["output"], problem
        )


def _speaks_for_itself(parsed: Parsed, system: Any) -> bool:
    """Whether the messages have a system prompt of their own, and it is not that of the column."""
    if parsed.conversation is None or is_blank(system):
        return False
    first = parsed.conversation.messages[0]
    text = text_of(system)
    if first["role"] != "system" or text is None or not text.strip():
        return False
    return content_text(first["content"]) != text


def _count_turns(parsed: Parsed, counts: Counter[str]) -> None:
    """What a reader of the messages would take otherwise than it is read."""
    if parsed.conversation is None:
        return
    messages, answer = parsed.conversation.messages, parsed.conversation.answer
    counts["unanswered"] += any(m["role"] == "user" for m in messages[answer + 1 :])
    counts["weightless"] += messages[answer].get("weight") == 0


def _turns(value: Any) -> Any:
    """The messages that a cell holds instead of a text."""
    if isinstance(value, str):
        if value.lstrip()[:1] != "[":
            return None
        value = structure(value)
    return value if is_messages(value) else None


def _text(name: str, value: Any, counts: Counter[str]) -> tuple[str, str | None]:
    """One field as text, and what is wrong with it."""
    required = name != "input"
    if is_missing(value):
        return "", f"The {name} is missing" if required else None
    text = text_of(value)
    if text is None:
        return "", f"The {name} is a {type(value).__name__}, not text"
    counts["numbers"] += not isinstance(value, str)
    return text, f"The {name} is empty" if required and says_nothing(text) else None


def _storable(name: str, text: str) -> tuple[str, str]:
    """A text as a file can hold it, and what had to be changed for that."""
    problem = ""
    if is_unusable(text):
        text = storable(text).replace("\x00", "\ufffd")
        problem = f"The {name} has characters that are not valid text (NUL or half a character)"
    if len(text) > LONGEST_TEXT:
        problem = f"The {name} has {len(text):,} characters; {LONGEST_TEXT:,} is the limit"
        text = text[:_KEPT]
    return text, problem


def _located(problem: str | None, source: Source, row: int, way: FieldMap) -> str | None:
    """A problem as a sentence that says where: the column if it has another name, and the line."""
    if problem is None:
        return None
    role = next((r for r in TEXTS if problem.startswith(f"The {r} ")), None)
    column = way.messages or (getattr(way, role) if role else None)
    places = []
    if column and role and column != role:
        places.append(f"column '{shortened(storable(column))}'")
    if source.lines is not None or source.files is not None:
        places.append(source.where(row))
    return f"{problem} ({', '.join(places)})." if places else f"{problem}."


_TOLD = (  # what is counted and its noun, the code and the sentence of its notice
    (
        "numbers", "value", "data-numbers-as-text", Severity.INFO,
        "{} where a text is expected (numbers, dates, truth values): read as text.",
    ),
    (
        "spelled", "conversation", "data-lists-as-text", Severity.INFO,
        "{} written as text (JSON or Python): read as the lists they spell.",
    ),
    (
        "system", "row", "data-two-systems", Severity.WARNING,
        "{} with a system message beside another text in the column for the system prompt: the "
        "message is used, the column is no part of the prompt. Where the column is the right one, "
        "take the message out of the row.",
    ),
    (
        "unanswered", "conversation", "data-unanswered", Severity.INFO,
        "In {} the last question has no answer: the answer before it is measured, and what follows "
        "that answer is part of no prompt.",
    ),
    (
        "weightless", "conversation", "data-weight-unread", Severity.WARNING,
        "In {} the answer that is measured has the weight 0, which is not looked at. Leave these "
        "rows out where they should not count.",
    ),
    (
        "tools", "row", "data-tools-unread", Severity.WARNING,
        "The tools of {} are not a list of objects and are no part of the prompt. Write them as "
        "JSON: a list of objects with name and parameters.",
    ),
)  # fmt: skip


def _notices(counts: Counter[str], n: int) -> list[Notice]:
    return [
        Notice(code, text.format(plural(counts[what], noun)), severity, counts[what], n)
        for what, noun, code, severity, text in _TOLD
        if counts[what]
    ]
