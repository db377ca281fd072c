"""How a recovery is trained: every choice with its default and the reason for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from paser_core.config import (
    DataConfig,
    Device,
    DType,
    Section,
    Template,
    Turns,
    setting,
    shared,
    subsection,
)
from paser_core.errors import ConfigError
from paser_core.registry import RECOVERIES

FULL_UP_TO = 250_000_000  # parameters: 16 bytes each for weight, gradient and two moments are 4 GB


class Adapter(StrEnum):
    """What is trained."""

    AUTO = "auto"
    LORA = "lora"
    FULL = "full"


class Targets(StrEnum):
    """Whose answers are learned."""

    DATA = "data"
    ORIGINAL = "original"


class Schedule(StrEnum):
    """What becomes of the learning rate after the warm-up."""

    LINEAR = "linear"
    COSINE = "cosine"
    CONSTANT = "constant"


@dataclass(frozen=True)
class RecoverConfig(Section, at=""):
    """Everything that determines a recovery, together with the data and the models."""

    method: str = setting(
        "sft",
        "the paper's first; it needs no original model",
        label="Recipe",
        help=(
            "sft: the loss of the answers. kd: the distance to the original's predictions. kd-sft, "
            "sft-kd: one after the other, half of the steps each."
        ),
        names=RECOVERIES,
    )
    adapter: Adapter = setting(
        Adapter.AUTO,
        "full up to 250 million parameters, where weights, gradients and moments take 4 GB at most; "
        "else lora, as LLM-Pruner and the paper do, and lora beside a quantized model",
        label="What is trained",
        help=(
            "full: every weight that the compression left. lora: two narrow matrices beside each "
            "linear layer, merged at the end."
        ),
    )
    rank: int = setting(
        8, "LLM-Pruner's and the paper's", label="LoRA rank", help="Width of the adapter.", low=1
    )
    alpha: int = setting(
        16,
        "LLM-Pruner's and the paper's",
        label="LoRA alpha",
        help="The adapter counts alpha / rank times.",
        low=1,
    )
    dropout: float = setting(
        0.05,
        "LLM-Pruner's",
        label="LoRA dropout",
        help="Share of the adapter's inputs that a step leaves out.",
        low=0.0,
        high=0.9,
    )
    epochs: int = setting(
        2, "the paper's", label="Epochs", help="How often every sample is seen.", low=1, high=1000
    )
    batch: int = setting(
        64, "the paper's", label="Batch", help="Samples of one step.", low=1, high=100_000
    )
    lr: float = setting(
        1e-4,
        "the paper's for Alpaca (5e-5 for LaMini); small models take ten times as much",
        label="Learning rate",
        help="Of AdamW, at its highest.",
        low=0.0,
    )
    warmup: float = setting(
        0.06,
        "100 of about 1,600 steps, as in LLM-Pruner",
        label="Warm-up",
        help="Share of the steps in which the learning rate rises.",
        low=0.0,
        high=1.0,
    )
    schedule: Schedule = setting(
        Schedule.LINEAR,
        "that of transformers, which LLM-Pruner uses",
        label="Schedule",
        help="How the learning rate falls after the warm-up.",
    )
    weight_decay: float = setting(
        0.0,
        "a recovery shall not shrink what is left",
        label="Weight decay",
        help="Of AdamW.",
        low=0.0,
    )
    clip: float = setting(
        1.0,
        "that of transformers",
        label="Longest gradient",
        help="A longer gradient is shortened to this; 0 never.",
        low=0.0,
    )
    temperature: float = setting(
        1.0,
        "the paper's",
        label="Temperature",
        help=(
            "Distillation: both models' logits are divided by it; the loss is multiplied by its "
            "square, so that gradients keep their size."
        ),
        low=0.05,
        high=100.0,
    )
    targets: Targets = setting(
        Targets.DATA,
        "what was selected is what is learned",
        label="Answers",
        help="data: those of the data. original: the original model answers first, and is learned.",
    )
    template: Template | None = setting(
        None,
        "that of the run which the export came from; else the tokenizer's chat template, or alpaca "
        "where it has none",
        label="Prompt template",
        help="How a sample becomes a prompt: alpaca, chat or none, as in runs.",
    )
    date: str = shared.date("as in runs", "What chat templates read that write today's date.")
    turns: Turns = setting(
        Turns.LAST,
        "as in runs; all: every answer",
        label="Answers learned",
        help="last: the last answer of a conversation. all: every answer of the assistant.",
    )
    max_length: int = setting(
        512,
        "as in runs; longer samples lose the end of the response",
        label="Longest sample",
        help="Prompt and response in tokens; a longer one loses the end of its response.",
        low=8,
    )
    batch_tokens: int = setting(
        4096,
        "padded tokens at once; the gradient is the same for any number",
        label="Tokens at once",
        help="Padded tokens of a part of a batch. Lower it when memory runs out.",
        low=16,
    )
    keep_sparsity: bool = setting(
        True,
        "what the compression set to zero stays zero, or there is nothing left of it",
        label="Keep zeros",
        help="false: full training may fill the zeros; the model is dense then, and that is told.",
    )
    checkpoint_seconds: float = setting(
        60.0,
        "what a kill may cost; less often where saving takes more than a twentieth of the time",
        label="Seconds between checkpoints",
        help="How often the state of the training is saved.",
        low=0.0,
    )
    device: Device = shared.device("an accelerator where there is one; one device is used")
    dtype: DType = shared.dtype(
        "float32 on a CPU; on an accelerator the checkpoint's own where it is not trained. What is "
        "trained is float32 always: LLM-Pruner's users met NaN with 16 bits",
        "Of what is not trained, and of the products; trained weights are float32.",
    )
    seed: int = setting(
        0,
        "the order of the samples and every chance follow from it",
        label="Seed",
        help="The same seed gives the same training.",
        low=0,
        high=2**32 - 1,
    )
    data: DataConfig = subsection(DataConfig, "how the rows are read")

    def check(self) -> None:
        if self.targets is Targets.ORIGINAL and self.turns is Turns.ALL:
            raise ConfigError(
                "`targets` is original, which answers the last question of a conversation, and turns is "
                "all. Set turns to last.",
                field="turns",
            )
