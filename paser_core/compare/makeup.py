"""What selections are made of: how long their samples are, and where these come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.runs import Run


@dataclass(frozen=True)
class Lengths:
    """How long the samples of a selection are. NaN where no model has counted, or nothing is selected."""

    n: int  # samples
    tokens: float  # prompt and response, of all
    prompt_mean: float  # tokens
    response_mean: float
    response_median: float
    characters_mean: float  # of the response


def lengths(run: Run, rows: NDArray[np.int64]) -> Lengths:
    """Lengths of the ``rows`` of a run, by its tokenizer."""
    taken = run.taken(rows, "prompt_tokens", "response_tokens", "output")
    prompts, responses = (
        taken[name].to_numpy(np.float64, na_value=np.nan)
        for name in ("prompt_tokens", "response_tokens")
    )
    both = prompts + responses
    counted = np.isfinite(both)
    return Lengths(
        len(rows),
        float(both[counted].sum()) if counted.any() else float("nan"),
        _mean(prompts),
        _mean(responses),
        float(np.median(responses[counted])) if counted.any() else float("nan"),
        _mean(np.array([len(text) for text in taken["output"]], np.float64)),
    )


def makeup(run: Run, column: str, selections: Mapping[str, NDArray[np.int64]]) -> pd.DataFrame:
    """How selections are composed by a column of the user's.

    Args:
        run: what they were selected from.
        column: of the user's own.
        selections: row numbers by what each is called.

    Returns:
        A line for every value, the most frequent of the pool first: ``value``, ``all`` (percent of all
        valid samples), and percent of each selection under its name; NaN of an empty one.
    """
    everything = np.flatnonzero(run.valid)
    texts = run.taken(np.arange(run.n), column)[column].map(_text).to_numpy(object)
    values, codes = np.unique(texts.astype(str), return_inverse=True)
    shares = {"all": _shares(codes, everything, len(values))}
    shares |= {name: _shares(codes, rows, len(values)) for name, rows in selections.items()}
    order = np.argsort(-np.nan_to_num(shares["all"]), kind="stable")
    return pd.DataFrame({"value": values, **shares}).iloc[order].reset_index(drop=True)


def _shares(codes: NDArray[np.int64], rows: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    counts = np.bincount(codes[rows], minlength=k).astype(np.float64)
    return 100 * counts / len(rows) if len(rows) else np.full(k, np.nan)


def _text(value: object) -> str:
    missing = value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA
    return "(none)" if missing else str(value)


def _mean(values: Sequence[float] | NDArray[np.float64]) -> float:
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else float("nan")
