"""What can be said of two models and the data together before a run starts: facts, in sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.drafts.side_process import said
from paser_core.config import DataConfig, DivergenceConfig, ModelsConfig
from paser_core.errors import PaserError
from paser_core.notices import Notice
from paser_core.records import read_records
from paser_core.stages.divergence.prepared import histogram

LOOKED_AT = 2000  # samples, spread over the data: seconds; the run itself looks at all


@dataclass(frozen=True)
class ModelCheck:
    """Both models with these data, as the run will find them."""

    samples: int  # that were looked at, …
    of: int  # … of so many that can be used
    notices: tuple[Notice, ...]
    edges: NDArray[np.float64]  # (b + 1,) tokens
    counts: NDArray[np.int64]  # (b,) samples by the length of their prompt
    max_length: int  # tokens of a sample that are read
    lost: int  # samples looked at whose prompt leaves no room for a response
    cut: int  # samples looked at whose response loses its end
    error: str | None = None  # the models cannot be used; nothing else is known then


def check_pair(models: ModelsConfig, divergence: DivergenceConfig, data: DataConfig) -> ModelCheck:
    """Look at both models, and at samples spread over the data as the models will read them."""
    from paser_core.models.check import check_models

    try:
        usable = [c for c in read_records(data).conversations if c is not None]
        places = np.unique(np.linspace(0, max(len(usable) - 1, 0), LOOKED_AT).astype(int))
        chosen = [usable[i] for i in places[: len(usable)]]
        found = check_models(models, divergence, chosen)
    except PaserError as error:
        none = np.empty(0)
        return ModelCheck(0, 0, (), none, none.astype(np.int64), 0, 0, 0, said(error))
    tokens = found.tokenized
    edges, counts = histogram(tokens.prompt_lengths, found.max_length)
    return ModelCheck(
        samples=len(chosen),
        of=len(usable),
        notices=found.notices,
        edges=edges,
        counts=counts,
        max_length=found.max_length,
        lost=int((tokens.prompt_lengths >= found.max_length).sum()),
        cut=int(tokens.truncated.sum()),
    )
