"""Make the whole demo again: ``python data/make_demo.py`` (under an hour on two cores).

With ``--accuracy`` only its last part: both models on the held-out split, by ``paser evaluate``. Writes
data/demo/accuracy.json and prints how well the damage that PASER saw (mean divergence) agrees with the
accuracy that was really lost.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
DEMO = HERE / "demo"
RUN = DEMO / "run"
MODELS = ("original", "compressed")


def step(*arguments: str) -> None:
    print("==", " ".join(arguments), flush=True)
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True)


def paser(*arguments: str) -> None:
    step("-m", "paser_core.cli", *arguments)


def anew(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def compress() -> None:
    """The demo's compressed model: any other share of zeros is an edit of this line away."""
    anew(DEMO / "models" / "compressed")
    original, out = "data/demo/models/original", "data/demo/models/compressed"
    paser("compress", original, "--method", "magnitude", "--sparsity", "0.65", "--out", out)


def measure() -> dict[str, dict[str, Any]]:
    """The figures of both models by capability, as ``results.json`` has them."""
    found = {}
    with tempfile.TemporaryDirectory() as place:
        for model in MODELS:
            out = f"{place}/{model}"
            paser("evaluate", f"data/demo/models/{model}", "--tasks", "demo", "--out", out)
            results = json.loads(Path(out, "results.json").read_text(encoding="utf-8"))
            found[model] = results["tasks"]["demo"]["capabilities"]
    return found


def write_accuracy(found: dict[str, dict[str, Any]]) -> None:
    table = {}
    for name, first in found["original"].items():
        table[name] = {"n": first["n"]}
        for model in MODELS:
            figure = found[model][name]
            table[name][model] = round(figure["score"], 4)
            table[name][f"{model}_95"] = [round(figure["low"], 4), round(figure["high"], 4)]
    text = json.dumps(table, indent=2) + "\n"
    (DEMO / "accuracy.json").write_text(text, encoding="utf-8")


def rank_correlation(found: dict[str, dict[str, Any]]) -> None:
    """Print what PASER saw beside what was lost, and how well the two orders agree."""
    import pandas as pd
    from scipy.stats import spearmanr

    columns = ["capability", "source", "divergence"]
    samples = pd.read_parquet(RUN / "samples.parquet", columns=columns)
    names = list(found["original"])
    before, after = ({n: found[model][n]["score"] for n in names} for model in MODELS)
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
    parser.add_argument("--accuracy", action="store_true", help="only evaluate the models")
    if not parser.parse_args().accuracy:
        step("data/make_dataset.py")
        step("data/train_model.py")
        compress()
        anew(RUN)
        paser("run", "data/demo/run.yaml", "--out", "data/demo/run")
    found = measure()
    write_accuracy(found)
    rank_correlation(found)


if __name__ == "__main__":
    main()
