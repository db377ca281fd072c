"""Making runs through the front door: from names and live objects, and what is refused."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import datasets
import numpy as np
import pandas as pd
import pytest
import torch
from tiny_models import tiny_llama
from tiny_rows import TINY, tiny_pool

import paser_core as paser
from paser_core.errors import ConfigError, DataError, ModelError, RunError

ROOT = Path(__file__).parents[2]


class Letters:
    """An encoder with nothing but the one method."""

    def encode(self, texts):
        return [[1.0, *map(text.count, "abcdefghijklmnopqrstuvwxyz123456789")] for text in texts]


def manifest(run):
    return json.loads((run.path / "manifest.json").read_text(encoding="utf-8"))


def test_public_names():
    assert paser.__all__ == [
        "Comparison",
        "Compressed",
        "Evaluation",
        "Explanation",
        "Run",
        "Selection",
        "Study",
        "__version__",
        "compress",
        "evaluate",
        "open",
        "recover",
        "run",
    ]
    assert all(getattr(paser, name) is not None for name in paser.__all__)
    with pytest.raises(AttributeError, match="selct"):
        _ = paser.selct


def test_nothing_heavy_is_loaded_before_it_is_needed():
    code = (
        "import sys, paser_core as paser; heavy = ('torch', 'transformers', 'pandas', 'numpy');"
        "assert not [m for m in heavy if m in sys.modules], 'at import';"
        "paser.open('data/demo/run').clusters;"
        "assert not [m for m in heavy[:2] if m in sys.modules], 'at open'"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_a_package_can_be_the_function_of_its_name(monkeypatch):
    package = ModuleType("paser_core.open")  # as `import paser_core.recover` puts it there
    monkeypatch.setitem(sys.modules, package.__name__, package)
    paser.callable_package(package.__name__)
    assert inspect.signature(package) == inspect.signature(paser.open)
    assert package(ROOT / "data/demo/run").path == ROOT / "data/demo/run"


def test_live_models_are_recorded_by_what_is_known_of_them(measured, live):
    models = manifest(measured)["models"]
    assert models["original"]["name"].startswith("LlamaForCausalLM (config ")
    assert models["original"]["name"] != models["compressed"]["name"]
    assert models["original"]["fingerprint"][:12] in models["original"]["name"]
    assert measured.samples["divergence"].between(0, 1, inclusive="neither").all()
    assert repr(measured).count("\n") == 2


def test_live_models_measure_what_named_ones_do(measured, live, tmp_path):
    for role, model in zip(("original", "compressed"), live[:2], strict=True):
        model.save_pretrained(tmp_path / role)
        live[2].save_pretrained(tmp_path / role)
    pool = tmp_path / "pool.jsonl"
    pool.write_text("".join(json.dumps(row) + "\n" for row in tiny_pool()), encoding="utf-8")
    named = paser.run(
        pool,
        original=tmp_path / "original",
        compressed=tmp_path / "compressed",
        out=tmp_path / "run",
        **TINY,
    )
    np.testing.assert_allclose(
        named.samples["divergence"], measured.samples["divergence"], atol=2e-6
    )
    assert list(named.samples["level"]) == list(measured.samples["level"])


def test_one_model_may_be_a_name(live, tmp_path):
    live[0].save_pretrained(tmp_path / "original")
    live[2].save_pretrained(tmp_path / "original")
    run = paser.run(
        tiny_pool(),
        original=str(tmp_path / "original"),
        compressed=live[0],
        tokenizer=live[2],
        out=tmp_path / "run",
        **TINY,
    )
    assert run.samples["divergence"].abs().max() < 1e-6  # the same weights


def test_a_finished_run_is_opened_and_other_weights_or_rows_are_refused(measured, live):
    original, compressed, tokenizer = live
    again = {"tokenizer": tokenizer, "out": measured.path, **TINY}
    events = measured.path / "events.jsonl"
    paser.run(tiny_pool(), original=original, compressed=compressed, **again)
    assert '"stage_reused"' in events.read_text().splitlines()[-2]
    damaged = tiny_llama(1, len(tokenizer))
    with torch.no_grad():
        next(damaged.parameters())[0, 0] += 1.0
    with pytest.raises(RunError, match=r"models\.compressed"):
        paser.run(tiny_pool(), original=original, compressed=damaged, **again)
    with pytest.raises(RunError, match="has changed"):
        paser.run(tiny_pool(8), original=original, compressed=compressed, **again)


@pytest.mark.parametrize("kind", [list, pd.DataFrame, datasets.Dataset.from_list])
def test_rows_in_memory_are_the_same_data_whatever_holds_them(kind, tmp_path):
    run = paser.run(kind(tiny_pool()), encoder=Letters(), out=tmp_path / "run", **TINY)
    assert run.artifact.original(4) == tiny_pool()[4]
    assert run.samples.loc["s4", "level"] == 4
    assert "without models" in repr(run)
    assert manifest(run)["encoder"]["name"].startswith("Letters")


def test_a_frame_of_mixed_cells_is_read_cell_by_cell(tmp_path):
    pool = tiny_pool()
    pool[0]["level"], pool[1]["level"] = "none", None
    run = paser.run(pd.DataFrame(pool), encoder=Letters(), out=tmp_path / "run", **TINY)
    assert run.artifact.original(0)["level"] == "none"
    assert run.artifact.original(1)["level"] is None


def test_sections_change_what_a_config_says(tmp_path):
    config = {"seed": 3, "clustering": {"k_min": 2, "k_max": 3}}
    changed = {"manifold": TINY["manifold"], "clustering": {"k_max": 4}}
    run = paser.run(tiny_pool(), encoder=Letters(), config=config, out=tmp_path / "run", **changed)
    applied = run.artifact.config
    assert (applied.seed, applied.clustering.k_min, applied.clustering.k_max) == (3, 2, 4)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"pool": 7}, DataError, ["int", "list of dicts", "DataFrame"]),
        ({"pool": [{"instruction": "a"}, "b"]}, DataError, ["Element 1", "'b'", "dict"]),
        ({"pool": []}, DataError, ["no rows"]),
        ({"original": "a/b"}, ConfigError, ["models.compressed", "missing"]),
        ({"original": 3, "compressed": "a/b"}, ModelError, ["original", "int", "hub name"]),
        ({"encoder": object()}, ModelError, ["encoder", "encode(texts)"]),
        ({"clusterin": {}}, ConfigError, ["clusterin", "'clustering'"]),
        ({"seed": -1}, ConfigError, ["seed", "-1"]),
        ({"config": 5}, ConfigError, ["config", "5", "YAML"]),
    ],
)
def test_what_cannot_be_used_is_said(given, error, words, tmp_path):
    arguments = {"pool": tiny_pool(), "out": tmp_path / "run", **given}
    with pytest.raises(error) as caught:
        paser.run(**arguments)
    assert [word for word in words if word not in str(caught.value)] == []


def test_objects_need_a_tokenizer(live, tmp_path):
    with pytest.raises(ConfigError, match="`tokenizer`"):
        paser.run(tiny_pool(), original=live[0], compressed=live[1], out=tmp_path / "run", **TINY)
