"""What a training takes in time: tokens × epochs / tokens a second.

How many tokens a device trains on in a second is never guessed: a person says it, a finished training
has shown it, or it follows from a device that a person names and the size of the model. Where none of
these is there, the time is unknown, and what has to be set is said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from paser_core.config import Section, setting
from paser_core.recover.settings import FULL_UP_TO, Adapter
from paser_core.text import count, plural

# Operations a parameter and token: forward 2, gradients of the activations 2, of the weights 2 (Kaplan
# et al. 2020, section 2.1). The weights beside an adapter are frozen: they need no gradient.
FLOPS: Mapping[Adapter, float] = {Adapter.FULL: 6.0, Adapter.LORA: 4.0}


class Accelerator(StrEnum):
    """Devices whose peak is known."""

    H200 = "H200"
    H100 = "H100"
    A100 = "A100"
    L40S = "L40S"
    L4 = "L4"
    RTX_4090 = "RTX-4090"
    MI300X = "MI300X"


# Operations a second in bfloat16, dense, sums in float32. From the vendors' data sheets, which give twice
# as much for the first two, L40S and L4: that is with structured sparsity.
PEAK: Mapping[Accelerator, float] = {
    Accelerator.H200: 989e12,  # NVIDIA H200 data sheet, SXM: 1,979e12 with sparsity
    Accelerator.H100: 989e12,  # NVIDIA H100 data sheet, SXM: 1,979e12 with sparsity
    Accelerator.A100: 312e12,  # NVIDIA A100 data sheet
    Accelerator.L40S: 362e12,  # NVIDIA L40S data sheet: 733e12 with sparsity
    Accelerator.L4: 121e12,  # NVIDIA L4 data sheet: 242e12 with sparsity
    Accelerator.RTX_4090: 165e12,  # NVIDIA Ada GPU architecture paper, table of the RTX 4090
    Accelerator.MI300X: 1307e12,  # AMD Instinct MI300X data sheet
}


@dataclass(frozen=True)
class TrainingConfig(Section, at="training"):
    """What is known of the training that a budget is for; it has no part in what is selected."""

    tokens_per_second: float | None = setting(
        None,
        "null: what a finished recovery of this run took, else the device's",
        label="Tokens a second",
        help=(
            "How many tokens of prompts and responses one GPU trains on in a second, padding left out, "
            "as your trainer logs it."
        ),
        low=0.01,
    )
    epochs: int = setting(
        2,
        "the paper's, and that of `paser recover`",
        label="Epochs",
        help="How often every sample is seen.",
        low=1,
        high=1000,
    )
    device: Accelerator | None = setting(
        None,
        "null: no device is assumed",
        label="Device",
        help=(
            "Where tokens_per_second is null: the GPU that an estimate is for, from its peak and the size of "
            "the compressed model. It comes before recoveries, which may have run elsewhere."
        ),
    )
    utilization: float = setting(
        0.4,
        "an assumption: large models come to 0.3 to 0.5 of the peak (46 % for PaLM, Chowdhery et al. "
        "2022), small ones to less",
        label="Share of the peak",
        help="Of an estimate by device: which share of its peak the training comes to.",
        low=0.001,
        high=1.0,
    )
    adapter: Adapter = setting(
        Adapter.AUTO,
        "auto: as `paser recover` decides, full up to 250 million parameters",
        label="What is trained",
        help=(
            "Of an estimate by device: full takes 6 operations a parameter and token, lora 4, as frozen "
            "weights need no gradient. Of recoveries only those that trained so count; auto: all."
        ),
    )


@dataclass(frozen=True)
class Model:
    """The model that is trained, as far as it is known."""

    parameters: int
    whose: str  # "the compressed model", or whose size stands for it


@dataclass(frozen=True)
class Pace:
    """How fast a finished training was."""

    tokens_per_second: float
    known_by: str  # a clause


@dataclass(frozen=True)
class TrainingCost:
    """What tokens take to be trained on.

    Args:
        epochs: how often each is seen.
        pace: of one GPU; None where it is not known.
        unknown: what was looked for, and what to set, where it is not.
    """

    epochs: int
    pace: Pace | None
    unknown: str = ""

    @classmethod
    def of(cls, config: TrainingConfig, finished: Pace | None, model: Model | None) -> TrainingCost:
        """By what is said, else by the device that is named, else by what was measured.

        Args:
            config: what a person said.
            finished: the training of this run that ended last, of those that count.
            model: that is trained; None where its size is not known.
        """
        if config.tokens_per_second is not None:
            return cls(config.epochs, Pace(config.tokens_per_second, "as given"))
        if config.device is not None and model is not None:
            return cls(config.epochs, _estimated(config, config.device, model))
        if config.device is None and finished is not None:
            return cls(config.epochs, finished)
        return cls(config.epochs, None, _unknown(config))

    def hours(self, tokens: float) -> float:
        """GPU hours; NaN where the pace is not known."""
        if self.pace is None:
            return math.nan
        return tokens * self.epochs / self.pace.tokens_per_second / 3600

    @property
    def how(self) -> str:
        """``2 epochs at 5,200 tokens a second (as given)``."""
        if self.pace is None:
            return self.unknown
        rate = self.pace.tokens_per_second
        said = count(rate) if rate >= 10 else f"{rate:.3g}"
        return f"{plural(self.epochs, 'epoch')} at {said} tokens a second ({self.pace.known_by})"

    def told(self, tokens: int) -> str:
        """What training on so many tokens takes, and how that is known: a sentence or two."""
        if self.pace is None:
            return (
                f"How long training on {plural(tokens, 'token')} takes is not known. {self.unknown}"
            )
        return (
            f"Training on {plural(tokens, 'token')} takes about {gpu_hours(self.hours(tokens))}: "
            f"{self.how}."
        )


def gpu_hours(hours: float) -> str:
    """``1.31 GPU hours``: three digits, and no more than six behind the point."""
    if hours >= 1000:
        return f"{count(hours)} GPU hours"
    if 0 < hours < 1e-6:
        return "<0.000001 GPU hours"
    digits = 2 if hours == 0 else min(max(2 - math.floor(math.log10(hours)), 0), 6)
    return f"{hours:.{digits}f} GPU hours"


def _estimated(config: TrainingConfig, device: Accelerator, model: Model) -> Pace:
    adapter = config.adapter
    if adapter is Adapter.AUTO:
        adapter = Adapter.FULL if model.parameters <= FULL_UP_TO else Adapter.LORA
    flops = FLOPS[adapter] * model.parameters
    return Pace(
        PEAK[device] * config.utilization / flops,
        f"estimated: {FLOPS[adapter]:g} operations for each of {count(model.parameters)} parameters of "
        f"{model.whose}, {adapter}, at {100 * config.utilization:g} % of the "
        f"{PEAK[device] / 1e12:,.0f} TFLOP/s of an {device}; padding is not counted",
    )


def _unknown(config: TrainingConfig) -> str:
    if config.device is not None:
        return (
            f"training.device is {config.device}, but how many parameters the models of this run have is not "
            "known: their folders are not at hand, or their weights are packed. Set "
            "training.tokens_per_second, as your trainer logs it."
        )
    how = "" if config.adapter is Adapter.AUTO else f" with {config.adapter}"
    return (
        f"There is no finished recovery{how} of this run to go by. Set training.tokens_per_second, as your "
        f"trainer logs it, or training.device, one of {', '.join(Accelerator)}."
    )
