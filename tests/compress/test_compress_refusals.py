"""What cannot be done is said in a sentence, before the work, and leaves nothing behind."""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from family_models import plainly, write_family
from safetensors.torch import load_file, save_file
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

import paser_core as paser
from paser_core.cli import main
from paser_core.compress.oneshot import check_packages
from paser_core.errors import CompressionError, ConfigError, DataError, ModelError, PaserError
from paser_core.models.compression import describe_checkpoint
from paser_core.registry import COMPRESSIONS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("method", "given", "error", "words"),
    [
        ("wandaa", {}, ConfigError, ["'wandaa'", "Did you mean 'wanda'", "sparsegpt"]),
        ("wanda", {"sparsity": 1.5}, ConfigError, ["sparsity is 1.5", "'2:4'"]),
        ("wanda", {"sparsity": 124}, ConfigError, ["124", "in quotes"]),  # what YAML makes of 2:4
        ("wanda", {"sparsity": "3:4"}, ConfigError, ["'3:4'", "'2:4'"]),
        ("magnitude", {"sparsity": 0}, ConfigError, ["sparsity is 0", "above 0"]),
        ("magnitude", {"sparsity": "2:4"}, ConfigError, ["sparsity is", "share"]),
        ("magnitude", {"sparsty": 0.5}, ConfigError, ["sparsty", "'sparsity'"]),
        ("slicegpt", {"ratio": -0.1}, ConfigError, ["ratio is -0.1"]),
        ("slicegpt", {"ratio": 0.9}, ModelError, ["0.9", "32", "lower"]),
        ("llm-pruner", {"taylor": "third"}, ConfigError, ["'third'", "first, second, mixed"]),
        ("llm-pruner", {"exempt_first": 2}, ModelError, ["2 blocks", "exempt_first = 2"]),
        ("llm-pruner", {"ratio": 0.01}, ModelError, ["4 groups", "48 MLP channels", "raise"]),
        ("rtn", {"bits": 1}, ConfigError, ["bits is 1", "between 2 and 8"]),
        ("rtn", {"group": 20}, ModelError, ["32 inputs", "group = 20"]),
        ("sparsegpt", {}, ConfigError, ["calibration", "--calibration FILE"]),
        ("gptq", {"calibration": "nowhere.jsonl"}, DataError, ["nowhere.jsonl"]),
        ("wanda", {"calibration": {"rows": 0}}, ConfigError, ["calibration.rows", "0"]),
        ("wanda", {"calibration": {"pth": "a"}}, ConfigError, ["pth", "'path'"]),
        ("magnitude", {"loading": {"device": "gpu"}}, ConfigError, ["'gpu'", "cuda"]),
    ],
)
def test_what_is_asked_for_wrongly(method, given, error, words, families, tmp_path):
    with pytest.raises(error) as caught:
        paser.compress(families["llama"], method, tmp_path / "out", **given)
    assert [word for word in words if word not in str(caught.value)] == []
    assert not list(tmp_path.iterdir())


def test_text_that_is_too_short_is_refused_with_the_number_that_is_needed(families, tmp_path):
    file = tmp_path / "short.jsonl"
    file.write_text(json.dumps({"instruction": "Add.", "output": "42"}), encoding="utf-8")
    calibration = {"path": file, "template": "none"}
    # The widest layer has 48 inputs.
    with pytest.raises(ConfigError, match=r"tokens in 1 row; wanda needs at least 48, as many"):
        paser.compress(families["qwen2"], "wanda", tmp_path / "out", calibration=calibration)
    assert [path.name for path in tmp_path.iterdir()] == ["short.jsonl"]


def test_rows_in_memory_are_the_same_text_and_what_is_lacking_is_counted(families, pool, tmp_path):
    rows = [json.loads(line) for line in pool.read_text(encoding="utf-8").splitlines()]
    rows[3]["output"] = ""
    made = paser.compress(families["llama"], "slicegpt", tmp_path / "a", calibration=rows)
    assert made.record["calibration"]["rows"] == 23
    assert any("23 of the 128 calibration rows" in text for text in made.warnings)
    assert any("1 of its rows cannot be used" in text for text in made.warnings)
    assert any("lost their end" in text for text in _cut(families, pool, tmp_path).warnings)


def _cut(families, pool, tmp_path):
    calibration = {"path": pool, "max_length": 16}
    return paser.compress(families["llama"], "slicegpt", tmp_path / "b", calibration=calibration)


def test_a_model_without_the_names_that_are_needed(pool, tmp_path):
    """Another family than those that are cut, with everything in layers of its own names."""
    folder = write_family("llama", tmp_path / "neox")  # for its tokenizer
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1}
    config = GPTNeoXConfig(vocab_size=320, num_attention_heads=4, **sizes)
    GPTNeoXForCausalLM(config).save_pretrained(folder)
    for method in ("llm-pruner", "slicegpt"):
        with pytest.raises(ModelError, match=f"gpt_neox model has no .*; {method} cuts blocks"):
            paser.compress(folder, method, tmp_path / "out", calibration=pool)
    paser.compress(folder, "wanda", tmp_path / "out", calibration=pool)  # which asks for less


def test_rows_that_cannot_be_cut_into_fours(pool, tmp_path):
    from tiny_models import byte_tokenizer, tiny_llama

    tokenizer = byte_tokenizer()
    tiny_llama(0, len(tokenizer), intermediate_size=46).save_pretrained(tmp_path / "m")
    tokenizer.save_pretrained(tmp_path / "m")
    with pytest.raises(ModelError, match=r"down_proj has 46 inputs, .* --sparsity 0.5"):
        paser.compress(tmp_path / "m", "wanda", tmp_path / "out", calibration=pool)


