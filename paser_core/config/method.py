"""How samples become vectors, a manifold, clusters and concepts."""

from __future__ import annotations

from dataclasses import dataclass

from paser_core.config.options import Criterion, Precision, SharedText, Turns
from paser_core.config.section import AUTO, Section, setting
from paser_core.errors import ConfigError, shortened
from paser_core.registry import CLUSTERINGS


@dataclass(frozen=True)
class EmbeddingConfig(Section, at="embedding"):
    """How samples become vectors."""

    model: str = setting(
        "all-MiniLM-L6-v2",
        "bundled, so it works offline; the usual Sentence-BERT",
        label="Encoder",
        help="A sentence-transformers model: a folder here, or a name on the hub.",
    )
    precomputed: str | None = setting(
        None,
        "a column of vectors, or a .npy file with a row per sample",
        label="Vectors",
        help="A column of vectors, or a .npy file with one row per sample.",
    )
    batch_size: int = setting(
        64,
        "a batch ends at 1,024 tokens for each processor anyway; this bounds what short texts and GPUs take",
        label="Texts at once",
        help="Most texts that go through the encoder together. Lower it when memory runs out.",
        low=1,
    )
    turns: Turns = setting(
        Turns.LAST,
        "the last question tells samples apart; earlier turns fill the window",
        label="Turns",
        help="What of a conversation is embedded: the last question, or all that was said.",
    )
    shared: SharedText = setting(
        SharedText.STRIP,
        "system prompts and templates that samples share drown what is asked",
        label="Shared text",
        help="strip leaves out prompts and templates that many samples have in common.",
    )
    dtype: Precision = setting(
        Precision.AUTO,
        "bfloat16 on a processor that has it (AVX-512 BF16, AMX): 0.6 of the time of float32 for a cosine "
        "of 0.9999 (benchmarks/bench_encoding.py). float32 on others and on GPUs. A run says which it was",
        label="Precision",
        help=(
            "auto is bfloat16 on a processor that has it, else float32. The vectors differ a little: "
            "float32 where they shall be the same on every machine."
        ),
        later=True,
    )

    def check(self) -> None:
        if self.precomputed is not None and self.dtype is Precision.BFLOAT16:
            raise ConfigError(
                f"embedding.dtype is {self.dtype}, but the vectors are given (embedding.precomputed), so "
                "nothing is encoded; leave one of them out.",
                field="embedding.dtype",
            )


@dataclass(frozen=True)
class ClusteringConfig(Section, at="clustering"):
    """How the manifold is cut into capability groups."""

    n_clusters: int | str = setting(
        AUTO,
        "nobody knows it beforehand; the curve shows the alternatives",
        label="Clusters",
        help="How many there are. Empty: from the data.",
        low=2,
        high=1000,
    )
    k_min: int = setting(
        5,
        "fewer than five groups say little about capabilities",
        label="Fewest",
        help="The smallest number of clusters tried, where it comes from the data.",
        low=2,
        high=1000,
    )
    k_max: int = setting(
        25,
        "more cannot be read on one screen",
        label="Most",
        help="The largest number tried. More than 25 can hardly be read on one screen.",
        low=2,
        high=1000,
    )
    criterion: Criterion = setting(
        Criterion.AUTO,
        "has an optimum inside the range; frobenius never has",
        label="Criterion",
        help=(
            "How the number is chosen. auto has an optimum inside the range; frobenius, the error"
            " of the factorization, never has."
        ),
    )
    tolerance: float = setting(
        0.03,
        "the curve is flat near its best: of the numbers within this share of it the smallest",
        label="Tolerance",
        help=(
            "The smallest number of clusters is taken whose criterion is within this share of the"
            " best."
        ),
        low=0.0,
        high=1.0,
    )
    neighbors: int = setting(
        60,
        "of the similarity on the manifold, as in the graph before it",
        label="Neighbors within",
        help="How many each sample is compared with on the manifold.",
        low=2,
    )
    scale_neighbor: int = setting(
        15,
        "whose distance is a sample's own scale, as in the graph before it",
        label="Scale within",
        help="The same as Scale, on the manifold: the neighbor whose distance is it.",
        low=1,
        later=True,
    )
    choose_on: int = setting(
        8000,
        "samples on which K is chosen where there are more; it hardly moves, time does",
        label="Chosen on",
        help="Samples that the number of clusters is chosen on, where there are more.",
        low=50,
    )
    stability: int = setting(
        5,
        "times that a half of the samples is clustered again, to say how stable it is; 0: never",
        label="Stability checks",
        help=(
            "How often a half of the samples is clustered again, to say how stable it is. 0: never."
        ),
        low=0,
        high=100,
    )
    max_iterations: int = setting(
        300,
        "the factorization settles in well under 200 on real data",
        label="Iterations",
        help="At most, of the factorization; it settles in well under 200 on real data.",
        low=1,
    )
    split: tuple[int, ...] = setting(
        (),
        "clusters to cut into their places, by number and in this order, e.g. [9, 3]",
        label="Split",
        help="Clusters to cut into their places, by number and in this order.",
    )

    method: str = setting(
        "s2ric",
        "the paper's own: spectral clustering on the manifold by a non-negative factorization",
        label="Method",
        help="How the samples are grouped. The others are those of the paper's Table 12.",
        later=True,
        names=CLUSTERINGS,
    )
    encoder: str | None = setting(
        None,
        "of spectral-mteb and spectral-bert, whose vectors are not those of the map; none is bundled "
        "for them",
        label="Clusters' encoder",
        help="Of spectral-mteb and spectral-bert: a folder with a sentence encoder, or with a BERT.",
        later=True,
    )

    def check(self) -> None:
        if any(number < 0 for number in self.split):
            raise ConfigError(
                f"clustering.split is {shortened(list(self.split))}; give the numbers of clusters, "
                "counted from 0, e.g. [9, 3].",
                field="clustering.split",
            )
        self.check_order("k_min", "k_max")


@dataclass(frozen=True)
class ConceptsConfig(Section, at="concepts"):
    """Which phrases of a sample may conflict."""

    per_sample: int = setting(
        8,
        "more phrases reject more: the literal rule with all of them accepts 4 %",
        label="Concepts per sample",
        help=(
            "How many key phrases of a sample count. More phrases find more conflicts and reject "
            "more."
        ),
        low=0,
        high=24,
    )
    max_words: int = setting(
        3,
        "longer phrases hardly ever occur twice",
        label="Longest phrase",
        help=("In words. Longer phrases hardly ever occur twice, so they rarely reject anything."),
        low=1,
        high=5,
    )
    max_document_frequency: float = setting(
        0.003,
        "boilerplate does most of the rejecting; 79 % accepted",
        label="Most frequent phrase",
        help=(
            "Phrases in a larger share of the samples are boilerplate (“following question”) and "
            "do not count. Boilerplate does most of the rejecting: lower this when the acceptance"
            " rate is low."
        ),
        low=0.0,
        high=1.0,
    )
