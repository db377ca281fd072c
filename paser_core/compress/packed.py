"""Quantized weights as they lie in a file: read bit by bit, without the library that packed them.

A row is one stream of bits, lowest first, ``bits`` for each weight; zero points are packed the same
way down the columns (format ``pack-quantized`` of compressed-tensors).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray


@dataclass(frozen=True)
class Packed:
    """The whole numbers behind one matrix."""

    codes: NDArray[np.uint8]  # (outputs, inputs)
    zero_points: NDArray[np.uint8]  # (outputs, inputs): the code that means zero

    @property
    def zeros(self) -> NDArray[np.bool_]:
        """``(outputs, inputs)`` weights that are zero."""
        found: NDArray[np.bool_] = self.codes == self.zero_points
        return found

    @property
    def levels(self) -> int:
        """Most different codes in a row."""
        ordered = np.sort(self.codes, axis=1)
        return int((np.diff(ordered, axis=1) != 0).sum(axis=1).max(initial=0)) + 1


def unpack(tensors: Mapping[str, torch.Tensor], bits: int) -> Packed:
    """Read one packed matrix.

    Args:
        tensors: ``weight_packed``, ``weight_shape``, ``weight_zero_point``.
        bits: of a weight.
    """
    rows, columns = (int(size) for size in tensors["weight_shape"])
    codes = _codes(tensors["weight_packed"].numpy(), columns, bits)
    packed = tensors["weight_zero_point"].numpy()
    points = _codes(np.ascontiguousarray(packed.T), rows, bits).T  # (rows, groups)
    return Packed(codes, np.repeat(points, -(-columns // points.shape[1]), axis=1)[:, :columns])


def _codes(words: NDArray[np.int32], n: int, bits: int) -> NDArray[np.uint8]:
    """``(rows, n)`` numbers of ``bits`` bits out of ``(rows, words)``."""
    stream = np.ascontiguousarray(words).astype("<i4").view(np.uint8)
    single = np.unpackbits(stream, axis=1, count=n * bits, bitorder="little")
    weights = (1 << np.arange(bits)).astype(np.uint8)
    found: NDArray[np.uint8] = single.reshape(len(words), n, bits) @ weights
    return found
