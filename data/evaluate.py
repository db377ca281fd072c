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
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch
from families import check
from families.sample import Sample
from train_model import prompt, question
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
def answers(model: Any, tokenizer: Any, samples: list[Sample]) -> list[str]:
    """Greedy answers of one model, in the order of the samples."""
    prompts = [prompt(question(s.instruction, s.input)) for s in samples]
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
    """95 % score interval of a share (Wilson 1927); unlike p ± 2 se it is honest near 0 and 1."""
    z = 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def rank_correlation(before: dict[str, float], after: dict[str, float]) -> None:
    """Print what PASER saw beside what was lost, and how well the two orders agree."""
    import pandas as pd
    from scipy.stats import spearmanr

    columns = ["capability", "source", "divergence"]
    samples = pd.read_parquet(DEMO / "run" / "samples.parquet", columns=columns)
    names = list(before)
    lost = [before[name] - after[name] for name in names]
    # The held-out split has generated samples only, so they are also looked at alone.
    for title, part in (
        ("all samples", samples),
        ("generated samples only", samples[samples["source"] == "generated"]),
    ):
        damage = part.groupby("capability")["divergence"].mean()
        result = spearmanr([damage[name] for name in names], lost)
        print(
            f"\nMean divergence per capability against accuracy lost, {title}: "
            f"Spearman {result.statistic:.2f} (n = {len(names)}, p = {result.pvalue:.3f})"
        )
        for name in sorted(names, key=lambda name: -damage[name]):
            print(f"  {name:18} {damage[name]:.4f}  {before[name] - after[name]:6.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compressed", type=Path, default=DEMO / "models" / "compressed")
    parser.add_argument("--dry", action="store_true", help="print only")
    arguments = parser.parse_args()
    groups = heldout()
    before = accuracy(DEMO / "models" / "original", groups)
    after = accuracy(arguments.compressed, groups)
    print(f"{'capability':18} {'n':>3}  {'original':>22}  {'compressed':>22}  {'lost':>6}")
    table: dict[str, dict[str, object]] = {}
    for name, samples in groups.items():
        n = len(samples)
        cells = []
        table[name] = {"n": n}
        for model, value in (("original", before[name]), ("compressed", after[name])):
            low, high = wilson(value, n)
            cells.append(f"{value:6.1%} ({low:.0%} to {high:.0%})")
            table[name][model] = round(value, 4)
            table[name][f"{model}_95"] = [round(low, 4), round(high, 4)]
        lost = before[name] - after[name]
        print(f"{name:18} {n:3}  {cells[0]:>22}  {cells[1]:>22}  {lost:6.1%}")
    mean = [sum(x.values()) / len(x) for x in (before, after)]
    print(f"{'mean':18}      {mean[0]:22.1%}  {mean[1]:22.1%}")
    if not arguments.dry:
        text = json.dumps(table, indent=2) + "\n"
        (DEMO / "accuracy.json").write_text(text, encoding="utf-8")
    if (DEMO / "run" / "samples.parquet").exists():
        rank_correlation(before, after)


if __name__ == "__main__":
    main()
