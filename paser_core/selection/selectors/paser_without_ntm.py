"""PASER without the mitigation of negative transfer: the concept graph rejects nothing (paper Table 4)."""

from dataclasses import replace

from paser_core.selection.selector import Family
from paser_core.selection.selectors.paser import SELECTOR as PASER

SELECTOR = replace(
    PASER, label="PASER, but no concept rejects a sample", graph=False, family=Family.ABLATION
)
