"""What is in the files that were written, counted: nothing here trusts what a method says it did."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from paser_core.compress.layers import inputs_last, kind_of, linear_layers
from paser_core.compress.packed import unpack
from paser_core.errors import CompressionError
from paser_core.models.checkpoint import weights_in
from paser_core.models.headers import Tensor, read_header

_PACKED = ("weight_packed", "weight_scale", "weight_zero_point", "weight_shape")


@dataclass(frozen=True)
class Kind:
    """The linear layers of one name, over all blocks."""

    matrices: int
    shape: tuple[int, int] | None  # (outputs, inputs); None: they differ
    weights: int
    zeros: int
    two_four: int  # matrices in which every four neighbors have two zeros


@dataclass(frozen=True)
class Counted:
    """What the files of a checkpoint hold."""

    parameters: int  # all of them; a packed layer counts as the weights that it stands for
    bytes: int  # of all tensors
    linear: int  # weights in the linear layers of the blocks
    matrices: int
    zeros: int  # among the weights of linear layers
    two_four: int  # matrices
    bits: float  # that a weight of the linear layers takes, with scales and zero points
    levels: int | None  # most different values in a row of a packed matrix; None: nothing is packed
    kinds: dict[str, Kind]

    @property
    def zero_share(self) -> float:
        """Of the weights of linear layers."""
        return self.zeros / self.linear

    def to_tree(self) -> dict[str, Any]:
        """As ``compression.json`` has it."""
        return asdict(self) | {
            "zero_share": round(self.zero_share, 6),
            "bits": round(self.bits, 4),
        }


def count(folder: Path, layers: Iterable[str], transposed: bool) -> Counted:
    """Count a checkpoint in safetensors, one matrix in memory at a time.

    Args:
        folder: of the checkpoint.
        layers: names of its linear layers.
        transposed: whether they are stored as ``(inputs, outputs)``.

    Raises:
        CompressionError: a layer is not in the files.
    """
    files = _Files(folder)
    kinds: dict[str, list[Kind]] = {}
    parameters, size, levels = files.parameters, 0, 0
    for layer in layers:
        if f"{layer}.weight" in files.tensors:
            names = [f"{layer}.weight"]
            weight = files.read(names[0])
            kind = counted_matrix(weight.t() if transposed else weight)
        else:
            names = [f"{layer}.{part}" for part in _PACKED]
            packed = unpack(
                {part: files.read(f"{layer}.{part}") for part in _PACKED}, files.num_bits
            )
            kind = counted_matrix(torch.from_numpy(~packed.zeros))
            levels = max(levels, packed.levels)
            parameters += kind.weights - sum(files.entries(name) for name in names)
        size += sum(files.size(name) for name in names)
        kinds.setdefault(kind_of(layer), []).append(kind)
    total = sum(files.size(name) for name in files.tensors)
    return _summed(kinds, parameters, total, size, levels)


def count_model(model: Any) -> Counted:
    """Count a model in memory, before it is compressed; what is tied counts once."""
    kinds: dict[str, list[Kind]] = {}
    size = 0
    for name, layer in linear_layers(model).items():
        weight = inputs_last(layer)
        kinds.setdefault(kind_of(name), []).append(counted_matrix(weight))
        size += weight.nbytes
    tensors = list(model.parameters())
    return _summed(kinds, sum(t.numel() for t in tensors), sum(t.nbytes for t in tensors), size, 0)


def counted_matrix(weight: torch.Tensor) -> Kind:
    """Count one matrix ``(outputs, inputs)``."""
    shape = (int(weight.shape[0]), int(weight.shape[1]))
    return Kind(1, shape, weight.numel(), int((weight == 0).sum()), int(is_two_four(weight)))


def is_two_four(weight: torch.Tensor) -> bool:
    """Whether of every four neighbors in a row of ``(outputs, inputs)`` at least two are zero."""
    if weight.shape[1] % 4:
        return False
    zeros = (weight == 0).reshape(weight.shape[0], -1, 4).sum(dim=2)
    return bool((zeros >= 2).all())


class _Files:
    """The tensors of a checkpoint, by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.tensors: dict[str, Tensor] = {}
        self._place: dict[str, Path] = {}
        for file in weights_in(folder):
            found = read_header(file)
            self.tensors |= found
            self._place |= dict.fromkeys(found, file)

    @property
    def parameters(self) -> int:
        return sum(map(self.entries, self.tensors))

    @property
    def num_bits(self) -> int:
        """Of a packed weight, as config.json says: it decides how the bits are read."""
        config = json.loads((self._folder / "config.json").read_text(encoding="utf-8"))
        groups = config["quantization_config"]["config_groups"].values()
        return int(next(iter(groups))["weights"]["num_bits"])

    def entries(self, name: str) -> int:
        return math.prod(self.tensors[name].shape)

    def size(self, name: str) -> int:
        return self.tensors[name].last - self.tensors[name].first

    def read(self, name: str) -> torch.Tensor:
        from safetensors import safe_open

        if name not in self._place:
            raise CompressionError(
                f"{self._folder}: {name} is not in the files, so it cannot be counted. Choose another "
                "method for this model."
            )
        with safe_open(self._place[name], framework="pt") as file:
            tensor: torch.Tensor = file.get_tensor(name)
        return tensor


def _summed(
    kinds: dict[str, list[Kind]], parameters: int, total: int, size: int, levels: int
) -> Counted:
    every = [kind for same in kinds.values() for kind in same]
    linear = sum(kind.weights for kind in every)
    return Counted(
        parameters=parameters,
        bytes=total,
        linear=linear,
        matrices=len(every),
        zeros=sum(kind.zeros for kind in every),
        two_four=sum(kind.two_four for kind in every),
        bits=8 * size / linear,
        levels=levels or None,
        kinds={name: _together(same) for name, same in kinds.items()},
    )


def _together(kinds: list[Kind]) -> Kind:
    shapes = {kind.shape for kind in kinds}
    return Kind(
        matrices=len(kinds),
        shape=shapes.pop() if len(shapes) == 1 else None,
        weights=sum(kind.weights for kind in kinds),
        zeros=sum(kind.zeros for kind in kinds),
        two_four=sum(kind.two_four for kind in kinds),
    )
