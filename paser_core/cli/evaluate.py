"""``paser evaluate``: what a model can do, on tasks of your choice."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paser_core.cli.interrupt import Interrupt
from paser_core.cli.terminal import EXIT_DONE, Bar, say

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands


def add_to(commands: Commands) -> None:
    """Its options."""
    evaluate = commands.add_parser(
        "evaluate",
        help="measure what a model can do, item by item",
        description="Tasks: demo (the bundled questions), jsonl:FILE (your own questions: question, "
        "answer, check).",
    )
    evaluate.add_argument("model", metavar="MODEL", help="folder or hub name")
    evaluate.add_argument(
        "--tasks",
        action="append",
        required=True,
        metavar="TASK,…",
        help="what to measure; may be given more than once",
    )
    evaluate.add_argument("--out", type=Path, required=True, metavar="DIR", help="result folder")
    evaluate.add_argument("--template", help="alpaca, chat or none; take the one of the training")
    evaluate.add_argument("--samples", type=int, help="answers a problem, for pass@k; usually 1")
    evaluate.add_argument("--limit", type=int, help="only the first so many items of each task")
    evaluate.add_argument("--seed", type=int, help="of drawn answers; usually 0")
    evaluate.add_argument(
        "--unsafe",
        action="store_true",
        default=None,
        help="run programs of the model also where the system cannot keep them apart",
    )
    evaluate.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="name=value",
        help="any other setting, e.g. context=512; docs/evaluate.md has them",
    )
    evaluate.set_defaults(command=_evaluate)


def _evaluate(parsed: argparse.Namespace) -> int:
    if Path(parsed.model).expanduser().exists():
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing has to be looked up
        os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
    import paser_core as paser
    from paser_core.evaluate.settings import read_settings

    options = {
        name: getattr(parsed, name)
        for name in ("template", "samples", "limit", "seed", "unsafe")
        if getattr(parsed, name) is not None
    }
    config = read_settings(parsed.set, options)
    tasks = [spec.strip() for given in parsed.tasks for spec in given.split(",") if spec.strip()]
    bar = Bar()
    try:
        with Interrupt() as interrupt:
            watch = interrupt.watching(bar)
            found = paser.evaluate(parsed.model, tasks, out=parsed.out, config=config, watch=watch)
    finally:
        bar.close()
    for line in lines(found.results):
        say(line)
    return EXIT_DONE


def lines(results: dict[str, Any]) -> list[str]:
    """The figures as aligned text."""
    told = []
    for spec, task in results["tasks"].items():
        rows = [(spec, task), *((f"  {name}", one) for name, one in task["capabilities"].items())]
        width = max(len(name) for name, _ in rows)
        told += [f"{name:{width}}  {_figure(one)}" for name, one in rows]
        told += [f"Note ({spec}): {note}" for note in task["notes"]]
    return told


def _figure(one: dict[str, Any]) -> str:
    parts = [f"n {one['n']:>5,}"]
    if "perplexity" in one:
        parts.append(f"perplexity {one['perplexity']:.4f} at context {one['context']:,}")
    if "score" in one:
        parts.append(f"{one['score']:6.1%} ({one['low']:.0%} to {one['high']:.0%})")
    parts += [f"{name} {one[name]:.1%}" for name in one if name.startswith("pass@")]
    if "bits_per_byte" in one:
        parts.append(f"{one['bits_per_byte']:.3f} bits a byte")
    return "  ".join(parts)
