"""``ppl:FILE``: perplexity of a text, with the length of the context that it was measured at.

The text is read as one sequence of tokens and cut into windows of ``context`` tokens that follow each
other; in each, every token after the first is predicted from those before it. Perplexity is exp of the
mean of −log p over all predicted tokens. The same model has another perplexity at another context: a
number without it says nothing.
"""

from __future__ import annotations

import hashlib
import math
from functools import partial
from pathlib import Path

from paser_core.errors import DataError, EvaluationError
from paser_core.evaluate.figures import bits_per_byte
from paser_core.evaluate.files import read_text
from paser_core.evaluate.likelihood import negative_log_likelihoods
from paser_core.evaluate.parts import Parts
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.subject import Subject
from paser_core.evaluate.task import Desk, Figure, Item, Measured, Prepared, Task
from paser_core.protocols import Progress

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
        partial(_measure, text, argument),
        "windows",
        check=lambda subject: _check_context(config.context, subject),
    )


def _check_context(context: int | None, subject: Subject) -> None:
    if context is not None and subject.positions is not None and context > subject.positions:
        raise EvaluationError(
            f"evaluate.context is {context:,}, but {subject.name} reads {subject.positions:,} tokens at "
            "most. Lower it."
        )


def _measure(text: str, path: str, desk: Desk, report: Progress) -> Measured:
    subject, config = desk.subject, desk.config
    positions = subject.positions
    context = config.context or min(_USUAL, positions or _USUAL)
    # As the tokenizer starts a text (a first <s> where it has one), without an end: the text goes on.
    ids = list(subject.tokenizer(text, verbose=False)["input_ids"])
    if ids[-1:] == [subject.tokenizer.eos_token_id]:
        ids.pop()
    windows = [ids[start : start + context] for start in range(0, len(ids), context)]
    windows = [window for window in windows if len(window) > 1][: config.limit]
    if not windows:
        raise DataError("it is a single token; give a longer text.", path=path)
    found = Parts(desk.store, f"{desk.name}-nats", desk.key)
    report(len(found), len(windows))
    todo = [i for i in range(len(windows)) if i not in found]
    sequences = [windows[i] for i in todo]
    scored = [[False] + [True] * (len(window) - 1) for window in sequences]
    for sums in negative_log_likelihoods(subject, sequences, scored, config.batch_tokens):
        found.add({todo[n]: value for n, value in sums.items()})
        report(len(found), len(windows))
    found.write()
    items = [_item(i, window, found[i], desk) for i, window in enumerate(windows)]
    nats = math.fsum(item.nats or 0.0 for item in items)
    tokens = sum(item.expected_tokens or 0 for item in items)
    size = sum(len((item.expected or "").encode()) for item in items)
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
        notes = (f"Only the first {len(windows):,} windows of the text were read.",)
    return Measured(tuple(items), overall, notes=notes)


def _item(number: int, window: list[int], nats: float, desk: Desk) -> Item:
    predicted: str = desk.subject.tokenizer.decode(
        window[1:], skip_special_tokens=False, clean_up_tokenization_spaces=False
    )
    return Item(
        id=f"window-{number:06d}",
        expected=predicted,
        nats=nats,
        bits_per_byte=bits_per_byte(nats, len(predicted.encode())),
        expected_tokens=len(window) - 1,
    )


TASK = Task("Perplexity of a text", _prepare, argument="FILE")
