"""``ppl:FILE``: perplexity of a text, with the length of the context that it was measured at.

The text is read as one sequence of tokens and cut into windows of ``context`` tokens that follow each
other; in each, every token after the first is predicted from those before it. Perplexity is exp of the
mean of −log p over all predicted tokens. The same model has another perplexity at another context: a
number without it says nothing.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import DataError, EvaluationError
from paser_core.evaluate.figures import bits_per_byte
from paser_core.evaluate.files import read_text
from paser_core.evaluate.likelihood import negative_log_likelihoods
from paser_core.evaluate.parts import Parts
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.subject import Subject
from paser_core.evaluate.task import Desk, Figure, Item, Measured, Prepared, Task
from paser_core.protocols import Progress
from paser_core.text import either

_SOME = 10_000  # characters that are looked at first
_USUAL = 2048  # tokens; what published perplexities of large models are measured at


def _prepare(argument: str, config: EvaluateConfig) -> Prepared:
    text = read_text(Path(argument).expanduser())
    facts = {
        "text": hashlib.sha256(text.encode()).hexdigest(),
        "context": config.context,
        "windows": config.limit,
    }
    return Prepared(
        1,
        facts,
        partial(_measure, text),
        "windows",
        check=lambda subject: _check(text, argument, config.context, subject),
    )


def _check(text: str, path: str, context: int | None, subject: Subject) -> None:
    if context is not None and subject.positions is not None and context > subject.positions:
        raise EvaluationError(
            f"context is {context:,}, but {subject.name} reads {subject.positions:,} tokens at "
            "most. Lower it."
        )
    if (
        len(_read(text[:_SOME], subject)["input_ids"]) < 2
        and len(_read(text, subject)["input_ids"]) < 2
    ):
        raise DataError("it is a single token; give a longer text.", path=path)


def _read(text: str, subject: Subject) -> dict[str, Any]:
    """Ids, as the tokenizer starts a text (a first <s> where it has one), without an end: the text goes
    on; and where they stand in it, where the tokenizer says that."""
    fast = subject.tokenizer.is_fast
    read = dict(subject.tokenizer(text, verbose=False, return_offsets_mapping=fast))
    read["input_ids"] = list(read["input_ids"])
    if read["input_ids"][-1:] == [subject.tokenizer.eos_token_id]:
        read["input_ids"].pop()
    return read


def _measure(text: str, desk: Desk, report: Progress) -> Measured:
    subject, config = desk.subject, desk.config
    positions = subject.positions
    context = config.context or min(_USUAL, positions or _USUAL)
    read = _read(text, subject)
    ids = read["input_ids"]
    sizes = bytes_of_tokens(text, read["offset_mapping"]) if "offset_mapping" in read else None
    starts = [start for start in range(0, len(ids), context) if len(ids) - start > 1][
        : config.limit
    ]
    windows = [ids[start : start + context] for start in starts]
    found = Parts(desk.store, f"{desk.name}-nats", desk.key)
    report(len(found), len(windows))
    todo = [i for i in range(len(windows)) if i not in found]
    sequences = [windows[i] for i in todo]
    scored = [[False] + [True] * (len(window) - 1) for window in sequences]
    for sums in negative_log_likelihoods(subject, sequences, scored, config.batch_tokens):
        found.add({todo[n]: value for n, value in sums.items()})
        report(len(found), len(windows))
    found.write()
    spans = [
        None if sizes is None else float(sizes[start + 1 : start + len(window)].sum())
        for start, window in zip(starts, windows, strict=True)
    ]
    items = [
        _item(i, window, found[i], span, desk)
        for i, (window, span) in enumerate(zip(windows, spans, strict=True))
    ]
    nats = math.fsum(item.nats or 0.0 for item in items)
    tokens = sum(item.expected_tokens or 0 for item in items)
    size = sum(_size(item.expected, span) for item, span in zip(items, spans, strict=True))
    overall = Figure(
        n=len(items),
        bits_per_byte=bits_per_byte(nats, size),
        more={
            "perplexity": math.exp(nats / tokens),
            "context": context,
            "tokens": tokens,
            "not_predicted": sum(map(len, windows)) - tokens,
        },
    )
    notes: tuple[str, ...] = ()
    if config.limit is not None and len(windows) * context < len(ids):
        n = len(windows)
        first = either(n, "window of the text was", f"{n:,} windows of the text were")
        notes = (f"Only the first {first} read.",)
    return Measured(tuple(items), overall, notes=notes)


def _item(number: int, window: list[int], nats: float, span: float | None, desk: Desk) -> Item:
    predicted: str = desk.subject.tokenizer.decode(
        window[1:], skip_special_tokens=False, clean_up_tokenization_spaces=False
    )
    return Item(
        id=f"window-{number:06d}",
        expected=predicted,
        nats=nats,
        bits_per_byte=bits_per_byte(nats, _size(predicted, span)),
        expected_tokens=len(window) - 1,
    )


def _size(predicted: str | None, span: float | None) -> float:
    """Bytes of a window; those of its decoded text where the tokenizer does not say what it read."""
    return len((predicted or "").encode()) if span is None else span


def bytes_of_tokens(text: str, offsets: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """``(t,)`` bytes of the text that each of ``t`` tokens stands for; together those of the text read.

    A character that several tokens share, as tokens of bytes do, is split evenly between them: the text
    of such a token alone has a character in it that was never there. What no token has (spaces that
    a tokenizer drops) belongs to the token after it.

    Args:
        text: what was read.
        offsets: where each token begins and ends in it, in characters; (0, 0) for tokens of no text.
    """
    begins, ends = np.asarray(offsets, np.int64).reshape(-1, 2).T
    before = np.concatenate([[0], np.maximum.accumulate(ends)[:-1]])
    begins = np.where(ends > begins, np.minimum(begins, before), begins)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    sizes = 1.0 + (codes > 0x7F) + (codes > 0x7FF) + (codes > 0xFFFF)
    changes = np.zeros(len(codes) + 1)
    np.add.at(changes, begins, 1.0)
    np.add.at(changes, ends, -1.0)
    shares = sizes / np.maximum(np.cumsum(changes)[:-1], 1.0)
    until = np.concatenate([[0.0], np.cumsum(shares)])
    size: NDArray[np.float64] = until[ends] - until[begins]
    return size


TASK = Task("Perplexity of a text", _prepare, argument="FILE", uses=frozenset({"context"}))
