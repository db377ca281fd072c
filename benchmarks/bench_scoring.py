"""Scoring with all temperatures against two bare forward passes, at the width of a 7B model.

One decoder block and the head at real width (hidden 4096, intermediate 11008, 32 heads, vocabulary
32,000) are timed on the processor; a block counts 32 times. The reference is what anyone would run:
the forward passes of both models with logits at every position. A second, stricter reference
computes logits at response positions only, as scoring does; the requirement is checked against it.

    python benchmarks/bench_scoring.py [--dtype float32|bfloat16]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from given_ids import NoTokenizer, given
from transformers import LlamaConfig, LlamaForCausalLM

from paser_core.config import DivergenceConfig
from paser_core.models.transformers_lm import TransformersLM
from paser_core.protocols import ModelPair
from paser_core.stages.divergence import Tokenized, plan_chunks, score_chunk, temperature_nodes

BLOCKS = 32
REQUIRED = 1.15
CONFIG = {
    "vocab_size": 32_000,
    "hidden_size": 4096,
    "intermediate_size": 11_008,
    "num_attention_heads": 32,
    "num_key_value_heads": 32,
    "num_hidden_layers": 1,
}


def make_model(seed: int, dtype: torch.dtype) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    torch.set_default_dtype(dtype)
    try:
        return LlamaForCausalLM(LlamaConfig(**CONFIG)).eval()
    finally:
        torch.set_default_dtype(torch.float32)


def make_tokens(samples: int) -> Tokenized:
    """Samples as instruction data has them: about 90 prompt and 90 response tokens, log-normal."""
    rng = np.random.default_rng(0)
    prompt = np.clip(rng.lognormal(4.4, 0.3, samples), 40, 200).astype(np.int32)
    response = np.clip(rng.lognormal(4.3, 0.6, samples), 10, 300).astype(np.int32)
    ids = rng.integers(3, 32_000, int((prompt + response).sum())).astype(np.int32)
    return given(ids, prompt, response)


def fastest(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--samples", type=int, default=6)
    parser.add_argument("--repeats", type=int, default=2)
    arguments = parser.parse_args()
    dtype = getattr(torch, arguments.dtype)
    models = [make_model(seed, dtype) for seed in (0, 1)]
    pair = ModelPair(TransformersLM(models[0]), TransformersLM(models[1]), NoTokenizer())
    tokens = make_tokens(arguments.samples)
    nodes = temperature_nodes(DivergenceConfig().nodes)
    # One micro-batch, all padding in it, so that both sides read exactly the same tokens.
    (chunk,) = plan_chunks(tokens.lengths, 8192, 10**9)
    batches = []
    for rows in chunk.batches:
        lengths = tokens.lengths[rows]
        mask = torch.from_numpy(np.arange(lengths.max()) < lengths[:, None])
        ids = torch.randint(3, 32_000, tuple(mask.shape))
        attention = None if bool(mask.all()) else mask.long()
        batches.append((ids, attention, int(tokens.response_tokens[rows].sum())))

    def bodies() -> None:
        for model in models:
            for ids, attention, _ in batches:
                model.model(input_ids=ids, attention_mask=attention, use_cache=False)

    def heads(everywhere: bool) -> None:
        for model in models:
            for ids, _, responses in batches:
                count = ids.numel() if everywhere else responses
                model.lm_head(torch.zeros(count, 4096, dtype=dtype))

    works: list[Callable[[], object]] = [
        torch.inference_mode()(bodies),
        torch.inference_mode()(lambda: heads(True)),
        torch.inference_mode()(lambda: heads(False)),
        lambda: score_chunk(chunk, tokens, pair, nodes),
    ]
    for work in works[1:]:
        work()  # compiled code, allocator and thread pools are warm
    body, all_logits, response_logits, scored = (fastest(w, arguments.repeats) for w in works)
    more_blocks = (BLOCKS - 1) * body  # `scored` holds one block of each model already
    scoring = more_blocks + scored
    print(f"{arguments.dtype}, {torch.get_num_threads()} threads, {arguments.samples} samples, "
          f"{tokens.lengths.sum()} tokens of which {tokens.response_tokens.sum()} responses; "
          "seconds for both models")  # fmt: skip
    print(f"one block {body:.2f}, logits everywhere {all_logits:.2f}, logits of responses "
          f"{response_logits:.2f}, scoring with one block {scored:.2f}")  # fmt: skip
    missed = False
    for name, logits in (
        ("two forward passes, logits everywhere", all_logits),
        ("two forward passes, logits of responses only", response_logits),
    ):
        bare = BLOCKS * body + logits
        ratio = scoring / bare
        missed |= ratio > REQUIRED
        print(f"{name:<46} scoring {scoring:7.2f}  bare {bare:7.2f}  ratio {ratio:.3f}  "
              f"{'<= 1.15' if ratio <= REQUIRED else 'MISSED'}")  # fmt: skip
    extra = scored - body - response_logits
    print(f"everything beside the forward passes ({nodes.size} temperatures, batching): {extra:.2f} s, "
          f"{extra / (BLOCKS * body + response_logits):.2%} of them")  # fmt: skip
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
