"""The most damaged samples, whatever their cluster and cost."""

from paser_core.selection.selector import Selector

SELECTOR = Selector("Highest damage", lambda pool, _: pool.divergence, meaning="{damage}")
