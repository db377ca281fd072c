"""LoRA adapters (peft), and such that change nothing where the compression set a weight to zero.

An adapter beside a sparse matrix W is dense: merged, it fills the zeros; masked at the merge only, it is
another adapter than the one that was trained. So the adapter of a sparse matrix is masked from the
start: y = x (W + M ∘ (α/r) B A)ᵀ, M = 1 where W is not zero. What is merged is what was trained, and is
as sparse as W was. The price is one matrix of the size of W for each layer while a step is computed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import Linear
from torch.nn import functional
from transformers.pytorch_utils import Conv1D

from paser_core.errors import ModelError
from paser_core.recover.masks import WORTH_KEEPING, zero_share
from paser_core.recover.settings import RecoverConfig


class MaskedLinear(Linear):
    """A LoRA layer whose change is zero where the weight is."""

    def __init__(self, base_layer: Any, adapter_name: str, **more: Any) -> None:
        super().__init__(base_layer, adapter_name, **more)
        weight = self.get_base_layer().weight.detach()
        sparse = zero_share(weight) >= WORTH_KEEPING
        self.register_buffer("zero", weight == 0 if sparse else None, persistent=False)

    def get_delta_weight(self, adapter: str) -> torch.Tensor:
        """The change of the weight, in its shape."""
        delta: torch.Tensor = super().get_delta_weight(adapter)
        return delta if self.zero is None else delta.masked_fill(self.zero, 0.0)

    def forward(self, x: torch.Tensor, *arguments: Any, **named: Any) -> torch.Tensor:
        """The layer with its adapter."""
        if self.zero is None or self.merged or self.disable_adapters:
            plain: torch.Tensor = super().forward(x, *arguments, **named)
            return plain
        result: torch.Tensor = self.base_layer(x)
        for adapter in self.active_adapters:
            delta = self.get_delta_weight(adapter)
            delta = delta.T if self.fan_in_fan_out else delta
            inputs = self.lora_dropout[adapter](x.to(delta.dtype))
            result = result + functional.linear(inputs, delta).to(result.dtype)
        return result


def with_adapter(model: Any, config: RecoverConfig, masked: bool) -> Any:
    """The model with an adapter beside each linear layer of the decoder, which alone is trained.

    Args:
        model: of transformers.
        config: rank, alpha, dropout, seed.
        masked: whether zeros are to stay.

    Raises:
        ModelError: the model has no linear layer that takes an adapter.
    """
    conv = any(isinstance(module, Conv1D) for module in model.modules())
    lora = LoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,
        lora_dropout=config.dropout,
        target_modules="all-linear",  # without the projection to the vocabulary
        task_type="CAUSAL_LM",
        fan_in_fan_out=conv,
    )
    if masked:
        kind: type[torch.nn.Module] = Conv1D if conv else torch.nn.Linear
        lora._register_custom_module({kind: MaskedLinear})
    torch.manual_seed(config.seed)  # the adapter starts from chance
    try:
        return get_peft_model(model, lora)
    except ValueError as error:
        raise ModelError(
            f"An adapter does not fit this model ({error}). Set adapter to full."
        ) from error


def save_adapter(model: Any, base: str, folder: Path) -> None:
    """Write the adapter alone, as ``PeftModel.from_pretrained`` reads it.

    Args:
        model: with the adapter.
        base: name of the model that it was trained beside.
        folder: where to.
    """
    model.peft_config["default"].base_model_name_or_path = base
    model.save_pretrained(folder)


def merged(model: Any) -> Any:
    """The model itself, with the adapter in its weights."""
    return model.merge_and_unload(safe_merge=False)
