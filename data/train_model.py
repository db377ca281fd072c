"""Train the demo's tokenizer and its original model: ``python data/train_model.py [--steps 2000]``.

A small Llama, trained from scratch with the loss on the response only. Batches are bucketed by
length; the learning rate warms up and then follows a cosine over the steps it is given.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads slow a busy machine tenfold

import torch
from make_dataset import natural, training
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

HERE = Path(__file__).resolve().parent
OUT = HERE / "demo" / "models" / "original"
VOCABULARY = 2048
PER_FAMILY = 4000
NATURAL_REPEATS = 4
BATCH = 128
PEAK_RATE = 2.5e-3
SEED = 7
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


def training_pairs() -> list[tuple[str, str]]:
    """Questions and responses; families that run dry are repeated up to three times."""
    families: dict[str, list[tuple[str, str]]] = {}
    for family, s in training(PER_FAMILY):
        families.setdefault(family, []).append((question(s.instruction, s.input), s.output))
    rows: list[tuple[str, str]] = []
    for group in families.values():
        rows += group * min(3, max(1, PER_FAMILY // len(group)))
    for row in natural():
        rows += [(question(row["instruction"], row["input"]), row["output"])] * NATURAL_REPEATS
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    pairs = training_pairs()
    tokenizer = make_tokenizer(pairs)
    rows = [row for row in encode(tokenizer, pairs) if len(row[0]) <= 192]
    model = LlamaForCausalLM(
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
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{len(rows):,} training samples, {parameters:,} parameters", flush=True)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.05
    )
    queue: list[list[int]] = []
    started = time.monotonic()
    average = math.nan
    for step in range(arguments.steps):
        if not queue:
            queue = batches(rows, rng)
        ids, labels, mask = collate([rows[i] for i in queue.pop()], tokenizer.pad_token_id)
        done = step / arguments.steps
        rate = (
            PEAK_RATE * min(1.0, step / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        )
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average = loss.item() if math.isnan(average) else 0.98 * average + 0.02 * loss.item()
        if step % 50 == 49:
            print(
                f"step {step + 1} loss {average:.4f} {time.monotonic() - started:.0f} s", flush=True
            )
    seconds = time.monotonic() - started
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(arguments.out)
    tokenizer.save_pretrained(arguments.out)
    (arguments.out / "training.json").write_text(
        json.dumps(
            {
                "parameters": parameters,
                "samples": len(rows),
                "steps": arguments.steps,
                "batch": BATCH,
                "seed": SEED,
                "seconds": round(seconds),
                "loss": round(average, 4),
            },
            indent=2,
        )
        + "\n",
        encoding="utf-8",
    )
    print(f"saved {arguments.out.name} after {seconds:.0f} s")


if __name__ == "__main__":
    main()
