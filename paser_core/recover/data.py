"""What is trained on: rows read as runs read them, written as tokens, and what of them is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.config import Template, Turns
from paser_core.models.check import longest_read, shared_vocabulary
from paser_core.models.transformers_tokenizer import TransformersTokenizer
from paser_core.notices import Notice, Severity
from paser_core.problems import reasons
from paser_core.protocols import Progress, no_progress
from paser_core.records import Records, read_records
from paser_core.recover.settings import RecoverConfig
from paser_core.stages.divergence.tokens import Tokenized, tokenize
from paser_core.text import either, plural

_TOLD = 3  # reasons; recovery.json counts all


@dataclass(frozen=True)
class Source:
    """Where the rows come from, and what is known of how they were chosen."""

    path: str | None = None
    rows: Any = None  # the rows themselves, instead
    chosen: Mapping[str, Any] = field(default_factory=dict)  # the selection, for recovery.json
    template: Template | None = None  # that of the run it was selected on
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Material:
    """The rows as the models will read them."""

    records: Records
    tokenized: Tokenized
    template: Template
    most: int  # tokens of a sample that are read
    notices: tuple[Notice, ...]

    @property
    def rows(self) -> NDArray[np.int64]:
        """``(n,)`` row numbers that can be trained on."""
        return np.flatnonzero(self.tokenized.lengths > 0)

    @property
    def counts(self) -> dict[str, int]:
        """Rows read, trained on, left out, and cut."""
        n, used = len(self.records.frame), len(self.rows)
        cut = int(np.count_nonzero(self.tokenized.truncated))
        return {"rows": n, "used": used, "left_out": n - used, "cut": cut}


def read_material(
    source: Source,
    config: RecoverConfig,
    tokenizer: Any,
    model_configs: Mapping[str, Any],
    on_progress: Progress = no_progress,
) -> Material:
    """Read the rows and write them as tokens.

    Args:
        source: where they are.
        config: template, length, turns, and how rows are read.
        tokenizer: of transformers, serving all models.
        model_configs: the configs of the models by role; the smallest limits count.
        on_progress: told as samples are written as tokens.

    Raises:
        DataError: the data cannot be read.
        ModelError: the template refuses (nearly) all of them, or the tokenizer has no chat template.
    """
    template = template_of(source, config, tokenizer)
    notices = list(source.notices)
    if config.template is None and source.template is None:
        text = (
            "No template was named, and the data comes from no run that has one: prompts are written "
            f"with {template}, because the tokenizer has {'a' if tokenizer.chat_template else 'no'} chat "
            "template. Set template if the models were trained otherwise."
        )
        notices.append(Notice("template", text, Severity.INFO))
    records = read_records(replace(config.data, path=source.path), rows=source.rows)
    most, words, told = longest_read(config.max_length, model_configs, "max_length")
    limit = words or f"max_length = {most}"
    tokenized = tokenize(
        records.conversations,
        TransformersTokenizer(tokenizer, template, config.date, at=""),
        most,
        every_turn=config.turns is Turns.ALL,
        vocab_size=shared_vocabulary(model_configs.values()),
        limit=limit,
        setting="template",
        on_progress=on_progress,
    )
    notices += [*records.notices, *told, *tokenized.notices(), *_lost(records, tokenized, limit)]
    return Material(records, tokenized, template, most, tuple(notices))


def template_of(source: Source, config: RecoverConfig, tokenizer: Any) -> Template:
    """What writes the prompts: what was asked for, that of the run, else what the tokenizer is made for."""
    usual = Template.CHAT if tokenizer.chat_template else Template.ALPACA
    return config.template or source.template or usual


def _lost(records: Records, tokenized: Tokenized, limit: str) -> list[Notice]:
    """What is not trained on: rows, and the ends of responses."""
    n = len(records.frame)
    notices = []
    problems = [
        ours or theirs
        for ours, theirs in zip(records.frame["problem"], tokenized.problems, strict=True)
    ]
    out = sum(problem is not None for problem in problems)
    if out:
        why = " ".join(reason.counted() for reason in reasons(problems)[:_TOLD])
        text = f"{out:,} of {plural(n, 'row')} {either(out, 'is', 'are')} not trained on. {why}"
        notices.append(Notice("rows-left-out", text, count=out, total=n))
    cut = int(np.count_nonzero(tokenized.truncated))
    if cut:
        text = (
            f"{cut:,} of {plural(n, 'row')} {either(cut, 'is', 'are')} longer than {limit}; the end of "
            f"{either(cut, 'its', 'their')} response is not learned. "
            f"The longest has {int(tokenized.full_lengths.max()):,} tokens; raise max_length to read "
            "more."
        )
        notices.append(Notice("responses-cut", text, count=cut, total=n))
    return notices
