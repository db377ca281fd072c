"""Whatever stands in the files of a checkpoint, it is used or refused in one sentence."""

from __future__ import annotations

import json
import random
import shutil
import struct

import pytest

from paser_core.errors import ModelError, PaserError
from paser_core.measure import checks
from paser_core.models.check import check_model
from paser_core.models.compression import describe_checkpoint
from paser_core.models.loading import load_tokenizer

VALUES = [
    None,
    True,
    -1,
    0,
    1.5,
    "x",
    "",
    [],
    {},
    [1],
    {"a": 1},
    10**30,
    -(10**9),
    1e308,
    "8",
    2**31,
]


def damage_json(file, chance):
    tree = json.loads(file.read_text(encoding="utf-8"))
    node = tree
    while True:
        key = chance.choice(list(node))
        if isinstance(node[key], dict) and node[key] and chance.random() < 0.6:
            node = node[key]
            continue
        node[key] = chance.choice(VALUES)
        break
    file.write_text(json.dumps(tree), encoding="utf-8")


def damage_header(file, chance):
    raw = file.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    tensor = chance.choice([name for name in header if name != "__metadata__"])
    value = chance.choice([*VALUES, [-1, 5], [0, 10**12], ["a", "b"], [1, 2, 3], "F8"])
    field = chance.choice(["dtype", "shape", "data_offsets", None])
    if field is None:
        header[tensor] = value
    else:
        header[tensor][field] = value
    text = json.dumps(header).encode()
    said = chance.choice([len(text)] * 4 + [2**62, 3])
    file.write_bytes(struct.pack("<Q", said) + text + raw[8 + length :])


def damage_bytes(file, chance):
    raw = bytearray(file.read_bytes())
    for _ in range(chance.randint(1, 20)):
        raw[chance.randrange(min(len(raw), 4000))] = chance.randrange(256)
    if chance.random() < 0.3:
        raw = raw[: chance.randrange(len(raw))]
    file.write_bytes(bytes(raw))


WAYS = [
    ("config.json", damage_json),
    ("tokenizer_config.json", damage_json),
    ("tokenizer.json", damage_json),
    ("model.safetensors", damage_header),
    ("config.json", damage_bytes),
    ("tokenizer.json", damage_bytes),
    ("model.safetensors", damage_bytes),
]


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize(("name", "damage"), WAYS)
def test_damaged_files_are_used_or_refused_in_one_sentence(checkpoints, tmp_path, name, damage):
    refusals = []
    for seed in range(20):
        folder = shutil.copytree(checkpoints / "original", tmp_path / f"{seed}")
        damage(folder / name, random.Random(seed))
        for look in (check_model, checks.check_model, load_tokenizer, describe_checkpoint):
            arguments = (folder,) if look is describe_checkpoint else (str(folder),)
            try:
                look(*arguments, *(("original",) if look is check_model else ()))
            except PaserError as error:
                refusals.append(str(error))
    assert refusals  # else nothing was damaged
    assert not any("\n" in refusal for refusal in refusals)


@pytest.mark.parametrize(
    ("quantization", "words"),
    [
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "pip install bitsandbytes"),
        ({"load_in_8bit": True}, "bitsandbytes"),
        ({"quant_method": "gptq", "bits": 4}, "pip install gptqmodel optimum"),
        ({"quant_method": "awq", "bits": 4}, "gptqmodel"),
        ({"quant_method": "compressed-tensors"}, "pip install compressed-tensors"),
        ({"quant_method": "hqq"}, "hqq"),
        ({"quant_method": "exl2"}, "does not load"),
        ({"quant_method": ["x"]}, "quantized|config"),
        ("nonsense", "quantized|config"),
    ],
)
def test_what_a_quantized_checkpoint_needs_is_named(
    checkpoints, tmp_path, monkeypatch, quantization, words
):
    # As without the extras: what compresses brings one of these packages.
    monkeypatch.setattr("paser_core.models.quantization._is_installed", "accelerate".__eq__)
    folder = shutil.copytree(checkpoints / "original", tmp_path / "model")
    file = folder / "config.json"
    tree = json.loads(file.read_text()) | {"quantization_config": quantization}
    file.write_text(json.dumps(tree))
    with pytest.raises(ModelError, match=words):
        check_model(str(folder), "compressed")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("model.onnx", "ONNX"),
        ("tf_model.h5", "TensorFlow"),
        ("flax_model.msgpack", "Flax"),
        ("consolidated.00.pth", "PyTorch alone"),
        ("weights.gguf", "GGUF"),
    ],
)
def test_formats_that_are_not_loaded_are_named(checkpoints, tmp_path, name, words):
    folder = shutil.copytree(checkpoints / "original", tmp_path / "model")
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(b"x")
    with pytest.raises(ModelError, match=words):
        check_model(str(folder), "compressed")
    assert words in checks.check_model(str(folder)).sentence


def test_a_shard_that_is_missing_is_named(checkpoints, tmp_path):
    folder = shutil.copytree(checkpoints / "original", tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    index = {
        "weight_map": {
            "a": "model-00001-of-00002.safetensors",
            "b": "model-00002-of-00002.safetensors",
        }
    }
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match="model-00002-of-00002"):
        check_model(str(folder), "compressed")
    assert "model-00002-of-00002" in checks.check_model(str(folder)).sentence
