"""Libraries look names up on the hub, also where everything lies on this machine: then they shall not."""

from __future__ import annotations

import os
from collections.abc import Iterable

from paser_core.workspace import paths


def stay_offline(data: Iterable[str | None], models: Iterable[str | None] = ()) -> None:
    """Keep the libraries from the hub when all that is named lies here.

    Args:
        data: paths or names of data, and of models; None: there is none.
        models: of further models, without which data are still read offline.
    """
    if not all(name is None or paths.exists(paths.home(name)) for name in data):
        return
    os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
    if all(name is None or paths.exists(paths.home(name)) for name in models):
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
