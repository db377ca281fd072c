"""PASER's seats and order, but the concept graph rejects nothing."""

from paser_core.selection.selector import Selector
from paser_core.selection.selectors.paser import damage_for_its_cost, damage_of_clusters

SELECTOR = Selector(
    "PASER, but no concept rejects a sample", damage_for_its_cost, damage_of_clusters
)
