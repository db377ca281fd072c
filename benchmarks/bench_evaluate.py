"""What an evaluation must reach on real files: every solution of HumanEval and MBPP, all of WikiText-2.

    python benchmarks/bench_evaluate.py [--skip-text]

Runs the 164 and 427 own solutions through the sandbox, two at a time, and compares the perplexity of
the demo's compressed model on the whole test text with a direct computation (the library's own loss,
window after window). Fails when a solution does not pass, or the perplexities differ by more than 1e-4.
"""

from __future__ import annotations

import argparse
import gzip
import math
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from shared_data import ROOT, shared

import paser_core as paser
from paser_core.evaluate.sandbox import Limits, Outcome, run_code
from paser_core.evaluate.tasks.code import Problem, read_problems
from paser_core.models.loading import load_causal_lm, load_tokenizer

MODEL = str(ROOT / "data" / "demo" / "models" / "compressed")
TOLERANCE = 1e-4
LIMITS = Limits(seconds=60)  # whether they pass, also on a machine that is busy with other things


def solutions(name: str) -> bool:
    problems = read_problems(shared(f"eval/{name}"))

    def run(problem: Problem) -> Outcome:
        return run_code(problem.program(problem.solution or ""), LIMITS)

    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(run, problems))
    took = time.perf_counter() - began
    right = sum(outcome.right for outcome in outcomes)
    slowest = max(outcome.seconds for outcome in outcomes)
    print(
        f"{name}: {right} / {len(problems)} pass; {took:.0f} s, the slowest program {slowest:.1f} s"
    )
    for problem, outcome in zip(problems, outcomes, strict=True):
        if not outcome.right:
            print(f"  {problem.id}: {outcome.why}")
    return right == len(problems)


def perplexity() -> bool:
    path = shared("eval/wikitext2_test.txt.gz")
    with tempfile.TemporaryDirectory() as place:
        evaluation = paser.evaluate(MODEL, f"ppl:{path}", out=Path(place) / "out")
    (found,) = evaluation.results["tasks"].values()
    model, tokenizer = load_causal_lm(MODEL, torch.float32)[0], load_tokenizer(MODEL)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        ids = torch.tensor(tokenizer(file.read())["input_ids"])
    nats, tokens = 0.0, 0
    for window in ids.split(found["context"]):
        with torch.inference_mode():
            loss = float(model(window[None], labels=window[None]).loss)
        nats, tokens = nats + loss * (len(window) - 1), tokens + len(window) - 1
    direct = math.exp(nats / tokens)
    error = abs(found["perplexity"] / direct - 1)
    print(
        f"WikiText-2 at context {found['context']}: {found['perplexity']:.4f}, directly {direct:.4f} "
        f"({tokens:,} tokens, {found['seconds']:.0f} s); relative difference {error:.1e}"
    )
    return error <= TOLERANCE and tokens == int(found["tokens"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skip-text", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    good = [solutions(name) for name in ("humaneval.jsonl.gz", "mbpp_sanitized.json")]
    if not arguments.skip_text:
        good.append(perplexity())
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
