"""The sections of the config: every field with its default and, beside it, the reason for it.

``docs/config.md`` is written from these comments. A value out of range is an error that names the
range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from paser_core.errors import ConfigError

AUTO = "auto"


class Kernel(StrEnum):
    """How the affinity between samples is built."""

    KNN = "knn"
    DENSE = "dense"


class Criterion(StrEnum):
    """How the number of clusters is chosen when it is ``auto``."""

    AUTO = "auto"
    FROBENIUS = "frobenius"


class Device(StrEnum):
    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


class DType(StrEnum):
    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


class Template(StrEnum):
    """How a sample becomes a prompt."""

    ALPACA = "alpaca"
    CHAT = "chat"
    NONE = "none"


class Residency(StrEnum):
    """Whether both models stay in memory, or take turns."""

    AUTO = "auto"
    BOTH = "both"
    ALTERNATE = "alternate"


class AllocationRule(StrEnum):
    SAINTE_LAGUE = "sainte-lague"
    PAPER = "paper"


class Order(StrEnum):
    INTERLEAVED = "interleaved"
    CLUSTERWISE = "clusterwise"


@dataclass(frozen=True)
class FieldMap:
    """Which column holds what. ``None``: recognised from the shape of the data."""

    instruction: str | None = None  # what is asked
    input: str | None = None  # what it is asked about; many data sets have none
    output: str | None = None  # the response that the models are compared on
    id: str | None = None  # your own name of a sample; rows are numbered where there is none
    messages: str | None = None  # a conversation; instead of instruction, input and output


@dataclass(frozen=True)
class DataConfig:
    path: str | None = None  # file, folder or hub name; the one thing without a sensible default
    name: str | None = None  # which configuration, where a Hugging Face data set has several
    split: str = "train"  # the split that instruction data sets keep their rows in
    fields: FieldMap = field(default_factory=FieldMap)  # common shapes are recognised
    limit: int | None = None  # read only the first rows: for a quick look at a large pool


@dataclass(frozen=True)
class EmbeddingConfig:
    model: str = "all-MiniLM-L6-v2"  # bundled, so it works offline; the usual Sentence-BERT
    precomputed: str | None = None  # a column of vectors, or a .npy file with a row per sample
    batch_size: int = 64  # two cores are busy at 64; larger only costs memory


@dataclass(frozen=True)
class ManifoldConfig:
    kernel: Kernel = Kernel.KNN  # O(n log n); the dense kernel of the paper needs O(n^2) memory
    n_neighbors: int = 60  # 30 tears real capabilities apart; 100 brings nothing and costs more
    n_components: int = 24  # a little more than the clusters one expects
    time: float | str = AUTO  # auto: 2/lambda of the last coordinate kept (dense: 1/lambda_2)


@dataclass(frozen=True)
class ClusteringConfig:
    n_clusters: int | str = AUTO  # nobody knows it beforehand; the curve shows the alternatives
    k_min: int = 5  # fewer than five groups say little about capabilities
    k_max: int = 25  # more cannot be read on one screen
    criterion: Criterion = Criterion.AUTO  # has an optimum inside the range; frobenius never has
    max_iterations: int = 300  # the factorisation settles in well under 200 on real data


@dataclass(frozen=True)
class ModelsConfig:
    original: str | None = None  # None: the run stops after the clusters and is useful by itself
    compressed: str | None = None  # pruned or quantized; comes with the original, or not at all
    device: Device = Device.AUTO  # an accelerator where there is one
    dtype: DType = DType.AUTO  # float32 on CPU, the checkpoint's own on an accelerator
    template: Template = Template.ALPACA  # what LLM-Pruner and the paper train on
    residency: Residency = Residency.AUTO  # both in memory where they fit, else they take turns


@dataclass(frozen=True)
class DivergenceConfig:
    max_length: int = 512  # prompt + response tokens; longer samples lose the end of the response
    nodes: int = 33  # error <= 5e-5 over T in [0.25, 4], even for a response of one token
    batch_tokens: int = 8192  # padded tokens per micro-batch; lower it when memory runs out


@dataclass(frozen=True)
class ConceptsConfig:
    per_sample: int = 8  # more phrases refuse more: the literal rule with all of them accepts 4 %
    max_words: int = 3  # longer phrases hardly ever occur twice
    max_document_frequency: float = 0.003  # boilerplate does most of the refusing; 79 % accepted


@dataclass(frozen=True)
class SelectionConfig:
    budget: float = 0.2  # below 1 a fraction of all samples (the paper's 20 %), else a count
    temperature: float = 1.0  # the models' own distribution
    allocation: AllocationRule = AllocationRule.SAINTE_LAGUE  # exact, capped and monotone
    order: Order = Order.INTERLEAVED  # nested selections: the budget slider is a prefix


@dataclass(frozen=True)
class RunConfig:
    """Everything that determines a run, together with the data and the models."""

    data: DataConfig = field(default_factory=DataConfig)  # what is selected from
    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)  # samples as vectors
    manifold: ManifoldConfig = field(default_factory=ManifoldConfig)  # the diffusion map of them
    clustering: ClusteringConfig = field(default_factory=ClusteringConfig)  # capability groups
    models: ModelsConfig = field(default_factory=ModelsConfig)  # the pair that is compared
    divergence: DivergenceConfig = field(default_factory=DivergenceConfig)  # how it is measured
    concepts: ConceptsConfig = field(default_factory=ConceptsConfig)  # a live knob of the dashboard
    selection: SelectionConfig = field(default_factory=SelectionConfig)  # where the knobs start
    seed: int = 0  # every random choice follows from it

    def __post_init__(self) -> None:
        validate(self)


# Inclusive lower bound, inclusive upper bound (None: open). Read by the page about the config too.
RANGES: Mapping[str, tuple[float, float | None]] = {
    "data.limit": (1, None),
    "embedding.batch_size": (1, None),
    "manifold.n_neighbors": (2, None),
    "manifold.n_components": (2, 512),
    "manifold.time": (0.0, None),
    "clustering.n_clusters": (2, 1000),
    "clustering.k_min": (2, 1000),
    "clustering.k_max": (2, 1000),
    "clustering.max_iterations": (1, None),
    "divergence.max_length": (8, None),
    "divergence.nodes": (5, 65),
    "divergence.batch_tokens": (64, None),
    "concepts.per_sample": (0, 24),  # as many as a run stores (paser_core.concepts)
    "concepts.max_words": (1, 5),  # likewise
    "concepts.max_document_frequency": (0.0, 1.0),
    "selection.budget": (0.0, None),
    "selection.temperature": (0.25, 4.0),
    "seed": (0, 2**32 - 1),
}


def validate(config: RunConfig) -> None:
    """Raise :class:`ConfigError` for the first value out of range or combination without sense."""
    for path, (low, high) in RANGES.items():
        value = _get(config, path)
        if value is None or value == AUTO:
            continue
        if not math.isfinite(value) or value < low or (high is not None and value > high):
            accepted = f"at least {low}" if high is None else f"between {low} and {high}"
            raise ConfigError(f"{path} is {value!r}; it must be {accepted}.")
    budget = config.selection.budget
    if budget >= 1 and budget != int(budget):
        raise ConfigError(
            f"selection.budget is {budget!r}; from 1 on it is a number of samples and must be "
            "whole. For a share of the data set give a fraction below 1."
        )
    if config.clustering.k_min > config.clustering.k_max:
        raise ConfigError(
            f"clustering.k_min is {config.clustering.k_min} and clustering.k_max is "
            f"{config.clustering.k_max}; k_min must not be larger than k_max."
        )
    if (config.models.original is None) != (config.models.compressed is None):
        missing = "compressed" if config.models.compressed is None else "original"
        raise ConfigError(
            f"models.{missing} is missing; give both models, or neither for a run that stops after "
            "the clusters."
        )


def _get(config: Any, path: str) -> Any:
    for part in path.split("."):
        config = getattr(config, part)
    return config
