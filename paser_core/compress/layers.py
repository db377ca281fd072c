"""The linear layers of a decoder: what every method here acts on.

Embeddings, norms and the head stay. GPT-2 keeps the weights of its linear layers transposed
(``Conv1D``); :func:`inputs_last` is the one place that knows.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import torch

from paser_core.errors import ModelError

_IN_A_BLOCK = re.compile(r"\.\d+\.")


def linear_layers(model: Any) -> dict[str, Any]:
    """The linear layers of the blocks, by name, in the model's order.

    Raises:
        ModelError: there is none.
    """
    head = model.get_output_embeddings()
    found = {
        name: module
        for name, module in model.named_modules()
        if _is_linear(module) and module is not head and _IN_A_BLOCK.search(f".{name}.")
    }
    if not found:
        raise ModelError(
            f"The blocks of this {model.config.model_type} model have no linear layers, and these are "
            "what is compressed; give a decoder such as Llama, Mistral, Qwen or GPT-2."
        )
    return found


def is_transposed(module: Any) -> bool:
    """Whether a layer keeps its weights as ``(inputs, outputs)``."""
    return type(module).__name__ == "Conv1D"


def inputs_last(module: Any) -> torch.Tensor:
    """The weights of a linear layer as ``(outputs, inputs)``; a view, so it can be written to."""
    weight: torch.Tensor = module.weight.detach()
    return weight.t() if is_transposed(module) else weight


def width_of(module: Any) -> int:
    """How many inputs a linear layer has."""
    return int(inputs_last(module).shape[1])


def widest(model: Any) -> int:
    """The most inputs that a linear layer of the blocks has."""
    return max(map(width_of, linear_layers(model).values()))


def kind_of(name: str) -> str:
    """What layers of this name are called in every block: ``q_proj``."""
    return name.rpartition(".")[2]


def with_plain_layers(model: Any) -> None:
    """Put an ordinary linear layer in the place of each transposed one, for libraries that know no other."""
    for name, module in linear_layers(model).items():
        if is_transposed(module):
            weight = inputs_last(module).contiguous()
            plain = torch.nn.Linear(*weight.shape[::-1], device="meta")
            plain.weight, plain.bias = torch.nn.Parameter(weight), module.bias
            model.set_submodule(name, plain)


@contextlib.contextmanager
def named_layer(name: str) -> Iterator[None]:
    """Say in which layer the numbers failed."""
    try:
        yield
    except torch.linalg.LinAlgError as error:
        raise ModelError(
            f"{name}: its inputs over the calibration text make a matrix that cannot be decomposed "
            f"({str(error)[:100]}). Give other or more calibration text, or raise the damping."
        ) from error


def _is_linear(module: Any) -> bool:
    return isinstance(module, torch.nn.Linear) or type(module).__name__ == "Conv1D"