def test_a_model_that_is_quantized_already(families, tmp_path):
    paser.compress(families["llama"], "rtn", tmp_path / "four")
    with pytest.raises(ModelError, match="quantized already"):
        paser.compress(tmp_path / "four", "magnitude", tmp_path / "out")


def test_weights_that_are_no_numbers_are_not_kept(families, tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    for path in families["llama"].iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"][0] = float("nan")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CompressionError, match="nothing was kept"):
        paser.compress(folder, "magnitude", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["broken"]


def test_a_folder_that_holds_something_is_left_alone(families, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    paser.compress(families["llama"], "magnitude", out)  # an empty one may be filled
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    for settings, place in (({"sparsity": 0.6}, out), ({}, out / "config.json"), ({}, tmp_path)):
        with pytest.raises(CompressionError, match=r"not empty|is a file"):
            paser.compress(families["llama"], "magnitude", place, **settings)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_the_same_order_finds_its_result_unless_it_is_damaged(families, pool, tmp_path):
    def made(**changes):
        calibration = {"path": pool, "rows": 8, **changes}
        return paser.compress(
            families["llama"], "llm-pruner", tmp_path / "out", calibration=calibration
        )

    first = made()
    assert made().record == first.record  # seconds as well: it was not made again
    with pytest.raises(CompressionError, match="not empty"):
        made(seed=1)
    weights = first.path / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(CompressionError, match="not empty"):
        made()


def test_what_a_kill_left_behind_goes(families, tmp_path):
    left = tmp_path / ".out.paser-abc123" / "new"
    left.mkdir(parents=True)
    (left / "model.safetensors").write_bytes(b"half")
    os.utime(left.parent, (0, 0))
    paser.compress(families["llama"], "magnitude", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of processes are POSIX's")
def test_a_disk_that_fills_leaves_nothing(families, tmp_path):
    """No file may grow past 20,000 bytes: the weights are larger."""
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(CompressionError) as caught:
            paser.compress(families["llama"], "magnitude", tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert "cannot be written" in str(caught.value)
    assert "Free some space" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_package_that_is_missing_is_named_with_the_command(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for name, method in COMPRESSIONS.items():
        if method.packages:
            with pytest.raises(ConfigError, match=r"pip install -e \"\.\[compress\]\""):
                check_packages(method.packages, name)
        else:
            check_packages(method.packages, name)
    assert {n for n, m in COMPRESSIONS.items() if m.packages} == {
        "wanda",
        "sparsegpt",
        "rtn",
        "gptq",
    }


def test_the_command_says_what_was_made_and_nothing_else(families, pool, tmp_path):
    """Libraries that log, draw bars and warn are not heard; only the folder asked for appears."""
    work = tmp_path / "work"
    work.mkdir()
    command = [sys.executable, "-m", "paser_core.cli", "compress", str(families["llama"])]
    options = ["--method", "gptq", "--calibration", str(pool), "--rows", "8", "--out", "out"]
    environment = {k: v for k, v in os.environ.items() if "LOG" not in k} | {
        "PYTHONPATH": str(ROOT)
    }
    done = subprocess.run(
        [*command, *options], cwd=work, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line.split(":")[0].strip() for line in lines if ": " in line] == [
        "load", "gptq", "write", "check", "Note (gptq)", "out", "loaded again",
    ]  # fmt: skip
    assert len(lines) == 8
    assert "bits a weight" in lines[5]
    assert [path.name for path in work.iterdir()] == ["out"]


def test_the_command_takes_patterns_settings_and_mistakes(families, pool, tmp_path, capsys):
    options = ["--method", "wanda", "--calibration", str(pool), "--sparsity", "2:4"]
    more = ["--set", "calibration.rows=8", "--set", "loading.dtype=bfloat16"]
    out = tmp_path / "out"
    assert main(["compress", str(families["llama"]), *options, *more, "--out", str(out)]) == 0
    assert "2:4 in all 14 matrices (counted)" in capsys.readouterr().out
    assert plainly(out).dtype is torch.bfloat16
    assert json.loads((out / "compression.json").read_text())["calibration"]["rows"] == 8
    assert main(["compress", str(families["llama"]), "--method", "wnda", "--out", str(out)]) == 2
    assert "Did you mean 'wanda'" in capsys.readouterr().err
    taken = ["--method", "magnitude", "--set", "out=x", "--out", str(tmp_path / "new")]
    assert main(["compress", str(families["llama"]), *taken]) == 2
    assert "--set out: this is no setting" in capsys.readouterr().err
    below = str(pool / "new")
    assert main(["compress", str(families["llama"]), "--method", "magnitude", "--out", below]) == 2
    assert "a file is in its place" in capsys.readouterr().err


def test_every_refusal_is_an_error_that_people_are_shown():
    assert issubclass(CompressionError, PaserError)


def test_a_checkpoint_is_described_by_what_was_counted_in_it(families, tmp_path):
    made = paser.compress(families["llama"], "magnitude", tmp_path / "out", sparsity=0.75)
    described = describe_checkpoint(made.path)
    assert described is not None
    assert "magnitude: 75.0 % of the weights of linear layers are zero (counted)" in str(described)
    weights = made.path / "model.safetensors"
    save_file(
        load_file(families["llama"] / "model.safetensors"), weights, metadata={"format": "pt"}
    )
    changed = describe_checkpoint(made.path)  # the file beside it tells of other weights
    assert changed is not None
    assert "magnitude" not in str(changed)
