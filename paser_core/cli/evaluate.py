"""``paser evaluate``: what a model can do, on tasks of your choice."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from paser_core.cli.interrupt import Interrupt
from paser_core.cli.offline import stay_offline
from paser_core.cli.options import told_by_option, typed
from paser_core.cli.terminal import EXIT_DONE, Bar, say

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands

# What is changed most often; everything else by --set.
_OFTEN: dict[str, tuple[type, str]] = {
    "template": (str, "alpaca, chat or none: that of the training; usually the tokenizer's own"),
    "samples": (int, "answers a problem, for pass@k; usually 1, greedy"),
    "limit": (int, "only the first so many items of each task"),
    "seed": (int, "of drawn answers; usually 0"),
}


def add_to(commands: Commands) -> None:
    """Its options."""
    evaluate = commands.add_parser(
        "evaluate",
        help="measure what a model can do, item by item",
        description="Tasks: demo (the bundled questions), ppl:FILE (perplexity of a text), code:FILE "
        "(problems with tests, like HumanEval and MBPP), jsonl:FILE (your own questions: question, "
        "answer, check), lm-eval:NAME or lm-eval:FILE.yaml (EleutherAI's harness).",
    )
    evaluate.add_argument("model", metavar="MODEL", help="folder or hub name")
    evaluate.add_argument(
        "--tasks",
        action="append",
        required=True,
        metavar="TASK,…",
        help="what to measure; may be given more than once. A comma parts tasks, unless it is part of the "
        "name of a file that is there",
    )
    evaluate.add_argument("--out", required=True, metavar="DIR", help="result folder")
    evaluate.add_argument(
        "--against",
        metavar="DIR",
        help="evaluation of the original model: say what of it is retained, mean and worst",
    )
    for name, (kind, told) in _OFTEN.items():
        evaluate.add_argument(f"--{name}", type=kind, help=told)
    evaluate.add_argument(
        "--unsafe",
        action="store_true",
        help="run programs of the model also where the system cannot keep them apart",
    )
    evaluate.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="a=b",
        help="any other setting, e.g. context=512; docs/evaluate.md has them",
    )
    evaluate.set_defaults(command=_evaluate)


def _evaluate(parsed: argparse.Namespace) -> int:
    import paser_core as paser
    from paser_core.evaluate.retention import in_words
    from paser_core.evaluate.specs import parted

    stay_offline((parsed.model,))
    settings: dict[str, Any] = {
        name: value for name in _OFTEN if (value := getattr(parsed, name)) is not None
    }
    if parsed.unsafe:
        settings["unsafe"] = True
    said = typed(parsed, {name: name for name in ("unsafe", *_OFTEN)}, settings, ("out", "against"))
    tasks = [spec for given in parsed.tasks for spec in parted(given)]
    bar = Bar()

    def shown(event: dict[str, Any]) -> None:
        # What a task has to say stands beside its figures.
        if event["event"] != "notice" or event["stage"] == "check":
            bar(event)

    try:
        with Interrupt() as interrupt, told_by_option(said):
            found = paser.evaluate(
                parsed.model,
                tasks,
                out=parsed.out,
                against=parsed.against,
                config=settings,
                watch=interrupt.watching(shown),
            )
    finally:
        bar.close()
    for line in lines(found.results):
        say(line)
    if parsed.against is not None:
        for line in in_words(found.against(parsed.against)):
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
