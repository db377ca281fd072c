"""Spectral clustering of BERT's vectors (paper, Table 12, Spectral_BERT).

A checkpoint of BERT has no sentence vectors: its token vectors are averaged. Which one is for the user
to name; none is bundled.
"""

from paser_core.stages.clusterings.method import ClusteringMethod
from paser_core.stages.clusterings.spectral_mteb import spectral_groups

CLUSTERING = ClusteringMethod(
    "spectral clustering of BERT's vectors", spectral_groups, asks_encoder=True
)
