"""Make the whole demo again: ``python data/make_demo.py`` (under an hour on two cores)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RUN = HERE / "demo" / "run"


def step(*arguments: str) -> None:
    print("==", " ".join(arguments), flush=True)
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True)


def main() -> None:
    step("data/make_dataset.py")
    step("data/train_model.py")
    step("data/compress_model.py")
    if RUN.exists():
        shutil.rmtree(RUN)
    step("-m", "paser_core.cli", "run", "data/demo/run.yaml", "--out", "data/demo/run")
    step("data/evaluate.py")


if __name__ == "__main__":
    main()
