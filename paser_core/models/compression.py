"""What the compressed checkpoint differs in from the original: read from the files, not believed.

Where ``paser compress`` has counted and the weights are still those, what it says is told.

Only local folders with safetensors are looked at, tensor by tensor, without torch. What cannot be
read is left out: this only describes, nothing depends on it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from paser_core.errors import ModelError
from paser_core.models.checkpoint import weights_in
from paser_core.models.headers import Tensor, read_header
from paser_core.text import either, plural
from paser_core.workspace.files import digest_of_file
from paser_core.workspace.kinds import COMPRESSION
from paser_core.workspace.paths import size

FILE = COMPRESSION

_LARGEST = (
    2 * 2**30
)  # bytes of weights that are read to count zeros; more would keep people waiting
_WORTH_SAYING = 0.001  # share of zeros: a few are in every checkpoint
# Of what a checkpoint is described as: the count, where the weights are plain numbers or were counted.
_COUNTED = re.compile(r"([\d,]+) parameters, [\d.]+ [GM]B, (?:B?F\d\d\b|.*\(counted\)$)")
_DTYPES = {"F32": np.uint32, "F16": np.uint16, "BF16": np.uint16, "I8": np.uint8, "U8": np.uint8}


@dataclass(frozen=True)
class Checkpoint:
    """Facts about the weights of one model."""

    parameters: int
    bytes: int
    dtypes: tuple[str, ...]  # as safetensors names them, most bytes first
    quantization: str | None  # e.g. "compressed-tensors, 4 bits"
    zeros: float | None  # share of zero weights in matrices; None: too large to count
    made: str | None = None  # what `paser compress` counted in these weights

    def __str__(self) -> str:
        """``1,967,808 parameters, 7.9 MB, F32, 65.0 % of the weights in matrices are zero``."""
        size = f"{self.bytes / 1e9:.1f} GB" if self.bytes >= 1e9 else f"{self.bytes / 1e6:.1f} MB"
        facts = [f"{self.parameters:,} parameters", size]
        facts.append(self.quantization or ", ".join(self.dtypes[:2]))
        if self.made is not None:
            facts.append(self.made)
        elif self.zeros is not None and self.zeros > _WORTH_SAYING:
            facts.append(f"{100 * self.zeros:.1f} % of the weights in matrices are zero")
        return ", ".join(facts)


def describe_models(names: Mapping[str, str]) -> dict[str, str]:
    """What is known, in words, of the models whose folders are at hand: by role, as ``names``."""
    known = {role: describe_checkpoint(Path(name).expanduser()) for role, name in names.items()}
    return {role: str(found) for role, found in known.items() if found is not None}


def describe_checkpoint(folder: Path) -> Checkpoint | None:
    """What is known of the checkpoint in a folder; None where there are no safetensors."""
    try:
        files = [file for file in weights_in(folder) if file.suffix == ".safetensors"]
        headers = [(file, read_header(file)) for file in files]
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (ModelError, OSError, ValueError, RecursionError):
        return None
    if not headers:
        return None
    sizes: dict[str, int] = {}
    parameters = 0
    for _, tensors in headers:
        for tensor in tensors.values():
            sizes[tensor.dtype] = sizes.get(tensor.dtype, 0) + tensor.last - tensor.first
            parameters += math.prod(tensor.shape)
    total = sum(sizes.values())
    dtypes = tuple(sorted(sizes, key=lambda d: -sizes[d]))
    record = _record_of(folder, files, total <= _LARGEST)
    if record is not None:
        counted = int(record["counted"]["parameters"])  # of packed weights, what they stand for
        return Checkpoint(counted, total, dtypes, _quantization(config), None, told(record))
    zeros = _zeros(headers) if total <= _LARGEST else None
    return Checkpoint(parameters, total, dtypes, _quantization(config), zeros)


def recorded_or_described(models: Mapping[str, Any]) -> dict[str, str]:
    """What is known, in words, of the models of a run: by role.

    What was written down when they were measured comes first, for they may be gone or changed since.

    Args:
        models: as the manifest of the run has them.
    """
    roles = [role for role in ("original", "compressed") if role in models]
    recorded = {role: str(models[role]["facts"]) for role in roles if models[role].get("facts")}
    others = {role: str(models[role]["name"]) for role in roles if role not in recorded}
    return describe_models(others) | recorded


def parameters_of(model: Mapping[str, Any]) -> int | None:
    """How many parameters a model of a run has; None where that is not known.

    What was written down when it was measured comes first. Weights that are packed, several in a
    number, are not counted, unless `paser compress` says how many they stand for.

    Args:
        model: as the manifest of the run has it.
    """
    if model.get("facts"):
        found = _COUNTED.match(str(model["facts"]))
        return None if found is None else int(found[1].replace(",", ""))
    folder = Path(str(model["name"])).expanduser()
    try:
        files = [file for file in weights_in(folder) if file.suffix == ".safetensors"]
        shapes = [tensor.shape for file in files for tensor in read_header(file).values()]
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (ModelError, OSError, ValueError, RuntimeError, RecursionError):
        return None
    record = _record_of(folder, files, whole=False)
    if record is not None:
        return int(record["counted"]["parameters"])
    if _quantization(config) is not None:
        return None
    return sum(map(math.prod, shapes)) or None


def _record_of(folder: Path, files: Sequence[Path], whole: bool) -> dict[str, Any] | None:
    """What ``compression.json`` says, if the weights are those that it is about.

    Args:
        folder: of the checkpoint.
        files: its weights.
        whole: read them to the last byte; else their sizes must do.
    """
    try:
        record = json.loads((folder / FILE).read_text(encoding="utf-8"))
        for file in files:
            known = record["files"][file.name]
            same = digest_of_file(file) == known if whole else size(file) == known["size"]
            if not same:
                return None
        told(record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # none, or another program's
    return dict(record)


def told(record: Mapping[str, Any]) -> str:
    """One line of what ``compression.json`` says: the method, and what was counted in the files.

    ``wanda: 50.0 % of the weights of linear layers are zero, 2:4 in all 28 matrices (counted)``.
    """
    counted, before = record["counted"], record["before"]
    facts = []
    lost = 1 - counted["parameters"] / before["parameters"]
    if lost > _WORTH_SAYING:
        facts.append(f"{100 * lost:.1f} % of the parameters are gone")
    if counted["levels"]:
        facts.append(
            f"{counted['bits']:.1f} bits a weight in linear layers, {counted['levels']} values a row "
            "at most"
        )
    elif counted["zero_share"] > _WORTH_SAYING:
        share = f"{100 * counted['zero_share']:.1f} %"
        facts.append(f"{share} of the weights of linear layers are zero")
    if record.get("pattern") == "2:4":
        every, so = counted["matrices"], counted["two_four"]
        named = plural(every, "matrix", "matrices")
        whole = f"2:4 in {either(every, 'the', 'all')} {named}"
        facts.append(whole if so == every else f"2:4 in {so} of {named}")
    return f"{record['method']}: {', '.join(facts) or 'nothing is gone'} (counted)"


def _zeros(headers: list[tuple[Path, dict[str, Tensor]]]) -> float | None:
    """Share of zeros among the entries of matrices; vectors (norms, biases) are never pruned."""
    zero = entries = 0
    for file, tensors in headers:
        for name, tensor in tensors.items():
            kind = _DTYPES.get(tensor.dtype)
            if (
                kind is None
                or len(tensor.shape) != 2
                or "embed" in name
                or not math.prod(tensor.shape)
            ):
                continue
            length = tensor.last - tensor.first
            # Read, not mapped: a file that is replaced meanwhile would kill the server.
            raw = np.fromfile(file, np.uint8, length, offset=tensor.first)
            if len(raw) != length:
                return None
            # All bits but the sign: -0.0 is zero too.
            bits = raw.view(kind) << kind(1) if tensor.dtype[0] in "FB" else raw.view(kind)
            zero += int(np.count_nonzero(bits == 0))
            entries += len(bits)
    return zero / entries if entries else None


def _quantization(config: Any) -> str | None:
    found = config.get("quantization_config") if isinstance(config, dict) else None
    if not isinstance(found, dict):
        return None
    method = str(found.get("quant_method", "quantized"))
    bits = found.get("bits")
    return f"{method}, {bits} bits" if bits else method
