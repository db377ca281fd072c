from __future__ import annotations

import pytest
import torch
from tiny_models import byte_tokenizer, tiny_llama
from tiny_rows import TINY, tiny_pool

import paser_core as paser

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def live():
    """A model pair and its tokenizer as objects: ``original, compressed, tokenizer``."""
    tokenizer = byte_tokenizer()
    return *(tiny_llama(seed, len(tokenizer)) for seed in (0, 1)), tokenizer


@pytest.fixture(scope="session")
def measured(live, tmp_path_factory):
    """A run from a list of dicts and live models. Nobody writes into it."""
    original, compressed, tokenizer = live
    return paser.run(
        tiny_pool(),
        original=original,
        compressed=compressed,
        tokenizer=tokenizer,
        out=tmp_path_factory.mktemp("live") / "run",
        **TINY,
    )


@pytest.fixture(scope="session")
def demo():
    """The bundled run."""
    return paser.open("data/demo/run")
