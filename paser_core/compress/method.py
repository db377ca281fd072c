"""What a method of compression is: settings, a check before the work, and the work.

To add one is a file in :mod:`paser_core.compress.methods` and a line in :mod:`paser_core.registry`;
a package of its own names it as an entry point of ``paser.compressions``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from paser_core.config import Section
from paser_core.notices import Notice
from paser_core.protocols import Progress, no_progress

UNSTRUCTURED, TWO_FOUR = "unstructured", "2:4"  # patterns of zeros that a recovery can keep


@dataclass(frozen=True)
class Work:
    """What a method works with."""

    model: Any  # causal language model of transformers, in evaluation mode; the method's to change
    settings: Any  # of the method's own class
    texts: Sequence[torch.Tensor] = ()  # calibration: ids of one sample each, ``(1, tokens)``
    tokenizer: Any = None
    report: Progress = no_progress


@dataclass(frozen=True)
class Outcome:
    """What a method has made."""

    model: Any  # what is written; it computes what the written model must compute
    pattern: str | None = None  # UNSTRUCTURED, TWO_FOUR, or None: no zeros that a recovery keeps
    removed: Mapping[str, Any] = field(default_factory=dict)  # in the method's own words
    # Writes the model into a folder, where save_pretrained does not; the model is of no use after.
    save: Callable[[Any, Path], None] | None = None
    notices: tuple[Notice, ...] = ()


def nothing_to_check(model: Any, settings: Any) -> None:
    """For a method that can do every model with linear layers."""


@dataclass(frozen=True)
class Method:
    """A way to make a model smaller."""

    title: str  # as a reader knows it
    settings: type[Section]  # its fields, with their defaults and reasons
    compress: Callable[[Work], Outcome]
    reads: bool = True  # calibration text
    # Told a model without weights, and the settings: raises ModelError for what it cannot do.
    check: Callable[[Any, Any], None] = nothing_to_check
    packages: tuple[str, ...] = ()  # modules beyond the base install; extra [compress] has them
