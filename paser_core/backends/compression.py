"""What the compressed checkpoint differs in from the original: read from the files, not believed.

Only local folders with safetensors are looked at, tensor by tensor, without torch. What cannot be
read is left out: this only describes, nothing depends on it.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_LARGEST = (
    2 * 2**30
)  # bytes of weights that are read to count zeros; more would keep people waiting
_WORTH_SAYING = 0.001  # share of zeros: a few are in every checkpoint
_DTYPES = {"F32": np.uint32, "F16": np.uint16, "BF16": np.uint16, "I8": np.uint8, "U8": np.uint8}


@dataclass(frozen=True)
class Checkpoint:
    """Facts about the weights of one model."""

    parameters: int
    bytes: int
    dtypes: tuple[str, ...]  # as safetensors names them, most bytes first
    quantization: str | None  # e.g. "compressed-tensors, 4 bits"
    zeros: float | None  # share of zero weights in matrices; None: too large to count

    def __str__(self) -> str:
        """``1,967,808 parameters, 7.9 MB, F32, 65.0 % of the weights in matrices are zero``."""
        size = f"{self.bytes / 1e9:.1f} GB" if self.bytes >= 1e9 else f"{self.bytes / 1e6:.1f} MB"
        facts = [f"{self.parameters:,} parameters", size]
        facts.append(self.quantization or ", ".join(self.dtypes[:2]))
        if self.zeros is not None and self.zeros > _WORTH_SAYING:
            facts.append(f"{100 * self.zeros:.1f} % of the weights in matrices are zero")
        return ", ".join(facts)


def describe_checkpoint(folder: Path) -> Checkpoint | None:
    """What is known of the checkpoint in a folder; None where there are no safetensors."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        return None
    try:
        headers = [(file, *_header(file)) for file in files]
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, struct.error):
        return None
    sizes: dict[str, int] = {}
    parameters = total = 0
    for _, tensors, _ in headers:
        for tensor in tensors.values():
            length = tensor["data_offsets"][1] - tensor["data_offsets"][0]
            sizes[tensor["dtype"]] = sizes.get(tensor["dtype"], 0) + length
            parameters += int(np.prod(tensor["shape"], dtype=np.int64))
            total += length
    dtypes = tuple(sorted(sizes, key=lambda d: -sizes[d]))
    zeros = _zeros(headers) if total <= _LARGEST else None
    return Checkpoint(parameters, total, dtypes, _quantization(config), zeros)


def _header(file: Path) -> tuple[dict[str, Any], int]:
    """The tensors a safetensors file says it has, and where their bytes begin."""
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))
    header.pop("__metadata__", None)
    return header, 8 + length


def _zeros(headers: list[tuple[Path, dict[str, Any], int]]) -> float | None:
    """Share of zeros among the entries of matrices; vectors (norms, biases) are never pruned."""
    zero = entries = 0
    for file, tensors, start in headers:
        mapped = np.memmap(file, np.uint8, mode="r")
        for name, tensor in tensors.items():
            kind = _DTYPES.get(tensor["dtype"])
            if kind is None or len(tensor["shape"]) != 2 or "embed" in name:
                continue
            first, last = tensor["data_offsets"]
            raw = mapped[start + first : start + last]
            # All bits but the sign: -0.0 is zero too.
            bits = raw.view(kind) << kind(1) if tensor["dtype"][0] in "FB" else raw.view(kind)
            zero += int(np.count_nonzero(bits == 0))
            entries += len(bits)
    return zero / entries if entries else None


def _quantization(config: dict[str, Any]) -> str | None:
    found = config.get("quantization_config")
    if not isinstance(found, dict):
        return None
    method = str(found.get("quant_method", "quantized"))
    bits = found.get("bits")
    return f"{method}, {bits} bits" if bits else method
