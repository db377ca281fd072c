"""Messages to the browser as bytes: a small header in JSON, then the arrays as they lie in memory.

Streamlit passes bytes on as they are. JSON with base64 would be a third longer, and would be parsed
and hashed again at every rerun. ``map/payload.js`` reads what is written here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_KINDS = {"uint8": "u1", "uint16": "u2", "uint32": "u4"}
_ALIGNMENT = 8  # typed arrays in the browser start at multiples of their item size


@dataclass(frozen=True)
class Packed:
    """Arrays ready to be sent, and what to compare in order to know whether they changed."""

    body: bytes
    arrays: tuple[tuple[str, str, int], ...]  # name, kind, number of items
    version: str


def pack(arrays: Mapping[str, NDArray[np.unsignedinteger]], also: object = None) -> Packed:
    """The arrays, one after another; the version covers them and ``also`` (anything JSON holds)."""
    pieces, table = [], []
    for name, array in arrays.items():
        flat = np.ascontiguousarray(array).reshape(-1)
        little = flat.astype(flat.dtype.newbyteorder("<"), copy=False)
        pieces.append(_aligned(little.tobytes()))
        table.append((name, _KINDS[flat.dtype.name], flat.size))
    body = b"".join(pieces)
    digest = hashlib.blake2b(body, digest_size=8)
    digest.update(json.dumps([table, also]).encode())
    return Packed(body, tuple(table), digest.hexdigest())


def message(packed: Packed, header: Mapping[str, Any]) -> bytes:
    """What the browser gets: 4 bytes for the length of the header, the header, the arrays."""
    head = json.dumps({**header, "version": packed.version, "arrays": packed.arrays}).encode()
    return _aligned(len(head).to_bytes(4, "little") + head) + packed.body


def _aligned(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % _ALIGNMENT)
