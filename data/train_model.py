"""Train the demo's tokenizer and its original model: ``python data/train_model.py``.

A small Llama, trained from scratch with the loss on the response only, in three phases: first every
family alike, then more and more of those that take long to learn (sums, stories about sums, lists).
Batches are bucketed by length; the learning rate warms up and follows a cosine in each phase.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads slow a busy machine tenfold

import torch
from families import FAMILIES
from make_dataset import natural, training
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

HERE = Path(__file__).resolve().parent
OUT = HERE / "demo" / "models" / "original"
VOCABULARY = 2048
BATCH = 128


@dataclass(frozen=True)
class Phase:
    sizes: dict[str, int]  # training samples per family
    natural_repeats: int
    steps: int
    peak_rate: float
    seed: int


SLOW = {
    "arithmetic": 30_000,
    "word_problems": 16_000,
    "logic": 8_000,
    "extraction": 8_000,
    "list_handling": 10_000,
    "creative_writing": 1_500,
}
SLOWEST = {"arithmetic": 40_000, "word_problems": 10_000, "logic": 4_000, "list_handling": 8_000}
PHASES = (
    Phase(dict.fromkeys(FAMILIES, 4000), 4, 2000, 2.5e-3, seed=7),
    Phase(dict.fromkeys(FAMILIES, 1000) | SLOW, 4, 1300, 1.5e-3, seed=9),
    Phase(dict.fromkeys(FAMILIES, 800) | SLOWEST, 2, 600, 1.2e-3, seed=10),
)
CHAT_TEMPLATE = (
    "{% for m in messages %}"
    "{% if m['role'] == 'user' %}### Task\n{{ m['content'] }}\n"
    "{% else %}### Answer\n{{ m['content'] }}{{ eos_token }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}### Answer\n{% endif %}"
)


def question(instruction: str, text: str) -> str:
    """The user's turn: the input follows the instruction after an empty line."""
    return f"{instruction}\n\n{text}" if text else instruction


def prompt(user: str) -> str:
    """What the model reads; the tokenizer's chat template writes the same."""
    return f"### Task\n{user}\n### Answer\n"


def training_pairs(sizes: dict[str, int], natural_repeats: int) -> list[tuple[str, str]]:
    """Questions and answers of one phase; families that run dry are repeated up to three times."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for family, sample in training(sizes):
        pair = (question(sample.instruction, sample.input), sample.output)
        groups.setdefault(family, []).append(pair)
    rows: list[tuple[str, str]] = []
    for family, group in groups.items():
        rows += group * min(3, max(1, sizes[family] // len(group)))
    for row in natural():
        rows += [(question(row["instruction"], row["input"]), row["output"])] * natural_repeats
    return rows


def make_tokenizer(pairs: list[tuple[str, str]]) -> PreTrainedTokenizerFast:
    """Byte-level BPE; digits stay single, so that arithmetic has a chance."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((text for pair in pairs for text in pair), trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", bos_token="<s>", eos_token="</s>"
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def encode(
    tokenizer: PreTrainedTokenizerFast, pairs: list[tuple[str, str]]
) -> list[tuple[list[int], int]]:
    """Token ids and the length of the prompt."""
    heads = tokenizer([prompt(q) for q, _ in pairs])["input_ids"]
    tails = tokenizer([a for _, a in pairs])["input_ids"]
    return [(h + t + [tokenizer.eos_token_id], len(h)) for h, t in zip(heads, tails, strict=True)]


def batches(rows: list[tuple[list[int], int]], rng: random.Random) -> list[list[int]]:
    """One epoch: rows of similar length together, batches in random order."""
    order = sorted(
        range(len(rows)), key=lambda i: (len(rows[i][0]) + rng.randrange(4), rng.random())
    )
    groups = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    rng.shuffle(groups)
    return groups


def collate(
    rows: list[tuple[list[int], int]], pad: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    width = max(len(ids) for ids, _ in rows)
    ids = torch.full((len(rows), width), pad)
    labels = torch.full((len(rows), width), -100)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for row, (tokens, prompt) in enumerate(rows):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        labels[row, prompt : len(tokens)] = torch.tensor(tokens[prompt:])
        mask[row, : len(tokens)] = 1
    return ids, labels, mask


def train(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, phase: Phase, number: int
) -> float:
    """One phase; returns the running loss at its end."""
    rng = random.Random(phase.seed)
    pairs = training_pairs(phase.sizes, phase.natural_repeats)
    rows = [row for row in encode(tokenizer, pairs) if len(row[0]) <= 192]
    print(f"phase {number}: {len(rows):,} training samples, {phase.steps} steps", flush=True)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=phase.peak_rate, betas=(0.9, 0.98), weight_decay=0.05
    )
    queue: list[list[int]] = []
    started = time.monotonic()
    average = math.nan
    for step in range(phase.steps):
        if not queue:
            queue = batches(rows, rng)
        ids, labels, mask = collate([rows[i] for i in queue.pop()], tokenizer.pad_token_id)
        wave = 0.5 * (1 + math.cos(math.pi * step / phase.steps))
        for group in optimizer.param_groups:
            group["lr"] = phase.peak_rate * min(1.0, step / 100) * (0.02 + 0.98 * wave)
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average = loss.item() if math.isnan(average) else 0.98 * average + 0.02 * loss.item()
        if step % 50 == 49:
            passed = time.monotonic() - started
            print(f"step {step + 1} loss {average:.4f} {passed:.0f} s", flush=True)
    return average


def new_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    torch.manual_seed(PHASES[0].seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=192,
            intermediate_size=512,
            num_hidden_layers=4,
            num_attention_heads=6,
            num_key_value_heads=2,
            max_position_embeddings=512,
            tie_word_embeddings=True,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--from-phase", type=int, choices=(1, 2, 3), default=1)
    arguments = parser.parse_args()
    first = PHASES[0]
    started = time.monotonic()
    if arguments.from_phase == 1:
        tokenizer = make_tokenizer(training_pairs(first.sizes, first.natural_repeats))
        model = new_model(tokenizer)
        log: list[dict[str, object]] = []
    else:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(arguments.out)
        model = LlamaForCausalLM.from_pretrained(arguments.out)
        log = json.loads((arguments.out / "training.json").read_text(encoding="utf-8"))
    for number, phase in enumerate(PHASES, start=1):
        if number < arguments.from_phase:
            continue
        began = time.monotonic()
        loss = train(model, tokenizer, phase, number)
        log.append(
            {
                "phase": number,
                "steps": phase.steps,
                "batch": BATCH,
                "seed": phase.seed,
                "seconds": round(time.monotonic() - began),
                "loss": round(loss, 4),
            }
        )
        model.generation_config.pad_token_id = tokenizer.pad_token_id
        model.save_pretrained(arguments.out)
        tokenizer.save_pretrained(arguments.out)
        text = json.dumps(log, indent=2) + "\n"
        (arguments.out / "training.json").write_text(text, encoding="utf-8")
    print(f"saved {arguments.out.name} after {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
