"""The embedding stage: what is read is judged before it is encoded, and looked at afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from paser_core.config import Precision
from paser_core.errors import ModelError
from paser_core.language import ENGLISH, Speech
from paser_core.notices import Notice, Severity
from paser_core.protocols import Encoder, Progress, Reading, ReadingEncoder
from paser_core.stages.embedding import embed, unit_rows
from paser_core.stages.equal_vectors import equal_vectors
from paser_core.stages.legibility import (
    Legibility,
    endings,
    equal_notices,
    judge,
    language_notices,
    mixed_up,
    same_words,
)

Note = Callable[[Sequence[Notice]], None]


@dataclass(frozen=True)
class Embedded:
    """Vectors of ``n`` texts, and why some have none."""

    vectors: NDArray[np.float32]  # (n, d) unit rows; zero where there is a problem
    problems: tuple[str | None, ...]  # (n,)
    reading: Reading | None  # of the n texts


def reading_table(
    problems: Sequence[str | None], reading: Reading | None, rows: NDArray[np.int64], n: int
) -> pa.Table:
    """Tokens, unknown tokens and problem of ``n`` samples.

    Args:
        problems: ``(v,)`` why a text has no vector.
        reading: of these texts; None: they were not read here.
        rows: ``(v,)`` the samples that they are of.
        n: samples.
    """
    columns: dict[str, list[int | None]] = {"tokens": [None] * n, "unknown": [None] * n}
    told: list[str | None] = [None] * n
    for place, row in enumerate(rows.tolist()):
        told[row] = problems[place]
        if reading is not None:
            columns["tokens"][row] = int(reading.tokens[place])
            columns["unknown"][row] = int(reading.unknown[place])
    return pa.table(
        {name: pa.array(column, pa.int32()) for name, column in columns.items()}
        | {"problem": pa.array(told, pa.string())}
    )


def encode(
    texts: Sequence[str],
    encoder: Encoder,
    asked: object,
    note: Note,
    on_progress: Progress,
    speech: Speech | None = None,
) -> Embedded:
    """Vectors of ``n`` texts.

    Args:
        texts: what is embedded.
        encoder: makes the vectors.
        asked: the same encoder, or what it wraps: asked how well it reads, where it can say so.
        note: told what a reader has to know, before the work and after it.
        on_progress: told as the work goes on.
        speech: the languages of the texts; found out here where it is not given.

    Raises:
        ModelError: the encoder cannot tell the texts apart, or misbehaves.
    """
    distinct = list(dict.fromkeys(texts))
    reading = asked.reading(distinct) if isinstance(asked, ReadingEncoder) else None
    legible = Legibility((None,) * len(distinct), (), ())
    if reading is not None:
        legible = judge(distinct, reading, encoder.name)
        note(legible.notices)
        languages = (speech or Speech.of(texts)).languages
        # Of each distinct text one, as everywhere here.
        others = Counter(codes[0] for codes in dict(zip(texts, languages, strict=True)).values())
        others.pop(ENGLISH, None)
        if not any(n.code in ("encoder-unknown", "encoder-spells") for n in legible.notices):
            note(language_notices(others, len(distinct), encoder.name))
    problems = list(legible.problems)
    readable = [row for row, problem in enumerate(problems) if problem is None]
    part = embed([distinct[row] for row in readable], encoder, on_progress)
    vectors = np.zeros((len(distinct), part.shape[1]), np.float32)
    vectors[readable] = part
    _add_endings(vectors, distinct, legible, encoder)
    said = [distinct[row] for row in readable]
    groups = equal_vectors(vectors[readable], said)
    mixed = 0
    for rows in groups:
        if same_words([said[i] for i in rows]):
            continue
        for row in (readable[i] for i in rows):
            problems[row] = mixed_up(encoder.name, len(rows))
            vectors[row] = 0
            mixed += 1
    note(equal_notices(mixed, sum(map(len, groups)) - mixed, len(distinct), encoder.name))
    left = sum(problem is None for problem in problems)
    if mixed and left < min(3, len(distinct)):
        raise ModelError(
            f"The encoder {encoder.name} gives {mixed:,} of {len(distinct):,} different texts the "
            "vector of another, so there is nothing to cluster; choose another embedding.model."
        )
    place = {text: i for i, text in enumerate(distinct)}
    rows = [place[text] for text in texts]
    return Embedded(
        vectors[rows],
        tuple(problems[row] for row in rows),
        None if reading is None else reading.take(rows),
    )


def precision_notices(asked: Precision, used: Precision) -> list[Notice]:
    """What was chosen where nobody has said what to compute in; nothing where it is the usual."""
    if asked is not Precision.AUTO or used is Precision.FLOAT32:
        return []
    return [
        Notice(
            "encoder-precision",
            f"The texts are encoded in {used}, which this processor multiplies faster; the vectors differ a "
            "little from those of other machines (cosine 0.9999). Set embedding.dtype to float32 where they "
            "shall not.",
            Severity.INFO,
        )
    ]


def _add_endings(
    vectors: NDArray[np.float32], texts: Sequence[str], legible: Legibility, encoder: Encoder
) -> None:
    """Texts that begin alike for a whole window: half of their vector is that of the ending."""
    tails = {row: tail for rows in legible.alike for row, tail in endings(texts, rows).items()}
    if not tails:
        return
    both = vectors[list(tails)] + embed(list(tails.values()), encoder)
    vectors[list(tails)] = unit_rows(both)
