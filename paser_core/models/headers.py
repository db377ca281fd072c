"""What a safetensors file says it holds, read without its weights and never believed."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path

from paser_core.errors import ModelError, first_line


@dataclass(frozen=True)
class Tensor:
    """One tensor of a file."""

    dtype: str  # as safetensors names it: "F32", "BF16", …
    shape: tuple[int, ...]
    first: int  # byte of the file where it begins …
    last: int  # … and ends


def read_header(file: Path) -> dict[str, Tensor]:
    """Every tensor of a file by its name.

    Raises:
        ModelError: the file is damaged: the library's own reader decides what a good one is.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np"):
            pass
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            header = json.loads(stream.read(length))
    except (SafetensorError, OSError, ValueError, RecursionError, struct.error) as error:
        raise ModelError(
            f"{file}: the weight file is damaged ({first_line(error, 200)}); copy it again from where "
            "it came."
        ) from error
    start = 8 + length
    return {
        name: Tensor(
            str(tensor["dtype"]),
            tuple(tensor["shape"]),
            start + tensor["data_offsets"][0],
            start + tensor["data_offsets"][1],
        )
        for name, tensor in header.items()
        if name != "__metadata__"
    }
