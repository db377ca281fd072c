"""Half of the seats by size, half by damage, and coverage of the damage inside.

The seats of ``paser-balanced`` with the order of ``paser-coverage``: what a cluster shows of itself is
chosen, not drawn, so that a small budget misses no corner of it.
"""

from dataclasses import replace

from paser_core.selection.selectors.paser_balanced import size_and_damage
from paser_core.selection.selectors.paser_coverage import SELECTOR as COVERAGE

SELECTOR = replace(
    COVERAGE,
    label="PASER, but half of the seats by size, and they cover the damage of a cluster",
    weights=size_and_damage,
)
