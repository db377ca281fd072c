"""The most damage for its cost, whatever the cluster."""

from paser_core.selection.selector import Selector
from paser_core.selection.selectors.paser import SELECTOR as PASER
from paser_core.selection.selectors.paser import damage_for_its_cost

SELECTOR = Selector("Highest IES, whatever the cluster", damage_for_its_cost, meaning=PASER.meaning)
