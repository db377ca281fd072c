from __future__ import annotations

import pytest
from tiny_models import byte_tokenizer, tiny_llama


@pytest.fixture(scope="session")
def tokenizer():
    return byte_tokenizer()


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory, tokenizer):
    """Folders of two models of the same architecture, 'original' and 'compressed'."""
    root = tmp_path_factory.mktemp("checkpoints")
    for seed, name in enumerate(("original", "compressed")):
        tiny_llama(seed, len(tokenizer)).save_pretrained(root / name)
        tokenizer.save_pretrained(root / name)
    return root
