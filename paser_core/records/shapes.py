"""Which column holds what: Alpaca, prompt/completion, messages, ShareGPT, or as the user says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum

import yaml

from paser_core.config import FieldMap
from paser_core.errors import DataError, nearest
from paser_core.records import names as words

_LISTED = 30  # columns named in a message
_LONGEST_NAME = 80  # characters of a column's name in a message
_CONTEXT = ("system", "history", "tools")  # parts of a prompt that may have columns of their own


class Shape(StrEnum):
    ALPACA = "alpaca"
    PROMPT_COMPLETION = "prompt-completion"
    MESSAGES = "messages"
    SHAREGPT = "sharegpt"
    MAPPED = "mapped"


@dataclass(frozen=True)
class Layout:
    """Where the parts of a sample are."""

    shape: Shape
    fields: FieldMap
    # Other ways to read a row that has nothing in these columns: merged data sets have both.
    others: tuple[FieldMap, ...] = ()
    guessed: tuple[str, ...] = ()  # the parts that were told from a name alone

    @property
    def ways(self) -> tuple[FieldMap, ...]:
        """Every way to read a row, the first one first."""
        return (self.fields, *self.others)

    @property
    def used(self) -> tuple[str, ...]:
        """The columns that the layout reads."""
        read = [getattr(way, f.name) for way in self.ways for f in fields(way)]
        return tuple(dict.fromkeys(c for c in read if c))


def recognize(columns: Sequence[str], mapped: FieldMap, path: str = "") -> Layout:
    """The layout of a table with these columns; what the user mapped wins.

    Raises:
        DataError: a mapped column does not exist, no known shape fits, or more than one does.
    """
    found = layouts(columns, mapped, path)
    if len(found) == 1:
        return found[0]
    raise DataError(explain(columns, mapped, found), path=path or None)


def layouts(columns: Sequence[str], mapped: FieldMap, path: str = "") -> list[Layout]:
    """Every way to read a table with these columns; the one that the user mapped comes first.

    Raises:
        DataError: a mapped column does not exist, or the mapping contradicts itself.
    """
    mapped = stripped(columns, mapped)
    _check_mapped(columns, mapped, path)
    known = _known_names(columns)
    context = _context(known, mapped)
    # Messages are the whole conversation: earlier turns come before them only where the user says so.
    chat = replace(context, history=mapped.history or None)
    chats = [
        Layout(shape, replace(chat, messages=known[name]))
        for shape, usual in ((Shape.MESSAGES, words.MESSAGES), (Shape.SHAREGPT, words.SHAREGPT))
        for name in usual
        if name in known
    ]
    if mapped.messages is not None:
        way = replace(chat, messages=mapped.messages)
        return [Layout(Shape.MESSAGES, way), *_apart(way, [*_pairs(known, context), *chats])]
    if mapped.instruction is not None and mapped.output is not None:
        way = replace(
            context,
            instruction=mapped.instruction,
            input=mapped.input or None,
            output=mapped.output,
        )
        return [Layout(Shape.MAPPED, way), *_apart(way, chats)]
    found = _pairs(known, context, mapped)
    if mapped.instruction is None and mapped.output is None:
        found += chats
    return found


def stripped(columns: Sequence[str], mapped: FieldMap) -> FieldMap:
    """A mapping whose names have no blanks more, and none less, than the columns that they mean."""
    plain = {c.strip(): c for c in columns}
    said = {f.name: getattr(mapped, f.name) for f in fields(mapped)}
    near = {r: plain[c.strip()] for r, c in said.items() if c and c.strip() in plain}
    return replace(mapped, **{r: c for r, c in near.items() if said[r] not in columns})


def _apart(way: FieldMap, other: Sequence[Layout]) -> list[Layout]:
    """The layouts that share no column with the one that the user mapped."""
    mine = {c for c in (way.instruction, way.input, way.output, way.messages) if c}
    return [
        x
        for x in other
        if not mine & {x.fields.instruction, x.fields.input, x.fields.output, x.fields.messages}
    ]


def _check_mapped(columns: Sequence[str], mapped: FieldMap, path: str) -> None:
    for role in (f.name for f in fields(mapped)):
        column = getattr(mapped, role)
        if column and column not in columns:
            raise DataError(
                f"data.fields.{role} names the column '{shortened(column)}', which does not exist."
                f"{shortened(nearest(column, columns))} Name one of the columns: {listed(columns)}.",
                path=path or None,
                field=role,
            )
    if mapped.messages is not None and (mapped.instruction or mapped.input or mapped.output):
        raise DataError(
            "data.fields maps messages and single fields as well; a sample is read from one or the "
            "other. Remove one of them.",
            path=path or None,
            field="messages",
        )


def _known_names(columns: Sequence[str]) -> dict[str, str]:
    """Plain name -> column; a name that is written so itself comes before another."""
    known: dict[str, str] = {}
    for column in columns:
        known.setdefault(words.plain(column), column)
    return known | {c: c for c in columns if c == words.plain(c)}


def _context(known: dict[str, str], mapped: FieldMap) -> FieldMap:
    """The id, and what belongs to the prompt beside the question. ``""`` means no column."""
    usual = {"system": words.SYSTEMS, "history": words.HISTORIES, "tools": words.TOOLS}
    own = {mapped.instruction, mapped.input, mapped.output, mapped.messages, mapped.id}
    parts: dict[str, str | None] = {}
    for role in _CONTEXT:
        said = getattr(mapped, role)
        guess = _first(usual[role], known)
        parts[role] = (said or None) if said is not None else guess if guess not in own else None
    identifier = mapped.id if mapped.id is not None else _first(words.IDS, known)
    return FieldMap(id=identifier or None, **parts)


def _pairs(
    known: dict[str, str], context: FieldMap, mapped: FieldMap | None = None
) -> list[Layout]:
    """Every way to read a question and an answer out of these columns."""
    mapped = mapped or FieldMap()
    guessed: list[str] = []
    if {"instruction", "input", "output"} <= set(known) and not (
        mapped.instruction or mapped.output
    ):
        # All three names of Alpaca: whatever else is there is the user's own.
        questions, answers = [known["instruction"]], [known["output"]]
    else:
        questions = [known[q] for q in words.QUESTIONS if q in known]
        answers = [known[a] for a in words.ANSWERS if a in known]
        taken = {*questions, *answers, *(getattr(context, role) for role in (*_CONTEXT, "id"))}
        free = [c for c in known.values() if c not in taken]
        if not answers and mapped.output is None:
            answers = words.answers(free)
            guessed += ["output"] if answers else []
        if not questions:
            questions = words.questions([c for c in free if c not in answers])
            guessed += ["instruction"] if questions and mapped.instruction is None else []
        if not questions:
            questions = [known[q] for q in words.BARE_QUESTIONS if q in known]
    if mapped.instruction is not None:
        questions = [mapped.instruction]
    if mapped.output is not None:
        answers = [mapped.output]
    found = []
    for question in questions:
        for answer in answers:
            left = {n: c for n, c in known.items() if c not in (question, answer)}
            second = _first(words.INPUTS, left) if mapped.input is None else mapped.input or None
            shape = (
                Shape.ALPACA
                if (question, answer) == ("instruction", "output")
                else Shape.PROMPT_COMPLETION
            )
            way = replace(context, instruction=question, input=second, output=answer)
            if question != answer:
                found.append(Layout(shape, way, guessed=tuple(guessed)))
    return found


def _first(wanted: Sequence[str], known: dict[str, str]) -> str | None:
    return next((known[name] for name in wanted if name in known), None)


def explain(
    columns: Sequence[str],
    mapped: FieldMap,
    found: Sequence[Layout],
    texts: Sequence[str] = (),
) -> str:
    """What to do where nothing fits, or more than one way does.

    Args:
        columns: all of them.
        mapped: what the user said of them.
        found: the ways that fit; none or several.
        texts: the columns that hold text.
    """
    how = "Say which column is which with data.fields, e.g. "
    if found:
        ways = " or ".join(written(layout.fields) for layout in found[:4])
        return (
            f"the columns can be read in {len(found)} ways. {how}{ways}. Columns: "
            f"{listed(columns)}."
        )
    question = mapped.instruction or _guess(words.QUESTIONS, texts or columns)
    answer = mapped.output or _guess(words.ANSWERS, [c for c in texts or columns if c != question])
    rest = [c for c in texts if c not in (question, answer)]
    question = question or (rest.pop(0) if rest and answer != rest[0] else None)
    answer = answer or (rest.pop(0) if rest else None)
    start = (
        "the columns fit no known shape (Alpaca: instruction, input, output; prompt, completion; "
        "messages; ShareGPT: conversations). "
    )
    if texts and (question is None or answer is None):
        return (
            f"{start}A sample needs a question and an answer, and only {listed(texts)} holds text. "
            f"Columns: {listed(columns)}."
        )
    hint = written(FieldMap(instruction=question or "COLUMN", output=answer or "COLUMN"))
    return f"{start}{how}{hint}. Columns: {listed(columns)}."


def _guess(wanted: Sequence[str], columns: Collection[str]) -> str | None:
    """The column whose name is nearest to one of the usual ones."""
    plain = {words.plain(c): c for c in columns}
    for name in wanted:
        near = nearest(name, plain)
        if near:
            return plain[near.split("'")[1]]
    return None


def written(way: FieldMap) -> str:
    """A mapping as it can be pasted into a config."""
    roles = ("messages",) if way.messages else ("instruction", "output")
    tree = {role: getattr(way, role) for role in roles}
    text: str = yaml.safe_dump(
        tree, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6
    )
    return text.strip()


def listed(columns: Sequence[str]) -> str:
    """Names of columns for a message, not more of them than a person reads."""
    shown = ", ".join(shortened(c) for c in columns[:_LISTED]) or "none"
    return shown if len(columns) <= _LISTED else f"{shown}, and {len(columns) - _LISTED} more"


def shortened(name: str) -> str:
    """A name as a message can hold it."""
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
