"""Compress the demo's model: ``python data/compress_model.py [--sparsity 0.65]``.

Unstructured pruning by magnitude, weight matrix by weight matrix (embeddings and norms are left
alone): the simplest scheme there is, without any calibration, so that the damage is uneven and
nothing in it was tuned to the data. The result is an ordinary checkpoint.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = Path(__file__).resolve().parent
MODELS = HERE / "demo" / "models"
SPARSITY = 0.65


@torch.no_grad()
def prune(model: torch.nn.Module, sparsity: float) -> float:
    """Zero the smallest weights of every linear layer of the body; returns the share of zeros."""
    zeros = total = 0
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and "lm_head" not in name:
            weight = module.weight
            cut = weight.abs().flatten().kthvalue(int(sparsity * weight.numel())).values
            weight[weight.abs() <= cut] = 0.0
            zeros += int((weight == 0).sum())
            total += weight.numel()
    return zeros / total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sparsity", type=float, default=SPARSITY)
    parser.add_argument("--out", type=Path, default=MODELS / "compressed")
    arguments = parser.parse_args()
    model = AutoModelForCausalLM.from_pretrained(MODELS / "original")
    share = prune(model, arguments.sparsity)
    model.save_pretrained(arguments.out)
    AutoTokenizer.from_pretrained(MODELS / "original").save_pretrained(arguments.out)
    (arguments.out / "compression.json").write_text(
        json.dumps(
            {
                "method": "magnitude pruning, unstructured, per weight matrix",
                "sparsity": arguments.sparsity,
                "zeros_in_linear_layers": round(share, 4),
            },
            indent=2,
        )
        + "\n",
        encoding="utf-8",
    )
    print(f"{arguments.out.name}: {share:.1%} of the linear weights are zero")


if __name__ == "__main__":
    main()
