"""Which differences are more than chance: pure functions of scores, nothing read or written.

``docs/statistics.md`` says which answers which question. Loads no library but numpy when imported.
"""

from paser_core.study.statistics.arms import Arm, LeftOut, Questions
from paser_core.study.statistics.counts import (
    McNemar,
    McNemarOverSeeds,
    holm,
    mcnemar,
    mcnemar_over_seeds,
    wilson,
)
from paser_core.study.statistics.detectable import minimum_detectable_effect
from paser_core.study.statistics.difference import Difference, Estimate, difference, estimate
from paser_core.study.statistics.measures import Measure
from paser_core.study.statistics.ranks import RankCorrelation, clustered_spearman, spearman
from paser_core.study.statistics.seeds import TTest, t_test
