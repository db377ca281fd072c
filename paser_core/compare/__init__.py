"""Selections side by side: overlap, who entered and left, shift per cluster, stability."""

from paser_core.compare.makeup import Lengths, lengths, makeup
from paser_core.compare.matching import Basis, Matching, matching
from paser_core.compare.overlap import (
    SIDES,
    Chance,
    ClusterShift,
    Comparison,
    Side,
    compare,
    expected_overlap,
)
from paser_core.compare.reclusterings import (
    Reclusterings,
    recluster_beside,
    recluster_numbers_beside,
)
from paser_core.compare.seeds import (
    ClusterStability,
    Stability,
    pairwise_jaccard,
    recluster,
    stability,
    stability_of,
)
from paser_core.compare.several import LETTERS, MOST, Several, compare_several
from paser_core.compare.sources import Chosen, chosen, is_export, read_export
from paser_core.compare.temperatures import OverTemperature, over_temperature
from paser_core.compare.terms import TERMS, Explained, Term, alone_terms, pair_terms, terms_of
from paser_core.compare.variations import (
    Axis,
    Spread,
    Varied,
    as_it_is,
    chance_kept,
    other_numbers,
    over_clusterings,
    over_damage,
    varied,
)
from paser_core.compare.worth import Worth, consistent, worth
