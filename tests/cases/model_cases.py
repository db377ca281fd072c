"""What the cases about models share: tiny models beside the data, and the command itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig
from transformers.utils import logging

from paser_core.cli import main
from paser_core.runs import Run

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "data" / "demo" / "models"
# Few rows: the map of less than ten needs no UMAP, which takes longer than all the rest.
FEW = ("--set", "data.limit=9", "--set", "clustering.n_clusters=2")


def place(case: str, tmp_path: Path, config=None, template: str | None = None) -> Path:
    """A copy of the case's inputs, with the models original and compressed beside them."""
    folder = tmp_path / case
    shutil.copytree(HERE / case, folder)
    tokenizer = AutoTokenizer.from_pretrained(DEMO / "original")
    tokenizer.chat_template = template
    config = config or LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=2048,
    )  # fmt: skip
    logging.disable_progress_bar()  # of the library's saving, which is not ours to judge
    for seed, name in enumerate(("original", "compressed")):
        torch.manual_seed(seed)
        AutoModelForCausalLM.from_config(config).save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)
    return folder


def paser(*arguments: str) -> int:
    """The command, in this process; relative paths are those of the current folder."""
    return main(["run", "run.yaml", *arguments])


def notices(run: Path) -> dict[str, str]:
    """What the manifest says beside the numbers, by code."""
    return {notice.code: notice.text for notice in Run.open(run).notices}


def stages(run: Path) -> list[str]:
    """The stages that were done."""
    return list(json.loads((run / "manifest.json").read_text(encoding="utf-8"))["stages"])
