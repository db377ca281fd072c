"""Encoding real rows: ours in float32 and bfloat16 against sentence-transformers as it comes.

Processor seconds of one thread, the best of two rounds in turn, and how near the vectors are. bfloat16 pays
where the processor has it (AVX-512 BF16, AMX).

    python benchmarks/bench_encoding.py [--rows 400]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from shared_data import shared

from paser_core.config import Precision
from paser_core.models.sentence_encoder import SentenceEncoder, bundled_folder

Floats = NDArray[np.float32]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=400)
    rows = parser.parse_args().rows
    torch.set_num_threads(1)
    frame = pd.read_parquet(shared("instructions.parquet")).sample(rows, random_state=0)
    texts = [f"{a}\n{b}".strip() for a, b in zip(frame["instruction"], frame["input"], strict=True)]
    model = SentenceTransformer(str(bundled_folder()), local_files_only=True)
    ways: dict[str, Callable[[], Floats]] = {
        "sentence-transformers": lambda: model.encode(texts, normalize_embeddings=True),
        "ours, float32": lambda: SentenceEncoder(model, "").encode(texts),
        "ours, bfloat16": lambda: SentenceEncoder(model, "", precision=Precision.BFLOAT16).encode(
            texts
        ),
    }
    best = dict.fromkeys(ways, float("inf"))
    vectors: dict[str, Floats] = {}
    for _ in range(2):
        for name, encode in ways.items():
            began = time.process_time()
            vectors[name] = encode()
            best[name] = min(best[name], time.process_time() - began)
    reference, *_ = vectors.values()
    whole, *_ = best.values()
    for name, seconds in best.items():
        cosine = float((vectors[name] * reference).sum(axis=1).min())
        print(f"{name:<22} {seconds:6.1f} s, {whole / seconds:.2f} ×, least cosine {cosine:.5f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
