"""Semantic-structural recovery instruction clustering: the paper's own (Section 3.2)."""

from paser_core.stages.clusterings.method import ClusteringMethod

CLUSTERING = ClusteringMethod("S2RIC")
