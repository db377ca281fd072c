"""Fields that several methods share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from paser_core.compress.method import TWO_FOUR, UNSTRUCTURED
from paser_core.config import (
    Device,
    DType,
    ModelsConfig,
    Section,
    Template,
    coerced,
    setting,
    shared,
)
from paser_core.errors import ConfigError, shortened

_RANGE = "a share above 0 and below 1, such as 0.5"
_LOWEST, _HIGHEST = 0.001, 0.999


def read_sparsity(value: Any, path: str) -> float | str:
    """``0.5``, ``"50 %"`` or ``"2:4"``.

    Raises:
        ConfigError: it is none of them.
    """
    given = value
    if isinstance(value, str):
        text = value.strip()
        if text == TWO_FOUR:
            return TWO_FOUR
        with_percent = text.endswith("%")
        try:
            value = float(text.removesuffix("%")) / (100 if with_percent else 1)
        except ValueError:
            value = text
    try:
        share = float(coerced(float, value, path))
    except ConfigError:
        share = -1.0
    if not _LOWEST <= share <= _HIGHEST:
        raise ConfigError(
            f"{path} is {shortened(given)}; it must be {_RANGE}, or '{TWO_FOUR}' in quotes: two of "
            "four neighbors.",
            field=path,
        )
    return share


def read_share(value: Any, path: str) -> float:
    """``0.5`` or ``"50 %"``.

    Raises:
        ConfigError: it is neither.
    """
    try:
        share = read_sparsity(value, path)
    except ConfigError:
        share = TWO_FOUR
    if isinstance(share, str):
        raise ConfigError(f"{path} is {shortened(value)}; it must be {_RANGE}.", field=path)
    return share


def pattern_of(sparsity: float | str) -> str:
    """The pattern of zeros that a sparsity asks for."""
    return TWO_FOUR if sparsity == TWO_FOUR else UNSTRUCTURED


def damping(why: str) -> float:
    """Of the methods that correct what is left by the inverse of a Hessian."""
    return setting(
        0.01,
        why,
        label="Damping",
        help="Added to the Hessian, as a share of its mean diagonal; raise it when it fails.",
        low=1e-6,
        high=1.0,
    )


def columns(done: str) -> int:
    """How many columns these methods work on before they correct the others.

    Args:
        done: what is done with the columns, as in "rounded".
    """
    return setting(
        128,
        f"the paper's; columns that are {done} together",
        label="Columns at once",
        help=f"Columns that are {done} together before the others are corrected.",
        low=4,
        high=4096,
    )


@dataclass(frozen=True)
class CalibrationConfig(Section, at="calibration"):
    """Which text a method reads to see what matters."""

    path: str | None = setting(
        None,
        "there is no good default: it should be the pool that is selected from",
        label="Calibration",
        help="Rows with prompt and response, as the pool of a run; a file, folder or data set.",
    )
    rows: int = setting(
        128,
        "what Wanda, SparseGPT and GPTQ use in their papers; more costs time and changes little",
        label="Rows",
        help="How many rows are read, drawn at random with the seed.",
        low=1,
        high=100_000,
    )
    max_length: int = setting(
        512,
        "as a run reads samples; a longer row loses its end, and is counted",
        label="Longest row",
        help="Prompt and response in tokens; a longer row loses its end.",
        low=8,
    )
    seed: int = setting(
        0, "which rows are drawn", label="Seed", help="Which rows are drawn.", low=0, high=2**32 - 1
    )
    template: Template = setting(
        ModelsConfig().template,
        "as the pair of a run is read",
        label="Prompt template",
        help="How a row becomes text: alpaca, chat for the tokenizer's own template, or none.",
    )
    date: str = shared.date(
        "what chat templates that write today's date read",
        "Some chat templates write today's date. They read this one.",
    )


@dataclass(frozen=True)
class LoadingConfig(Section, at="loading"):
    """How the original is held while it is compressed."""

    device: Device = shared.device()
    dtype: DType = shared.dtype(
        "the checkpoint's own, so that sizes before and after can be compared",
        "Of the weights that are written. auto: the checkpoint's own.",
    )
