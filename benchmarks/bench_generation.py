"""Answers in batches against calling ``generate`` for one question after another, on the demo.

    python benchmarks/bench_generation.py [--questions 200]

Both answer the same held-out questions, greedily, on one thread. Prints how many times as many answers
a second come out in batches, and how many of the answers are the same; fails below 5 times, and when
an answer differs that was not told to be close.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import torch

from paser_core.evaluate.answers import Answer, Prompt, answers
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.subject import Subject
from paser_core.evaluate.tasks.jsonl import read_questions

DEMO = Path(__file__).resolve().parent.parent / "data" / "demo"
LONGEST = 40
REQUIRED = 5.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--model", default=str(DEMO / "models" / "compressed"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    config = EvaluateConfig()
    subject = Subject.named(arguments.model, config)
    every = read_questions(DEMO / "heldout.jsonl")
    step = max(1, len(every) // arguments.questions)
    prompts = []
    for question in every[::step]:
        encoded = subject.writer.encode(question.conversation)
        ids = tuple(encoded.ids)[: list(encoded.measured).index(True)]
        prompts.append(Prompt(ids, LONGEST, question.id))
    list(answers(subject, prompts[:4], config.batch_tokens))  # load, warm up

    began = time.perf_counter()
    found: dict[int, Answer] = {}
    for batch in answers(subject, prompts, config.batch_tokens):
        found |= batch
    batched = time.perf_counter() - began

    began = time.perf_counter()
    texts = []
    for prompt in prompts:
        with torch.inference_mode():
            out = subject.model.generate(
                input_ids=torch.tensor([prompt.ids]),
                attention_mask=torch.ones(1, len(prompt.ids), dtype=torch.long),
                max_new_tokens=LONGEST,
                do_sample=False,
            )
        texts.append(subject.tokenizer.decode(out[0, len(prompt.ids) :], skip_special_tokens=True))
    alone = time.perf_counter() - began

    other = [i for i, text in enumerate(texts) if found[i].text != text]
    close = sum(found[i].close for i in range(len(prompts)))
    unexplained = [i for i in other if not found[i].close]
    ratio = alone / batched
    n = len(prompts)
    print(f"one after another {n / alone:7.1f} answers a second ({alone:.1f} s for {n})")
    print(f"in batches        {n / batched:7.1f} answers a second ({batched:.1f} s)")
    print(
        f"{ratio:.1f} times (required: {REQUIRED:g}); {len(other)} answers differ, {close} are close"
    )
    return 0 if ratio >= REQUIRED and not unexplained else 1


if __name__ == "__main__":
    sys.exit(main())
