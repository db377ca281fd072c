from __future__ import annotations

import pytest
import torch
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


@pytest.fixture(scope="session")
def live(tokenizer):
    """Two models as live objects: the second is the first, damaged."""
    original, compressed = tiny_llama(0, len(tokenizer)), tiny_llama(0, len(tokenizer))
    torch.manual_seed(7)
    with torch.no_grad():
        for parameter in compressed.parameters():
            parameter.mul_(torch.rand_like(parameter) > 0.1)
    return original, compressed
