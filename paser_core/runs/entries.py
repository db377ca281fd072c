"""What is read out of a run, as small values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TokenDivergence:
    """The response of one sample, token by token."""

    tokens: tuple[str, ...]
    bits: NDArray[np.float32]  # (len(tokens),) divergence at T = 1
    truncated: bool  # the response goes on, beyond divergence.max_length


@dataclass(frozen=True)
class Sample:
    """One row of the data set."""

    row: int
    id: str
    instruction: str
    input: str
    output: str
    cluster: int  # -1 for none
    membership: float  # of its own cluster, in [0, 1]; NaN for none
    tokens: int  # prompt + response; 0 where no model read it
    problem: str | None  # why it is invalid
    user: dict[str, Any]  # the user's own columns


@dataclass(frozen=True)
class Spectrum:
    """What the manifold kept of the diffusion operator ``exp(-t L)``."""

    eigenvalues: NDArray[np.float64]  # (r,) of L, ascending, without the trivial one
    time: float  # t

    @property
    def weights(self) -> NDArray[np.float64]:
        """``(r,)`` what each coordinate counts: ``exp(-t lambda)``, in (0, 1]."""
        weights: NDArray[np.float64] = np.exp(-self.time * self.eigenvalues)
        return weights
