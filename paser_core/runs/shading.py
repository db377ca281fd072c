"""One scale for the shading of tokens in a whole run: the same color is the same damage."""

from __future__ import annotations

import numpy as np

from paser_core.runs.folder import Run
from paser_core.runs.schema import Files

_SHARE = 99.5  # per cent of the tokens lie on the scale; the few above it are as dark as its end
_GROUPS = 100  # of rows: 51,200 samples or all tell where the scale ends
_AT_LEAST = 0.05  # bits at the end of the scale, or harmless runs would look alarming


def token_scale(run: Run) -> float:
    """Bits that the darkest shade stands for, for every sample of a run; 1 is the most there is."""
    if not run.has_models:
        return 1.0
    bits = run.files.parts_of(Files.TOKENS, "divergence", _GROUPS).combine_chunks()
    bits = bits.flatten().to_numpy(zero_copy_only=False)
    bits = bits[np.isfinite(bits)]
    top = float(np.percentile(bits, _SHARE)) if bits.size else 0.0
    # Two digits, rounded up: the end of the scale is what its legend says.
    return float(min(max(np.ceil(top * 100) / 100, _AT_LEAST), 1.0))
