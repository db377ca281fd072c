"""A sample as the report shows it: its texts, and the numbers that decide about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paser_core.report.subject import Capability, Subject
from paser_core.runs import Sample
from paser_core.runs.transcript import transcript

_SHORTEST, _LONGEST = 10, 40  # response tokens of the example: a pattern shows, and it is read
_MOST_TOKENS = 80


@dataclass(frozen=True)
class Card:
    """One sample in a box."""

    sample: Sample
    capability: Capability | None
    damage: float | None  # None without models
    rank: int  # in the selection; 0: not in it
    texts: tuple[tuple[str, str], ...]  # label and text of each field that is not empty


@dataclass(frozen=True)
class Example:
    """A response token by token, with the divergence of each."""

    instruction: str
    shown: tuple[tuple[str, float], ...]
    left_out: int  # tokens
    worst: tuple[str, float]


def card(subject: Subject, row: int) -> Card:
    """The sample in row ``row`` of the run."""
    sample, selection = subject.run.sample(row), subject.selection
    lines = (f"{speaker}: {text}" for speaker, text in transcript(subject.run.conversation(row)))
    fields = (
        ("Conversation", "\n".join(lines)),
        ("Instruction", sample.instruction),
        ("Input", sample.input),
        ("Response", sample.output),
    )
    return Card(
        sample,
        subject.by_number.get(sample.cluster),
        None if selection is None else float(selection.ranking.candidates.divergence[row]),
        0 if selection is None else int(selection.rank[row]),
        tuple(field for field in fields if field[1].strip()),
    )


def example(subject: Subject) -> Example | None:
    """The most damaged selected response of a readable length; None where there is none."""
    run, selection = subject.run, subject.selection
    if selection is None:
        return None
    lengths = (
        run.columns("response_tokens")["response_tokens"]
        .fillna(0)
        .to_numpy(np.int64)[selection.rows]
    )
    readable = selection.rows[(lengths >= _SHORTEST) & (lengths <= _LONGEST)]
    if not len(readable):
        return None
    row = int(readable[np.argmax(selection.ranking.candidates.divergence[readable])])
    read = run.token_divergence(row)
    if read is None or not len(read.tokens):
        return None
    tokens = tuple(zip(read.tokens, np.clip(read.bits, 0.0, 1.0).tolist(), strict=True))
    return Example(
        run.sample(row).instruction,
        tokens[:_MOST_TOKENS],
        max(0, len(tokens) - _MOST_TOKENS),
        tokens[int(np.argmax(read.bits))],
    )
