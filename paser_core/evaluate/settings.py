"""The settings of an evaluation, each with its default and the reason for it."""

from __future__ import annotations

from dataclasses import dataclass

from paser_core.config import Device, DType, Section, Template, setting, shared


@dataclass(frozen=True)
class EvaluateConfig(Section, at=""):
    """How a model is asked, and how its answers are judged."""

    template: Template | None = setting(
        None,
        "the tokenizer's own chat template where it has one, else alpaca",
        label="Prompt template",
        help="How a question becomes a prompt: alpaca, chat or none. Take the one of the training.",
    )
    date: str = shared.date(
        "the same prompt on every day", "What chat templates read that write today's date."
    )
    device: Device = shared.device()
    dtype: DType = shared.dtype(
        "float32 on a CPU, the checkpoint's own on an accelerator",
        "Of the weights while they work.",
    )
    answer_tokens: int = setting(
        256,
        "longer than what checks can judge; the demo's questions set their own",
        label="Longest answer",
        help="Tokens of an answer at most; one that is cut there is counted.",
        low=1,
        high=1 << 20,
    )
    samples: int = setting(
        1,
        "one greedy answer",
        label="Answers a problem",
        help="With more than 1, answers are drawn, and pass@k is known up to that k.",
        low=1,
        high=1000,
    )
    temperature: float = setting(
        0.8,
        "what pass@10 and pass@100 are usually measured at; a single answer is greedy",
        label="Temperature of drawn answers",
        help="Only used with more than one answer a problem.",
        low=0.01,
        high=10.0,
    )
    top_p: float = setting(
        0.95,
        "what pass@k is usually measured at",
        label="Top p of drawn answers",
        help="Tokens are drawn from the most probable ones that together have this probability.",
        low=0.01,
        high=1.0,
    )
    seed: int = setting(
        0,
        "the same answers on every start",
        label="Seed",
        help="Of drawn answers: each follows from it, the problem and the number of the answer.",
        low=0,
        high=2**31 - 1,
    )
    context: int | None = setting(
        None,
        "2,048 or the model's own limit, the smaller",
        label="Context of perplexity",
        help="Tokens of a window; windows follow each other without overlap.",
        low=2,
        high=1 << 20,
    )
    limit: int | None = setting(
        None,
        "all of them",
        label="Items of a task",
        help="Only the first so many items of each task: for a quick look.",
        low=1,
    )
    batch_tokens: int = setting(
        8192,
        "prompts and answers of a batch, padded; lower it when memory runs out",
        label="Tokens at once",
        help="Padded tokens of a batch. It does not decide what is answered.",
        low=1,
    )
    program_seconds: float = setting(
        10.0,
        "the slowest of MBPP's own solutions takes 3 on an idle machine, all others less than 1",
        label="Time of a program",
        help="Seconds that a program of the model may run.",
        low=0.1,
        high=3600.0,
    )
    unsafe: bool = setting(
        False,
        "programs that a model wrote are kept apart, or not run",
        label="Run programs with your rights",
        help="Where the system cannot keep programs apart: run them all the same.",
    )
