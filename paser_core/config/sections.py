"""The sections of the config: every field with its default, its range and the reason for them.

``docs/config.md`` and the form of the New run page are made from what stands here.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from paser_core.config.budget import budget_text, read_budget
from paser_core.config.section import (
    AUTO,
    Section,
    later_defaults,
    ranges,
    setting,
    subsection,
)
from paser_core.errors import ConfigError, shortened

_LANGUAGE = re.compile(r"auto|[a-z]{2,3}")


class SharedText(StrEnum):
    """What becomes of text that many samples share word for word, before it is embedded."""

    STRIP = "strip"
    KEEP = "keep"


class Kernel(StrEnum):
    """How the affinity between samples is built."""

    KNN = "knn"
    DENSE = "dense"


class Criterion(StrEnum):
    """How the number of clusters is chosen when it is ``auto``."""

    AUTO = "auto"
    FROBENIUS = "frobenius"


class OnError(StrEnum):
    """What becomes of a line that cannot be read."""

    FAIL = "fail"
    SKIP = "skip"


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


class Turns(StrEnum):
    """Which answers of a conversation are measured."""

    LAST = "last"
    ALL = "all"


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
class FieldMap(Section, at="data.fields"):
    """Which column holds what. ``None``: recognized from the shape of the data."""

    instruction: str | None = setting(None, "what is asked")
    input: str | None = setting(None, "what it is asked about; many data sets have none")
    output: str | None = setting(None, "the response that the models are compared on")
    id: str | None = setting(
        None, "your own name of a sample; rows are numbered where there is none"
    )
    messages: str | None = setting(None, "a conversation; instead of instruction, input and output")
    system: str | None = setting(None, 'the system prompt, part of the prompt; "" for no column')
    history: str | None = setting(
        None, 'earlier turns, [question, answer] each; part of the prompt; "" for no column'
    )
    tools: str | None = setting(
        None, 'the tools the model may call; part of the prompt; "" for no column'
    )


@dataclass(frozen=True)
class DataConfig(Section, at="data"):
    path: str | None = setting(
        None, "file, folder or hub name; the one thing without a sensible default"
    )
    name: str | None = setting(
        None, "which configuration, where a Hugging Face data set has several"
    )
    split: str = setting("train", "the split that instruction data sets keep their rows in")
    fields: FieldMap = subsection(FieldMap, "common shapes are recognized")
    limit: int | None = setting(
        None, "read only the first rows: for a quick look at a large pool", low=1
    )
    on_error: OnError = setting(
        OnError.FAIL, "a broken line may mean a broken file; skip leaves it out, counted"
    )
    language: str = setting(
        AUTO, "auto: told sample by sample, by letters and stop words; or an ISO 639-1 code for all"
    )

    def check(self) -> None:
        if not _LANGUAGE.fullmatch(self.language):
            raise ConfigError(
                f"data.language is {shortened(self.language)}; it must be auto or a code of ISO "
                "639-1 in small letters, such as en, fr or th.",
                field="data.language",
            )


@dataclass(frozen=True)
class EmbeddingConfig(Section, at="embedding"):
    model: str = setting(
        "all-MiniLM-L6-v2", "bundled, so it works offline; the usual Sentence-BERT"
    )
    precomputed: str | None = setting(
        None, "a column of vectors, or a .npy file with a row per sample"
    )
    batch_size: int = setting(64, "two cores are busy at 64; larger only costs memory", low=1)
    turns: Turns = setting(
        Turns.LAST, "the last question tells samples apart; earlier turns fill the window"
    )
    shared: SharedText = setting(
        SharedText.STRIP, "system prompts and templates that samples share drown what is asked"
    )


@dataclass(frozen=True)
class ManifoldConfig(Section, at="manifold"):
    kernel: Kernel = setting(
        Kernel.KNN, "O(n log n); the dense kernel of the paper needs O(n^2) memory"
    )
    n_neighbors: int = setting(
        60, "30 tears real capabilities apart; 100 brings nothing and costs more", low=2
    )
    n_components: int = setting(24, "a little more than the clusters one expects", low=2, high=512)
    time: float | str = setting(
        AUTO, "auto: decay/lambda of the last coordinate kept (dense: 1/lambda_2)", low=0.0
    )
    decay: float = setting(
        2.0,
        "the last coordinate kept then counts e^-2: a soft end of the spectrum, not a sharp one",
        low=0.0,
        high=100.0,
        later=True,
    )
    scale_neighbor: int = setting(
        15,
        "the neighbor whose distance is a sample's own scale: beyond a dozen near duplicates, which "
        "the 7th of Zelnik-Manor & Perona 2004 is not",
        low=1,
        later=True,
    )
    regularization: float | str = setting(
        AUTO,
        "weight of the coarse similarity, as a share of the mean degree; auto: 1, as much as that "
        "of neighbors, which alone falls apart as n grows (dense: 0, the paper's letter)",
        low=0.0,
    )
    partitions: int = setting(
        10,
        "k-means partitions that the coarse similarity counts; 0: all samples alike similar, as in "
        "Zhang & Rohe 2018",
        low=0,
        high=100,
    )
    groups_min: int = setting(
        24, "groups of the coarsest partition: about as many as the most clusters tried", low=2
    )
    groups_max: int = setting(
        60, "groups of the finest: a group is a share of the data at every size", low=2, high=10_000
    )

    def check(self) -> None:
        if self.groups_min > self.groups_max:
            raise ConfigError(
                f"manifold.groups_min is {self.groups_min} and manifold.groups_max is "
                f"{self.groups_max}; groups_min must not be larger than groups_max.",
                field="manifold.groups_min",
            )


@dataclass(frozen=True)
class ClusteringConfig(Section, at="clustering"):
    n_clusters: int | str = setting(
        AUTO, "nobody knows it beforehand; the curve shows the alternatives", low=2, high=1000
    )
    k_min: int = setting(
        5, "fewer than five groups say little about capabilities", low=2, high=1000
    )
    k_max: int = setting(25, "more cannot be read on one screen", low=2, high=1000)
    criterion: Criterion = setting(
        Criterion.AUTO, "has an optimum inside the range; frobenius never has"
    )
    tolerance: float = setting(
        0.03,
        "the curve is flat near its best: of the numbers within this share of it the smallest",
        low=0.0,
        high=1.0,
    )
    neighbors: int = setting(
        60, "of the similarity on the manifold, as in the graph before it", low=2
    )
    scale_neighbor: int = setting(
        15, "whose distance is a sample's own scale, as in the graph before it", low=1, later=True
    )
    choose_on: int = setting(
        8000,
        "samples on which K is chosen where there are more; it hardly moves, time does",
        low=50,
    )
    stability: int = setting(
        5,
        "times that a half of the samples is clustered again, to say how stable it is; 0: never",
        low=0,
        high=100,
    )
    max_iterations: int = setting(
        300, "the factorization settles in well under 200 on real data", low=1
    )
    split: tuple[int, ...] = setting(
        (), "clusters to cut into their places, by number and in this order, e.g. [9, 3]"
    )

    def check(self) -> None:
        if any(number < 0 for number in self.split):
            raise ConfigError(
                f"clustering.split is {shortened(list(self.split))}; give the numbers of clusters, "
                "counted from 0, e.g. [9, 3].",
                field="clustering.split",
            )
        if self.k_min > self.k_max:
            raise ConfigError(
                f"clustering.k_min is {self.k_min} and clustering.k_max is {self.k_max}; k_min "
                "must not be larger than k_max.",
                field="clustering.k_min",
            )


@dataclass(frozen=True)
class ModelsConfig(Section, at="models"):
    original: str | None = setting(
        None, "None: the run stops after the clusters and is useful by itself"
    )
    compressed: str | None = setting(
        None, "pruned or quantized; comes with the original, or not at all"
    )
    device: Device = setting(Device.AUTO, "an accelerator where there is one")
    dtype: DType = setting(DType.AUTO, "float32 on CPU, the checkpoint's own on an accelerator")
    template: Template = setting(Template.ALPACA, "what LLM-Pruner and the paper train on")
    residency: Residency = setting(
        Residency.AUTO, "both in memory where they fit, else they take turns"
    )
    date: str = setting(
        "2025-01-01", "what chat templates that write today's date read: the same run on every day"
    )

    def check(self) -> None:
        try:
            datetime.date.fromisoformat(self.date)
        except ValueError:
            raise ConfigError(
                f"models.date is {shortened(self.date)}; write a date as 2025-01-31.",
                field="models.date",
            ) from None
        if (self.original is None) != (self.compressed is None):
            missing = "compressed" if self.compressed is None else "original"
            raise ConfigError(
                f"models.{missing} is missing; give both models, or neither for a run that stops "
                "after the clusters.",
                field=f"models.{missing}",
            )


@dataclass(frozen=True)
class DivergenceConfig(Section, at="divergence"):
    max_length: int = setting(
        512, "prompt + response tokens; longer samples lose the end of the response", low=8
    )
    turns: Turns = setting(Turns.LAST, "the answer that a trainer is asked for; all: every answer")
    nodes: int = setting(
        33, "error <= 5e-5 over T in [0.25, 4], even for a response of one token", low=5, high=65
    )
    batch_tokens: int = setting(
        8192, "padded tokens per micro-batch; lower it when memory runs out", low=64
    )


@dataclass(frozen=True)
class ConceptsConfig(Section, at="concepts"):
    per_sample: int = setting(
        8, "more phrases reject more: the literal rule with all of them accepts 4 %", low=0, high=24
    )
    max_words: int = setting(3, "longer phrases hardly ever occur twice", low=1, high=5)
    max_document_frequency: float = setting(
        0.003, "boilerplate does most of the rejecting; 79 % accepted", low=0.0, high=1.0
    )


@dataclass(frozen=True)
class SelectionConfig(Section, at="selection"):
    budget: float | str = setting(
        0.2,
        "the paper's 20 % of all samples",
        low=0.0,
        read=read_budget,
        write=budget_text,
        accepted="share up to `1.0`, `20 %`, or number of samples from 2 on, `1 sample`",
    )
    temperature: float = setting(1.0, "the models' own distribution", low=0.25, high=4.0)
    allocation: AllocationRule = setting(AllocationRule.SAINTE_LAGUE, "exact, capped and monotone")
    order: Order = setting(Order.INTERLEAVED, "nested selections: the budget slider is a prefix")

    @property
    def nested(self) -> bool:
        """Whether one ranking answers every budget."""
        return self.allocation is AllocationRule.SAINTE_LAGUE and self.order is Order.INTERLEAVED


@dataclass(frozen=True)
class RunConfig(Section, at=""):
    """Everything that determines a run, together with the data and the models."""

    data: DataConfig = subsection(DataConfig, "what is selected from")
    embedding: EmbeddingConfig = subsection(EmbeddingConfig, "samples as vectors")
    manifold: ManifoldConfig = subsection(ManifoldConfig, "the diffusion map of them")
    clustering: ClusteringConfig = subsection(ClusteringConfig, "capability groups")
    models: ModelsConfig = subsection(ModelsConfig, "the pair that is compared")
    divergence: DivergenceConfig = subsection(DivergenceConfig, "how it is measured")
    concepts: ConceptsConfig = subsection(ConceptsConfig, "a live knob of the dashboard")
    selection: SelectionConfig = subsection(SelectionConfig, "where the knobs start")
    seed: int = setting(0, "every random choice follows from it", low=0, high=2**32 - 1)


# Inclusive bounds by dotted name (None: open); the form reads them too.
RANGES: Mapping[str, tuple[float, float | None]] = dict(ranges(RunConfig))
# What a run was made with that is older than the field, by dotted name.
LATER: Mapping[str, object] = dict(later_defaults(RunConfig))
