"""A tiny pair and rows for it: real architectures, random weights; imported by tests and their processes."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tiny_models import byte_tokenizer, tiny_llama

from paser_core.models.checkpoint import fingerprint_of
from paser_core.recover.masks import matrices

QUICK = {"epochs": 2, "batch": 8, "lr": 3e-3, "template": "alpaca", "checkpoint_seconds": 0.0}


def rows(n):
    """Questions and answers of several lengths."""
    return [
        {
            "instruction": f"Add {i} and {3 * i + 1}" + " please" * (i % 4) + ".",
            "output": f"It is {4 * i + 1}" + " indeed" * (i % 3) + ".",
        }
        for i in range(n)
    ]


def write_rows(folder, n=24):
    file = folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows(n)), encoding="utf-8")
    return file


def two_four(model):
    """Zero the two smallest of every four weights in a row."""
    with torch.no_grad():
        for _, weight, axis in matrices(model):
            lines = weight.movedim(axis, -1)
            four = lines.reshape(*lines.shape[:-1], -1, 4)
            smallest = four.abs().argsort(-1)[..., :2]
            lines.copy_(four.scatter(-1, smallest, 0.0).reshape(lines.shape))
    return model


def sparse(model, share=0.6):
    """Zero the smallest weights of every matrix."""
    with torch.no_grad():
        for _, weight, _ in matrices(model):
            cut = weight.abs().flatten().kthvalue(int(share * weight.numel())).values
            weight[weight.abs() <= cut] = 0.0
    return model


def write_pair(folder, prune=two_four, **changes):
    """``original`` and ``compressed`` in a folder, with their tokenizer and compression.json."""
    tokenizer = byte_tokenizer()
    tiny_llama(0, len(tokenizer), **changes).save_pretrained(folder / "original")
    prune(tiny_llama(0, len(tokenizer), **changes)).save_pretrained(folder / "compressed")
    for role in ("original", "compressed"):
        tokenizer.save_pretrained(folder / role)
    (folder / "compressed" / "compression.json").write_text(
        json.dumps(
            {
                "method": "wanda",
                "pattern": "2:4",
                "original": {
                    "name": str(folder / "original"),
                    "fingerprint": fingerprint_of(str(folder / "original")),
                },
            }
        )
    )
    return folder / "compressed"


def work(compressed: Path, data: Path, out: Path, settings: dict, started=None) -> None:
    """A whole recovery, in a process that may be killed."""
    import paser_core as paser

    torch.set_num_threads(1)
    if started is not None:
        started.set()
    paser.recover(compressed, data, out=out, **settings)


def work_on_a_small_disk(compressed, data, out, settings, most_bytes, answer) -> None:
    """A recovery that may write no file larger than ``most_bytes``; sends what it died of."""
    import resource

    import paser_core as paser
    from paser_core.errors import RunError

    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    try:
        paser.recover(compressed, data, out=out, **settings)
    except RunError as error:
        answer.send(str(error))
    else:
        answer.send("")
