"""What a worker is given in tests; imports nothing else, so that it is seen what the work itself does."""

from __future__ import annotations

import sys

from paser_core.stages.concepts import extract_concepts


def heavy_imports(text, report):
    extract_concepts([text])
    return {"scipy", "sklearn", "pandas", "torch"} & set(sys.modules)
