"""A run at the size of Alpaca, made once: ``python benchmarks/large_run.py``.

43,841 real instructions with the demo's model pair. The sentence encoder takes half an hour on two
cores, so the vectors are a truncated SVD of TF-IDF with noise (fixed seed): real neighborhoods by
words, good enough to drive every page at size, and said so here. Prompt and response are cut at 128
tokens of the demo's small vocabulary, which halves the scoring; about 20,000 samples have room for
one. A run with the encoder is ``paser run`` on the same file, and ``bench_dashboard.py --large``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shared_data import ROOT, shared

from paser_core.config import parse_config
from paser_core.errors import RunError
from paser_core.measure import Loaders, run_pipeline
from paser_core.models.transformers_lm import load_pair
from paser_core.protocols import Encoder
from paser_core.runs import read_manifest
from paser_core.workspace.checkpoints import State

FOLDER = ROOT / "build" / "large"
_NOISE = 0.06  # in each of the 128 directions; the eigenvalues are then about those of the encoder


def large_run() -> Path:
    """The run folder; made in about half an hour if it is not there yet."""
    run = FOLDER / "run"
    if finished(run):
        return run
    data = shared("instructions.parquet")
    FOLDER.mkdir(parents=True, exist_ok=True)
    vectors = FOLDER / "vectors.npy"
    np.save(vectors, _vectors(data))
    models = ROOT / "data" / "demo" / "models"
    config = parse_config(
        {
            "data": {"path": str(data)},
            "embedding": {"precomputed": str(vectors)},
            "models": {
                "original": str(models / "original"),
                "compressed": str(models / "compressed"),
                "template": "chat",
            },
            "divergence": {"max_length": 128, "nodes": 17},
        }
    )

    def encoder() -> Encoder:
        raise AssertionError("vectors are given")

    run_pipeline(config, run, Loaders(encoder, lambda: load_pair(config.models)), _say)
    return run


def finished(run: Path) -> bool:
    """Whether the run is there and complete; an unfinished one is resumed."""
    try:
        return bool(read_manifest(run)["state"] == State.DONE)
    except RunError:
        return False


def _vectors(data: Path) -> NDArray[np.float32]:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    frame = pd.read_parquet(data, columns=["instruction", "input"]).fillna("")
    texts = (frame["instruction"] + "\n" + frame["input"]).str[:2000]
    words = TfidfVectorizer(
        sublinear_tf=True, min_df=3, max_df=0.2, stop_words="english", max_features=60_000
    ).fit_transform(texts)
    vectors = TruncatedSVD(128, random_state=0).fit_transform(words)
    # A text without a known word has no direction; it gets one of its own. The noise keeps near
    # duplicates at the distance they have to an encoder: otherwise they tear the graph into islands.
    random = np.random.default_rng(0)
    vectors = normalize(vectors + 1e-9 * random.normal(size=vectors.shape))
    noisy = vectors + _NOISE * random.normal(size=vectors.shape)
    unit: NDArray[np.float32] = normalize(noisy).astype(np.float32)
    return unit


def _say(event: dict[str, Any]) -> None:
    if event["event"] == "stage_finished":
        print(f"{event['stage']}: {event['seconds']:.1f} s", flush=True)


if __name__ == "__main__":
    print(large_run())
