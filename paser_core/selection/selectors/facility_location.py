"""Coverage, the mean: each next sample is the one that makes all others most alike to a taken one.

Facility location in embedding space, as in Wei, Iyer & Bilmes 2015, "Submodularity in Data Subset
Selection and Active Learning". The score is what a sample adds to the sum of similarities in its turn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Selector
from paser_core.selection.selectors.k_center import covering
from paser_core.stages.coverage import facility_location


def _added(pool: Candidates, _: np.random.Generator) -> NDArray[np.float64]:
    return covering(pool, facility_location)


SELECTOR = Selector(
    "Coverage: the most alike (facility location)",
    _added,
    damage=False,
    meaning="what it adds, in its turn, to the sum of all samples' similarity to the nearest taken one",
)
