"""Encoding real rows: ours against sentence-transformers as it comes, on the same rows, in turn.

Seconds of all processors together, the best of some rounds, and how near the vectors are.
sentence-transformers has its own number of threads, batches and precision; so have we (``auto``: bfloat16
where the processor has it), but for the two rows that name one. The first call of each is not counted.

    python benchmarks/bench_encoding.py [--rows 400] [--rounds 3]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from shared_data import shared

from paser_core.config import Precision
from paser_core.models.sentence_encoder import SentenceEncoder, bundled_folder

Floats = NDArray[np.float32]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    frame = pd.read_parquet(shared("instructions.parquet")).sample(options.rows, random_state=0)
    texts = [f"{a}\n{b}".strip() for a, b in zip(frame["instruction"], frame["input"], strict=True)]
    model = SentenceTransformer(str(bundled_folder()), local_files_only=True)
    encoders = {p: SentenceEncoder(model, "", precision=p) for p in Precision}
    ways: dict[str, Callable[[list[str]], Floats]] = {
        "sentence-transformers": lambda some: model.encode(some, normalize_embeddings=True)
    }
    for precision, encoder in encoders.items():
        used = "" if precision == encoder.precision else f" ({encoder.precision})"
        ways[f"ours, {precision}{used}"] = encoder.encode
    best = dict.fromkeys(ways, float("inf"))
    clock = dict.fromkeys(ways, float("inf"))
    vectors: dict[str, Floats] = {}
    for encode in ways.values():
        encode(texts[:8])
    for _ in range(options.rounds):
        for name, encode in ways.items():
            began, at = time.process_time(), time.monotonic()
            vectors[name] = encode(texts)
            best[name] = min(best[name], time.process_time() - began)
            clock[name] = min(clock[name], time.monotonic() - at)
    reference, *_ = vectors.values()
    whole, *_ = best.values()
    for name, seconds in best.items():
        cosine = float((vectors[name] * reference).sum(axis=1).min())
        print(
            f"{name:<23} {seconds:6.1f} s ({clock[name]:5.1f} by the clock), {whole / seconds:.2f} ×, "
            f"least cosine {cosine:.5f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
