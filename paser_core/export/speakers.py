"""How speakers are called in training rows: trainers are told one name for each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from paser_core.notices import Notice, Severity
from paser_core.records.messages import speaker_of

Row = dict[str, Any]
CALL = "function_call"

# What a row that is converted calls them, and what trainers expect.
USUAL: Mapping[str, Mapping[str, str]] = {
    "from": {
        "user": "human",
        "assistant": "gpt",
        "system": "system",
        "tool": "observation",
        CALL: "function_call",
    },
    "role": {"user": "user", "assistant": "assistant", "system": "system", "tool": "tool"},
}


def names_in(rows: Iterable[Mapping[str, Any]], column: str, key: str) -> dict[str, Counter[str]]:
    """Speaker → the names that turns give them, with the number of rows."""
    found: dict[str, Counter[str]] = {}
    for row in rows:
        turns = row.get(column) or ()
        said = {str(turn[key]) for turn in turns if key in turn}
        for name in said:
            found.setdefault(speaker_of(name, key), Counter())[name] += 1
    return found


def fitted(rows: Sequence[Row], column: str, key: str) -> tuple[list[Row], tuple[Notice, ...]]:
    """The rows with one name for each speaker.

    Where all rows agree on a name, it stays. Where they do not, as in merged data sets, each turn of
    that speaker gets the usual name: a trainer would skip the rows with another.
    """
    names = names_in(rows, column, key)
    usual = USUAL[key]
    mixed = {speaker for speaker in names.keys() & usual.keys() if len(names[speaker]) > 1}
    renamed = {name: usual[speaker] for speaker in mixed for name in names[speaker]}
    renamed = {name: new for name, new in renamed.items() if name != new}
    made, touched = [], 0
    for row in rows:
        turns = row.get(column) or []
        if any(turn.get(key) in renamed for turn in turns):
            touched += 1
            turns = [{**t, key: renamed.get(t.get(key), t.get(key))} for t in turns]
            row = {**row, column: turns}
        made.append(row)
    told = []
    if touched:
        pairs = ", ".join(f"{old} → {new}" for old, new in sorted(renamed.items()))
        text = (
            f"The rows call the same speaker by several names, and trainers are told one: in "
            f"{touched:,} of {len(rows):,} rows, {pairs}."
        )
        told.append(Notice("speakers-renamed", text, Severity.INFO, touched, len(rows)))
    odd = sorted({n for speaker in names.keys() - usual.keys() for n in names[speaker]})
    if odd:
        count = sum(any(t.get(key) in odd for t in row.get(column) or ()) for row in made)
        text = (
            f"{count:,} of {len(rows):,} rows have turns of {', '.join(odd)}, for which the settings "
            "for LLaMA-Factory have no tag: it skips such rows. Rename these speakers in the data, "
            "or train with a tool whose chat template knows them."
        )
        told.append(Notice("speakers-without-tag", text, count=count, total=len(rows)))
    return made, tuple(told)


def tags(rows: Iterable[Mapping[str, Any]], column: str, key: str) -> dict[str, str]:
    """Speaker → the name in these rows, or the usual one where they are not heard."""
    names = names_in(rows, column, key)
    usual = USUAL[key]
    return {s: next(iter(names[s])) if s in names else usual[s] for s in usual}
