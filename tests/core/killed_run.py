"""What the kill tests do in processes of their own. Imported once by the fork server."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

# What the stages import when they need it, loaded before the clock starts.
import regex  # noqa: F401
import sklearn.cluster
import sklearn.feature_extraction.text
import sklearn.neighbors  # noqa: F401
import torch
import transformers.models.llama.modeling_llama
import transformers.models.llama.tokenization_llama  # noqa: F401
from tiny_run import loaders

from paser_core.config import RunConfig
from paser_core.errors import RunError
from paser_core.measure import run_pipeline
from paser_core.workspace.lock import FolderLock


def work(config: RunConfig, out: Path, started) -> None:
    """A whole run; ``started`` is set just before."""
    torch.set_num_threads(1)
    started.set()
    run_pipeline(config, out, loaders(config))


def work_on_a_small_disk(config: RunConfig, out: Path, most_bytes: int, answer) -> None:
    """A run that may write no file larger than ``most_bytes``; sends what it died of."""
    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    try:
        run_pipeline(config, out, loaders(config))
    except RunError as error:
        answer.send(str(error))
    else:
        answer.send("")


def hold(out: Path, held) -> None:
    """Hold the lock of a folder until killed."""
    with FolderLock(out):
        held.set()
        while os.getppid():
            time.sleep(1)
