"""Reading with `datasets` what is on this machine, without asking the network about it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def offline() -> Iterator[None]:
    """Keep `datasets` from asking the network about names that are on this machine.

    For as long as it is entered, and only in this process: an environment variable would stay, and
    go on to every process that is started later.
    """
    import datasets
    from huggingface_hub import constants

    datasets.disable_progress_bars()
    switches = (
        (datasets.config, "HF_HUB_OFFLINE", True),
        (datasets.config, "HF_UPDATE_DOWNLOAD_COUNTS", False),
        (constants, "HF_HUB_OFFLINE", True),
    )
    before = [getattr(module, name) for module, name, _ in switches]
    for module, name, value in switches:
        setattr(module, name, value)
    try:
        yield
    finally:
        for (module, name, _), value in zip(switches, before, strict=True):
            setattr(module, name, value)
