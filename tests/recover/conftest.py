from __future__ import annotations

import pytest
import torch
from recovery_pairs import write_pair, write_rows

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def compressed(tmp_path_factory):
    """A model with 2:4 zeros whose compression.json names the original beside it."""
    return write_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    return write_rows(tmp_path_factory.mktemp("rows"))
