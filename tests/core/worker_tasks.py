"""What a worker is given in tests; imports nothing else, so that it is seen what the work itself does."""

from __future__ import annotations

import sys

from paser_core.language import Speech
from paser_core.stages.phrase_shards import Readers


def heavy_imports(text, report):
    Readers(Speech((), frozenset()))([(text, ("en",))], report)
    return {"scipy", "sklearn", "pandas", "torch"} & set(sys.modules)
