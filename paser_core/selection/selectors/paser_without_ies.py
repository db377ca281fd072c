"""PASER without the efficiency score: seats by the damage of a cluster, in it a random order."""

from dataclasses import replace

from paser_core.selection.selector import Family
from paser_core.selection.selectors.paser import SELECTOR as PASER
from paser_core.selection.selectors.random import DRAWN, drawn

SELECTOR = replace(
    PASER,
    label="PASER, but a random order within a cluster",
    score=drawn,
    drawn=True,
    meaning=DRAWN,
    family=Family.ABLATION,
)
