"""The pair of models, and how far they are apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from paser_core.config import shared
from paser_core.config.options import Device, DType, Residency, Template, Turns
from paser_core.config.section import Section, coerced, setting
from paser_core.errors import ConfigError
from paser_core.registry import SIGNALS


@dataclass(frozen=True)
class ModelsConfig(Section, at="models"):
    """The pair that is compared, and how it is run."""

    original: str | None = setting(
        None,
        "None: the run stops after the clusters and is useful by itself",
        label="Original model",
        help="Before it was compressed: a folder or a hub name.",
    )
    compressed: str | None = setting(
        None,
        "pruned or quantized; comes with the original, or not at all",
        label="Compressed model",
        help="Pruned or quantized, with the tokenizer of the original.",
    )
    device: Device = shared.device()
    dtype: DType = shared.dtype(
        "float32 on CPU, the checkpoint's own on an accelerator",
        "auto is float32 on a CPU, the checkpoint's own on an accelerator.",
    )
    template: Template = setting(
        Template.ALPACA,
        "what LLM-Pruner and the paper train on",
        label="Prompt template",
        help=(
            "How a sample becomes a prompt: alpaca as LLM-Pruner and the paper do, chat as the "
            "tokenizer's own template says, none for the bare text."
        ),
    )
    residency: Residency = setting(
        Residency.AUTO,
        "both in memory where they fit, else they take turns",
        label="Both in memory",
        help="auto keeps both models where they fit; else they take turns.",
    )
    date: str = shared.date(
        "what chat templates that write today's date read: the same run on every day",
        "Some chat templates write today's date. They read this one, so that the run is the same on "
        "every day.",
    )

    @property
    def wants_gpu(self) -> bool:
        """Whether the models work on a GPU where there is one."""
        return self.device in (Device.AUTO, Device.CUDA)

    def check(self) -> None:
        if (self.original is None) != (self.compressed is None):
            missing = "compressed" if self.compressed is None else "original"
            raise ConfigError(
                f"models.{missing} is missing; give both models, or neither for a run that stops "
                "after the clusters.",
                field=f"models.{missing}",
            )


def _signals(value: Any, path: str) -> tuple[str, ...]:
    """Those beside the paper's, each once and in the order of the registry: equal choices are equal."""
    given = coerced(tuple[str, ...], value, path)
    names = {SIGNALS.check(name, f"{path}[{i}]") for i, name in enumerate(given)} - {"jsd"}
    return tuple(name for name in SIGNALS if name in names)


@dataclass(frozen=True)
class DivergenceConfig(Section, at="divergence"):
    """How far the two models are apart."""

    max_length: int = setting(
        512,
        "prompt + response tokens; longer samples lose the end of the response",
        label="Longest sample",
        help="Prompt and response in tokens; a longer one loses the end of its response.",
        low=8,
    )
    turns: Turns = setting(
        Turns.LAST,
        "the answer that a trainer is asked for; all: every answer",
        label="Answers measured",
        help="last: the last answer of a conversation. all: every answer of the assistant.",
    )
    nodes: int = setting(
        33,
        "error <= 5e-5 over T in [0.25, 4], even for a response of one token",
        label="Temperatures",
        help="How many are measured. The slider reads between them; 33 are exact to 0.00005.",
        low=5,
        high=65,
    )
    batch_tokens: int = setting(
        8192,
        "padded tokens per micro-batch; lower it when memory runs out",
        label="Tokens at once",
        help="Padded tokens of a batch. Lower it when memory runs out.",
        low=64,
    )
    signals: tuple[str, ...] = setting(
        ("kl", "kl_reverse", "loss_gap", "top1", "changed_gap"),
        "the paper's jsd is always measured; these come from the same pass and cost next to nothing",
        label="Other signals",
        help="Damage signals that are measured beside the paper's, in the same pass.",
        read=_signals,
        accepted="list of signals, by name",
        later=True,
    )
