"""Calibration text: rows of the pool, written by the template that the pair of a run is read with."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from paser_core.compress.settings import CalibrationConfig
from paser_core.config import DataConfig
from paser_core.errors import ConfigError, DataError, SampleError
from paser_core.models.loading import positions_of
from paser_core.models.transformers_tokenizer import TransformersTokenizer
from paser_core.notices import Notice, Severity
from paser_core.records import Records, read_records
from paser_core.text import either, plural

_FEWEST = 2  # tokens of a row: less says nothing of what comes next


@dataclass(frozen=True)
class Calibration:
    """What a method reads, and what is to be recorded of it."""

    texts: Sequence[torch.Tensor]  # of each row the ids, ``(1, tokens)``, never padded
    record: dict[str, Any]
    notices: tuple[Notice, ...]

    @property
    def tokens(self) -> int:
        """All of them."""
        return sum(ids.numel() for ids in self.texts)


def read_calibration(
    config: CalibrationConfig, data: DataConfig, tokenizer: Any, model_config: Any, rows: Any = None
) -> Calibration:
    """Draw rows and turn them into ids.

    Args:
        config: how many rows, which, and how they are written.
        data: how the file is read; its path is that of ``config``.
        tokenizer: of transformers.
        model_config: of the model; a row is cut to what it can read.
        rows: the data themselves, where they are in memory.

    Raises:
        ConfigError: there is no text.
        DataError: the data cannot be read, or no row of them can be used.
    """
    if config.path is None and rows is None:
        raise ConfigError(
            "calibration.path is missing: this method reads text to see what matters. Name the pool, "
            "with --calibration FILE.",
            field="calibration.path",
        )
    records = read_records(replace(data, path=config.path), rows=rows)
    longest = min(config.max_length, positions_of(model_config) or config.max_length)
    texts, problems, cut = _drawn(records, config, tokenizer, longest)
    if not texts:
        raise DataError(
            f"no row can be used as calibration text ({problems.most_common(1)[0][0]}); give rows with "
            "prompt and response.",
            path=records.source,
        )
    digest = hashlib.sha256()
    for ids in texts:
        digest.update(np.asarray(ids, np.int64).tobytes() + b"|")
    made = Calibration(texts, {}, (*_notices(len(texts), config.rows, problems, cut),))
    record = {
        "source": records.source,
        "sha256": records.sha256,
        "rows": len(texts),
        "tokens": made.tokens,
        "ids_sha256": digest.hexdigest(),
        "cut": cut,
        "seed": config.seed,
        "max_length": longest,
        "template": str(config.template),
        "date": config.date,
    }
    return replace(made, record=record)


def check_length(calibration: Calibration, needed: int, method: str) -> None:
    """See that there is enough text.

    Args:
        calibration: what there is.
        needed: the inputs of the widest layer. With fewer tokens the inputs of that layer span less
            than its weights, so what is removed there would be chosen, or made good for, by chance.
        method: who needs it.

    Raises:
        ConfigError: it is too short; the message has the number that is needed.
    """
    if calibration.tokens < needed:
        raise ConfigError(
            f"The calibration text has {plural(calibration.tokens, 'token')} in "
            f"{plural(len(calibration.texts), 'row')}; {method} needs at least {needed:,}, as many as the "
            "widest layer has inputs. Give more rows (--calibration, --rows), or longer ones.",
            field="calibration.rows",
        )


def _drawn(
    records: Records, config: CalibrationConfig, tokenizer: Any, longest: int
) -> tuple[list[torch.Tensor], Counter[str], int]:
    """The ids of the rows drawn, why others were passed over, and how many lost their end."""
    writer = TransformersTokenizer(tokenizer, config.template, config.date, at="calibration.")
    problems: Counter[str] = Counter(p for p in records.frame["problem"] if p is not None)
    order = np.random.default_rng(config.seed).permutation(np.flatnonzero(records.valid))
    texts: list[torch.Tensor] = []
    cut = 0
    for row in order.tolist():
        conversation = records.conversations[row]
        if len(texts) == config.rows or conversation is None:
            break
        try:
            ids = list(writer.encode(conversation).ids)
        except SampleError as error:
            problems[str(error)] += 1
            continue
        if len(ids) < _FEWEST:
            problems["has no text to speak of"] += 1
            continue
        cut += len(ids) > longest
        texts.append(torch.tensor([ids[:longest]], dtype=torch.long))
    return texts, problems, cut


def _notices(read: int, asked: int, problems: Counter[str], cut: int) -> list[Notice]:
    notices = []
    if read < asked:
        unusable = problems.total()
        because = f" ({unusable:,} of its rows cannot be used)" if unusable else ""
        notices.append(
            Notice(
                "calibration-rows",
                f"{read:,} of the {plural(asked, 'calibration row')} asked for "
                f"{either(read, 'was', 'were')} there{because}; {either(read, 'it was', 'all were')} read.",
                Severity.WARNING,
                read,
                asked,
            )
        )
    if cut:
        notices.append(
            Notice(
                "calibration-cut",
                f"{cut:,} of {plural(read, 'calibration row')} {either(cut, 'is', 'are')} longer than "
                f"what is read of {either(cut, 'it', 'them')} and lost {either(cut, 'its', 'their')} end.",
                Severity.INFO,
                cut,
                read,
            )
        )
    return notices
