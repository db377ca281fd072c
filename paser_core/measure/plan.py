"""The stages of a run, in order: what each writes, what determines it, and how it is spoken of.

Order, keys, progress and the screens follow from this one list. A section that is missing here is a
change of the config that is not noticed, so every stage names all that its work reads.
"""

from __future__ import annotations

from paser_core.runs import Files
from paser_core.workspace.checkpoints import Stage

TEXTS = ("samples", "embedding.turns", "embedding.shared", "data.language")

STAGES = (
    Stage(
        "embedding",
        files=(Files.EMBEDDINGS, Files.READING),
        needs=(),
        sections=("samples", "data.language", "embedding"),
        work="paser_core.measure.stages:write_embeddings",
        title="Embedding",
        doing="Embedding the samples",
        unit="samples",
    ),
    Stage(
        "manifold",
        files=(Files.MANIFOLD,),
        needs=("embedding",),
        sections=("manifold", "seed"),
        work="paser_core.measure.stages:write_manifold",
        title="Manifold",
        doing="Finding the manifold",
        unit="samples",
    ),
    Stage(
        "clustering",
        files=(Files.CLUSTERING,),
        needs=("embedding", "manifold"),
        sections=("manifold", "clustering", "seed"),
        work="paser_core.measure.stages:write_clustering",
        title="Clusters",
        doing="Finding the clusters",
        unit="tried",
    ),
    Stage(
        "layout",
        files=(Files.LAYOUT,),
        needs=("manifold",),
        sections=("manifold.exact_up_to", "manifold.probes", "seed"),
        work="paser_core.measure.stages:write_layout",
        title="Map",
        doing="Drawing the map",
        unit="maps",
    ),
    Stage(
        "concepts",
        files=(Files.CONCEPTS,),
        needs=(),
        sections=(*TEXTS, "concepts"),
        work="paser_core.measure.stages:write_concepts",
        title="Concepts",
        doing="Looking for concepts",
        unit="samples",
    ),
    Stage(
        "divergence",
        files=(Files.DIVERGENCE, Files.TOKENS, Files.SIGNALS),
        needs=(),
        sections=("samples", "models", "divergence"),
        work="paser_core.measure.divergence:write_divergence",
        title="Divergence",
        doing="Comparing the models",
        unit="samples",
    ),
    Stage(
        "summary",
        files=(Files.SAMPLES, Files.CLUSTERS, Files.ORIGINALS, Files.SEARCH),
        needs=("embedding", "manifold", "clustering", "layout", "concepts", "divergence"),
        sections=(*TEXTS, "concepts", "seed"),
        work="paser_core.measure.tables:write_summary",
        title="Tables",
        doing="Writing the tables",
    ),
)


def stages_of(has_models: bool) -> tuple[Stage, ...]:
    """The stages that a run goes through: without models nothing is measured."""
    return tuple(stage for stage in STAGES if has_models or stage.name != "divergence")
