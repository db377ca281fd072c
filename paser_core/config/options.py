"""The options that fields of the config can have."""

from __future__ import annotations

from enum import StrEnum


class SharedText(StrEnum):
    """What becomes of text that many samples share word for word, before it is embedded."""

    STRIP = "strip"
    KEEP = "keep"


class Precision(StrEnum):
    """What the sentence encoder computes in."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


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
    """What the models run on."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


class DType(StrEnum):
    """The precision the models run in."""

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


class ScoringModel(StrEnum):
    """Which of a run's models scores the samples."""

    COMPRESSED = "compressed"
    ORIGINAL = "original"


class AllocationRule(StrEnum):
    """How a budget is split among clusters."""

    SAINTE_LAGUE = "sainte-lague"
    PAPER = "paper"


class Order(StrEnum):
    """Whose turn it is: the clusters by seats, or one after the other."""

    INTERLEAVED = "interleaved"
    CLUSTERWISE = "clusterwise"


class Aggregate(StrEnum):
    """How the numbers of a response's tokens become one."""

    MEAN = "mean"
    SUM = "sum"
    MAX = "max"
    WORST = "worst"
    FAILURE = "failure"
