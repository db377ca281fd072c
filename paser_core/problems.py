"""Why rows are lost, grouped: the same sentence about many rows is one reason with a count.

The problem of a row names its line and its own numbers. Here the lines are taken away, numbers that
differ become a span, and each reason gets its cure, so that 253 prompts that are too long are one
line and not the first of 256.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MANY = 0.05  # share of the samples above which a loss is a warning

_PLACE = re.compile(r"(?:, )?\b(?:line|row) [\d,]+(?=\))")
_EMPTY = re.compile(r"\s*\((?:, )?\)")
_SLOT = re.compile(r"\d[\d,]*(?:\.\d+)?|'[^']{0,200}'|“[^”]{0,200}”")
_LONGEST = 300  # characters of a sentence

_FILL = (
    "Fill these texts in, or leave the rows out; where they stand in another column, name it with "
    "data.fields."
)
_CURES: tuple[tuple[str, str], ...] = (
    # A sentence about one sample stands alone in the ledger, and says itself what to do.
    (r"choose another \S*template\b|[Ss]et \S*template to", ""),
    (
        r"[Ee]ncoder ",
        "Nothing is wrong with these texts: set embedding.model to an encoder that reads them, or "
        "embedding.precomputed to vectors of your own.",
    ),
    (
        r"model can read|models can read",
        "Shorten these prompts (system messages, earlier turns), or compare models that read more.",
    ),
    (
        r"leaves no room|longer than|max_length|has \S+ tokens",
        "Raise divergence.max_length, as far as both models can read, or shorten these prompts.",
    ),
    (
        r"not finite",
        "Set models.dtype to float32, or look for broken weights in the checkpoint.",
    ),
    (
        r"outside the .* tokens",
        "Give two models with one vocabulary, or take the special tokens out of the texts.",
    ),
    (
        r"no tokens",
        "Fill these texts in, or choose a template that puts something around them.",
    ),
    (
        r"not valid text",
        "Take the broken characters out of the data (NUL, half of a surrogate pair).",
    ),
    (r"characters; .* is the limit", "Shorten or split these texts."),
    (r"not text\b", "Turn the column into text, or name the right one with data.fields."),
    (
        r"\bid\b.* is taken",
        "Give each sample an id of its own, or name another column as data.fields.id.",
    ),
    (r"is empty|is missing", _FILL),
    (
        r"[Mm]essage|[Cc]onversation",
        "Put the messages in the form role and content, ending with an answer of the assistant.",
    ),
    (r"no text|no answer", _FILL),
)
_ANY_CURE = "Look at these rows in the ledger, mend them in the data and make the run again."


@dataclass(frozen=True)
class Reason:
    """One reason for many rows."""

    sentence: str  # with a full stop; numbers that differ as a span
    count: int  # rows
    cure: str  # one sentence; empty where the first one says it already

    def told(self, total: int | None = None) -> str:
        """``253 samples: The prompt has … Raise …``, for a line of text."""
        return f"{self.counted(total)} {self.cure}".rstrip()

    def counted(self, total: int | None = None) -> str:
        """``253 samples: The prompt has …``, without the cure."""
        of = "" if total is None else f" of {total:,}"
        noun = "sample" if self.count == 1 and total is None else "samples"
        return f"{self.count:,}{of} {noun}: {self.sentence}"


def reasons(problems: Iterable[str | None]) -> tuple[Reason, ...]:
    """The reasons behind the problems of rows, the most frequent first; rows without one do not count.

    Args:
        problems: one text or ``None`` for each row.
    """
    # What stands between the slots → the values of the slots, row by row.
    found: dict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for problem in problems:
        if isinstance(problem, str) and problem:
            text = _EMPTY.sub("", _PLACE.sub("", problem)).strip()
            found[tuple(_SLOT.split(text))].append(_SLOT.findall(text))
    made = [
        Reason(sentence, len(slots), cure_of(sentence))
        for parts, slots in found.items()
        for sentence in (_filled(parts, slots),)
    ]
    return tuple(sorted(made, key=lambda reason: -reason.count))  # stable: the first seen first


def foremost(found: Sequence[Reason], most: int) -> tuple[Reason, ...]:
    """The first reasons, ``most`` of them; all where a single one would be left for "other reasons"."""
    return tuple(found if len(found) <= most + 1 else found[:most])


def told_by_cure(found: Sequence[Reason]) -> list[str]:
    """Lines of text for reasons; those with one cure share a line, so that it is said once."""
    by_cure: dict[str, list[Reason]] = defaultdict(list)
    for reason in found:
        by_cure[reason.cure].append(reason)
    return [
        " ".join(filter(None, [*(r.counted() for r in same), cure]))
        for cure, same in by_cure.items()
    ]


# What a check before the work foretells, and what then stands beside each row that it was right about.
_FORETOLD = {"prompts-too-long": "leaves no room"}


def said_already(code: str, told: Sequence[Reason]) -> bool:
    """Whether reasons that are told say what the notice of this code says too."""
    part = _FORETOLD.get(code)
    return part is not None and any(part in reason.sentence for reason in told)


def cure_of(sentence: str) -> str:
    """What to do about a problem, in one sentence; nothing where the problem says it itself."""
    return next((cure for pattern, cure in _CURES if re.search(pattern, sentence)), _ANY_CURE)


def _filled(parts: tuple[str, ...], slots: list[list[str]]) -> str:
    text = parts[0]
    for values, part in zip(zip(*slots, strict=True), parts[1:], strict=True):
        text += _span(values) + part
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return text if text.endswith((".", "…", "!", "?")) else f"{text}."


def _span(values: tuple[str, ...]) -> str:
    if len(set(values)) == 1:
        return values[0]
    numbers = [_number(value) for value in values]
    known = [number for number in numbers if number is not None]
    if len(known) == len(numbers):
        low, high = min(known), max(known)
        return f"{low:,} to {high:,}"
    return "…"


def _number(text: str) -> float | int | None:
    plain = text.replace(",", "")
    if plain.isdigit() and len(plain) < 20:
        return int(plain)
    try:
        return float(plain)
    except ValueError:
        return None


def nothing_measured(total: int, found: Sequence[Reason]) -> str:
    """Two sentences for a run whose models could be compared on no sample.

    Args:
        total: samples that were read.
        found: why they were not measured.
    """
    if not found:
        return f"0 of {total:,} samples could be measured. {_ANY_CURE}"
    first = found[0]
    because = first.sentence[:1].lower() + first.sentence[1:]
    others = "" if first.count == total else f" (so for {first.count:,} of them)"
    return (
        f"0 of {total:,} samples could be measured, because {because.rstrip('.')}{others}. "
        f"{first.cure}"
    ).rstrip()
