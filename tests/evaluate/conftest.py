from __future__ import annotations

import dataclasses

import pytest
import torch
from tiny_models import byte_tokenizer, tiny_llama

from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.subject import Subject

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny():
    """A model that was never trained, and its tokenizer: its answers are long, odd and determined."""
    tokenizer = byte_tokenizer()
    model = tiny_llama(3, len(tokenizer), max_position_embeddings=256)
    return model, tokenizer


@pytest.fixture
def subject(tiny):
    return Subject.live(*tiny, EvaluateConfig())


@pytest.fixture(scope="session")
def saved(tiny, tmp_path_factory):
    """The same model as a folder."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    for part in tiny:
        part.save_pretrained(folder)
    return folder


@pytest.fixture
def with_settings(tiny):
    """The model with other settings."""
    return lambda **settings: Subject.live(*tiny, dataclasses.replace(EvaluateConfig(), **settings))
