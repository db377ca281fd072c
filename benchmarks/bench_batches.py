"""Scoring in micro-batches against sample by sample: ``python benchmarks/bench_batches.py``.

Real rows and the demo's pair. The reference is what one writes first: for every sample a forward pass of each
model with logits at every position, and their Jensen-Shannon divergence from its definition, temperature by
temperature. Ours takes the same tokens and temperatures, measures six signals beside, and must agree at
temperature 1 within 1e-5. Required: 8 times as fast, and at most 5 % of the tokens padding.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from shared_data import ROOT, shared
from transformers import AutoModelForCausalLM

from paser_core.config import parse_config
from paser_core.models.transformers_lm import load_pair
from paser_core.records import read_records
from paser_core.stages.divergence import (
    Tokenized,
    plan_chunks,
    score_chunk,
    temperature_nodes,
    tokenize,
)
from paser_core.stages.divergence.signal import measured_signals

RATIO, PADDING, AGREE = 8.0, 0.05, 1e-5


def sample_by_sample(
    tokenized: Tokenized, models: list[Any], temperatures: NDArray[np.float64]
) -> NDArray[np.float64]:
    """``(n, m)`` bits at every temperature, the mean over the tokens of the response."""
    found = np.full((len(tokenized.lengths), len(temperatures)), np.nan)
    for row in np.flatnonzero(tokenized.lengths):
        span = slice(int(tokenized.offsets[row]), int(tokenized.offsets[row + 1]))
        ids = torch.from_numpy(tokenized.ids[span].astype(np.int64))[None]
        # The logits before a token of the response are those that say it.
        said = np.flatnonzero(tokenized.measured[span]) - 1
        logits = [model(input_ids=ids).logits[0, said] for model in models]
        for place, t in enumerate(temperatures.tolist()):
            p, q = (torch.softmax(each / t, dim=1) for each in logits)
            m = 0.5 * (p + q)
            kl = [torch.special.xlogy(x, x / m).sum(dim=1) for x in (p, q)]
            found[row, place] = float(((kl[0] + kl[1]) / (2 * np.log(2))).mean())
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1000)
    rows = parser.parse_args().rows
    models = ROOT / "data" / "demo" / "models"
    config = parse_config(
        {
            "data": {"path": str(shared("instructions.parquet")), "limit": rows},
            "models": {
                "original": str(models / "original"),
                "compressed": str(models / "compressed"),
                "template": "chat",
            },
        }
    )
    pair = load_pair(config.models)
    plain = [
        AutoModelForCausalLM.from_pretrained(models / name, dtype=torch.float32).eval()
        for name in ("original", "compressed")
    ]
    records = read_records(config.data)
    most = min(config.divergence.max_length, pair.positions or config.divergence.max_length)
    tokenized = tokenize(records.conversations, pair.tokenizer, most, vocab_size=pair.vocab_size)
    nodes = temperature_nodes(config.divergence.nodes)
    signals = measured_signals(config.divergence.signals)
    chunks = plan_chunks(tokenized.lengths, config.divergence.batch_tokens)
    padded = sum(len(b) * int(tokenized.lengths[b].max()) for c in chunks for b in c.batches)
    padding = 1 - int(tokenized.lengths.sum()) / padded
    warm = plan_chunks(tokenized.lengths[:8], 1)[0]
    score_chunk(warm, tokenized, pair, nodes, signals=signals)

    began = time.perf_counter()
    scores = [score_chunk(chunk, tokenized, pair, nodes, signals=signals) for chunk in chunks]
    ours = time.perf_counter() - began
    at_one = int(np.flatnonzero(nodes == 1.0)[0])
    bits = np.full(len(tokenized.lengths), np.nan)
    for score in scores:
        bits[score.rows] = score.values[:, at_one]
    with torch.inference_mode():
        began = time.perf_counter()
        reference = sample_by_sample(tokenized, plain, nodes)[:, at_one]
        theirs = time.perf_counter() - began
        began = time.perf_counter()
        sample_by_sample(tokenized, plain, nodes[at_one : at_one + 1])
        at_one_alone = time.perf_counter() - began
    known = np.isfinite(reference)
    apart = float(np.abs(bits[known] - reference[known]).max())
    ratio = theirs / ours
    print(
        f"{int(known.sum()):,} real rows, {int(tokenized.lengths.sum()):,} tokens, "
        f"{torch.get_num_threads()} threads, {len(nodes)} temperatures, {len(signals)} signals"
    )
    print(
        f"micro-batches {ours:.1f} s, sample by sample {theirs:.1f} s; "
        f"{at_one_alone:.1f} s at one temperature, without signals"
    )
    print(f"ratio {ratio:.1f} (at least {RATIO:g})")
    print(f"padding {padding:.1%} (at most {PADDING:.0%})")
    print(f"apart at temperature 1: {apart:.1e} bits (at most {AGREE:g})")
    return int(ratio < RATIO or padding > PADDING or apart > AGREE)


if __name__ == "__main__":
    sys.exit(main())
