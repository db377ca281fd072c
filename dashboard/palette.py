"""The colors of the screen: those of the core, which draws the report with them too."""

from __future__ import annotations

from collections.abc import Mapping

from paser_core.palette import CLUSTERS, NONE, cluster_color, ramp
from paser_core.selection import Status

CONFLICT = "#E5383B"  # two concepts that reject each other: red that no cluster has

# Two selections, and between their hues what is in both: told apart without red or green cones too.
ONLY_A, BOTH, ONLY_B = "#0072B2", "#AE3379", "#D55E00"

STATUS: Mapping[Status, str] = {
    Status.SELECTED: "#009E73",
    Status.CONFLICT: "#D55E00",
    Status.OVER_BUDGET: NONE,
    Status.INVALID: "#6B6B6B",
    Status.FORCED_IN: "#0072B2",
    Status.FORCED_OUT: "#CC79A7",
}
