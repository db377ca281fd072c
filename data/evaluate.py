"""Measure the demo's models on the held-out split: ``python data/evaluate.py``.

Greedy answers, judged by the checker of each capability; Wilson 95 % intervals. Writes
data/demo/accuracy.json. When the finished run is there, it also prints the rank correlation
between the damage PASER saw (mean divergence) and the accuracy that was really lost.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch
from families import FAMILIES, check
from families.sample import Sample
from train_model import question
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = Path(__file__).resolve().parent
DEMO = HERE / "demo"
BATCH = 65
LONGEST_ANSWER = 40


def heldout() -> dict[str, list[Sample]]:
    groups: dict[str, list[Sample]] = {}
    for line in (DEMO / "heldout.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        sample = Sample(row["instruction"], row["input"], row["output"], tuple(row["facts"]))
        groups.setdefault(row["capability"], []).append(sample)
    return groups


@torch.no_grad()
def answers(model: torch.nn.Module, tokenizer, samples: list[Sample]) -> list[str]:
    """Greedy answers of one model, in the order of the samples."""
    prompts = [f"### Task\n{question(s.instruction, s.input)}\n### Answer\n" for s in samples]
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    texts = [""] * len(prompts)
    tokenizer.padding_side = "left"
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        batch = tokenizer([prompts[i] for i in rows], return_tensors="pt", padding=True)
        out = model.generate(
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
            max_new_tokens=LONGEST_ANSWER,
            do_sample=False,
        )
        for i, ids in zip(rows, out[:, batch["input_ids"].shape[1] :], strict=True):
            texts[i] = tokenizer.decode(ids, skip_special_tokens=True)
    return texts


def accuracy(folder: Path, groups: dict[str, list[Sample]]) -> dict[str, float]:
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    result = {}
    for capability, samples in groups.items():
        texts = answers(model, tokenizer, samples)
        right = sum(check(capability, s, t) for s, t in zip(samples, texts, strict=True))
        result[capability] = right / len(samples)
    return result


def wilson(p: float, n: int) -> tuple[float, float]:
    z = 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return middle - half, middle + half


def rank_correlation(before: dict[str, float], after: dict[str, float]) -> None:
    import pandas as pd
    from scipy.stats import spearmanr

    samples = pd.read_parquet(DEMO / "run" / "samples.parquet", columns=["capability", "divergence"])
    damage = samples.groupby("capability")["divergence"].mean()
    names = list(FAMILIES)
    loss = [before[name] - after[name] for name in names]
    result = spearmanr([damage[name] for name in names], loss)
    print(
        f"\nRank correlation of mean divergence and accuracy lost, over {len(names)} capabilities: "
        f"{result.statistic:.2f} (p = {result.pvalue:.3f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compressed", type=Path, default=DEMO / "models" / "compressed")
    parser.add_argument("--dry", action="store_true", help="print only")
    arguments = parser.parse_args()
    groups = heldout()
    before = accuracy(DEMO / "models" / "original", groups)
    after = accuracy(arguments.compressed, groups)
    print(f"{'capability':18} {'n':>3}  {'original':>22}  {'compressed':>22}  {'lost':>6}")
    table = {}
    for name, samples in groups.items():
        n = len(samples)
        cells = []
        for value in (before[name], after[name]):
            low, high = wilson(value, n)
            cells.append(f"{value:6.1%} ({low:.0%} to {high:.0%})")
        lost = before[name] - after[name]
        print(f"{name:18} {n:3}  {cells[0]:>22}  {cells[1]:>22}  {lost:6.1%}")
        table[name] = {"n": n, "original": round(before[name], 4), "compressed": round(after[name], 4)}
    mean = [sum(x.values()) / len(x) for x in (before, after)]
    print(f"{'mean':18}      {mean[0]:22.1%}  {mean[1]:22.1%}")
    if not arguments.dry:
        text = json.dumps(table, indent=2) + "\n"
        (DEMO / "accuracy.json").write_text(text, encoding="utf-8")
    if (DEMO / "run" / "samples.parquet").exists():
        rank_correlation(before, after)


if __name__ == "__main__":
    main()
