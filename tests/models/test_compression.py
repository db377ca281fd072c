"""What is said of a checkpoint against tensors whose zeros are counted by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from paser_core.models.compression import describe_checkpoint


def write(folder, tensors, config=None):
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config or {}), encoding="utf-8")
    return folder


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_zeros_of_matrices_are_counted_and_nothing_else(tmp_path, dtype):
    rng = np.random.default_rng(3)
    first = rng.normal(size=(6, 5)).astype(dtype)
    first[0] = 0
    first[1, 0] = -0.0  # zero too
    second = np.ones((2, 5), dtype)
    tensors = {
        "a.weight": first,
        "b.weight": second,
        "norm.weight": np.zeros(7, dtype),  # a vector
        "embed_tokens.weight": np.zeros((3, 4), dtype),  # pruning leaves embeddings alone
    }
    found = describe_checkpoint(write(tmp_path / "m", tensors))
    assert found is not None
    assert found.zeros == pytest.approx(6 / 40)
    assert found.parameters == 30 + 10 + 7 + 12
    assert found.bytes == found.parameters * np.dtype(dtype).itemsize


def test_quantization_is_named(tmp_path):
    config = {"quantization_config": {"quant_method": "gptq", "bits": 4}}
    found = describe_checkpoint(write(tmp_path / "m", {"w": np.ones((2, 2), np.int8)}, config))
    assert found is not None
    assert found.quantization == "gptq, 4 bits"


def test_a_folder_without_readable_weights_is_not_described(tmp_path):
    assert describe_checkpoint(tmp_path) is None
    (tmp_path / "model.safetensors").write_bytes(b"\x05\x00")
    assert describe_checkpoint(tmp_path) is None
