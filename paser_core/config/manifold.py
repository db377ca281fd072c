"""The manifold of the samples: their affinity, its diffusion map, and how large it may get."""

from __future__ import annotations

from dataclasses import dataclass

from paser_core.config.options import Kernel
from paser_core.config.section import AUTO, Section, setting


@dataclass(frozen=True)
class ManifoldConfig(Section, at="manifold"):
    """The diffusion map of the vectors."""

    kernel: Kernel = setting(
        Kernel.KNN,
        "O(n log n); the dense kernel of the paper needs O(n^2) memory",
        label="Kernel",
        help=(
            "knn joins near neighbors only, and takes any size. dense is the paper's: every pair,"
            " with memory that grows with the square of the samples."
        ),
    )
    n_neighbors: int = setting(
        60,
        "30 tears real capabilities apart; 100 brings nothing and costs more",
        label="Neighbors",
        help=(
            "How many each sample is joined with. 30 tear real capabilities apart; 100 bring "
            "nothing."
        ),
        low=2,
    )
    n_components: int = setting(
        24,
        "a little more than the clusters one expects",
        label="Coordinates",
        help="Dimensions of the manifold: a little more than the clusters you expect.",
        low=2,
        high=512,
    )
    time: float | str = setting(
        AUTO,
        "auto: decay/lambda of the last coordinate kept (dense: 1/lambda_2)",
        label="Diffusion time",
        help=(
            "How far similarity spreads along the samples before it is compared. Empty: from the "
            "data."
        ),
        low=0.0,
    )
    decay: float = setting(
        2.0,
        "the last coordinate kept then counts e^-2: a soft end of the spectrum, not a sharp one",
        label="Decay",
        help=(
            "How softly the spectrum ends, where the time comes from the data: the last "
            "coordinate counts e to the minus this."
        ),
        low=0.0,
        high=100.0,
        later=True,
    )
    scale_neighbor: int = setting(
        15,
        "the neighbor whose distance is a sample's own scale: beyond a dozen near duplicates, which "
        "the 7th of Zelnik-Manor & Perona 2004 is not",
        label="Scale",
        help=(
            "The neighbor whose distance is a sample's own scale. More than you have near "
            "duplicates."
        ),
        low=1,
        later=True,
    )
    regularization: float | str = setting(
        AUTO,
        "weight of the coarse similarity, as a share of the mean degree; auto: 1, as much as that "
        "of neighbors, which alone falls apart as n grows (dense: 0, the paper's letter)",
        label="Coarse similarity",
        help=(
            "Weight of the similarity of groups beside that of neighbors. Empty: as much as "
            "theirs; 0: none, and large pools fall apart."
        ),
        low=0.0,
    )
    partitions: int = setting(
        10,
        "k-means partitions that the coarse similarity counts; 0: all samples alike similar, as in "
        "Zhang & Rohe 2018",
        label="Partitions",
        help="How many groupings the coarse similarity counts. 0: all alike.",
        low=0,
        high=100,
    )
    groups_min: int = setting(
        24,
        "groups of the coarsest partition: about as many as the most clusters tried",
        label="Fewest groups",
        help="Groups of the coarsest of these groupings.",
        low=2,
    )
    groups_max: int = setting(
        60,
        "groups of the finest: a group is a share of the data at every size",
        label="Most groups",
        help="Groups of the finest of these groupings.",
        low=2,
        high=10_000,
    )

    exact_up_to: int = setting(
        50_000,
        "comparing all with all takes 18 s of a processor at 44,000, and four times as long at twice "
        "the size; beyond it every run says how many of the true neighbors were found",
        label="Exact up to",
        help=(
            "Distinct samples up to which all are compared with all. Beyond it neighbors are looked "
            "for in parts, and how many were found is measured and said."
        ),
        low=2,
        later=True,
    )
    probes: int = setting(
        16,
        "98.5 % of the true neighbors at 200,000 samples; 12 find 97.9 % in five sixths of the time",
        label="Parts searched",
        help=(
            "Beyond that size, how many of the parts of about 500 samples nearest to a sample are "
            "searched for its neighbors. More find more, and take longer."
        ),
        low=1,
        high=10_000,
        later=True,
    )

    def check(self) -> None:
        self.check_order("groups_min", "groups_max")
