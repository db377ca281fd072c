"""The words of the page New run. Plain text only: nothing here is Markdown or HTML."""

from __future__ import annotations

from collections.abc import Mapping

# The options, in the order they are shown. The rest of the config has a place of its own.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "Data": ("data.limit", "data.language", "seed"),
    "Embedding": ("embedding.turns", "embedding.shared", "embedding.batch_size", "embedding.dtype"),
    "Manifold": (
        "manifold.kernel",
        "manifold.n_neighbors",
        "manifold.n_components",
        "manifold.time",
        "manifold.decay",
        "manifold.scale_neighbor",
        "manifold.regularization",
        "manifold.partitions",
        "manifold.groups_min",
        "manifold.groups_max",
        "manifold.exact_up_to",
        "manifold.probes",
    ),
    "Clusters": (
        "clustering.method",
        "clustering.encoder",
        "clustering.n_clusters",
        "clustering.k_min",
        "clustering.k_max",
        "clustering.criterion",
        "clustering.tolerance",
        "clustering.neighbors",
        "clustering.scale_neighbor",
        "clustering.choose_on",
        "clustering.stability",
        "clustering.max_iterations",
    ),
    "Divergence": (
        "divergence.max_length",
        "divergence.turns",
        "divergence.nodes",
        "divergence.batch_tokens",
        "models.residency",
        "models.date",
    ),
    "Concepts": (
        "concepts.per_sample",
        "concepts.max_words",
        "concepts.max_document_frequency",
    ),
    "Selection": (
        "selection.budget",
        "selection.temperature",
        "selection.allocation",
        "selection.order",
        "selection.selector",
        "selection.encoder",
        "selection.signal",
        "selection.aggregate",
        "selection.seed",
    ),
    "Scores of selectors": (
        "scores.model",
        "scores.anchors",
        "scores.targets",
        "scores.subsets",
        "scores.subset_size",
        "scores.held_out",
        "scores.lr",
        "scores.seats_at",
        "scores.recovered_limit",
    ),
    # Not the address: what comes from a cluster is unpickled, so it is named where the server is run.
    "Engine": ("engine.name", "engine.workers", "engine.threads"),
}

NOT_RECOGNIZED = (
    "These columns fit no shape that is known (Alpaca, prompt and completion, messages, ShareGPT). "
    "Choose which one holds the instruction and which one the output."
)
TICK = "With a ✓ it was recognized by its name."
BUNDLED = "all-MiniLM-L6-v2, installed with the workbench: it needs no network."
NO_VECTORS = "No column of this data holds lists of numbers of one length."
NO_MODELS = (
    "Both may stay empty: the run then stops after the clusters, and you can add the models later "
    "without repeating anything."
)
COMPRESS = (
    "The compressed model is made of the original before the run starts, with this pool as calibration "
    "where the method reads any."
)
ADD_MODELS = (
    "What is done is kept: only the comparison of the models and the tables are made. Both empty: "
    "the run ends without models."
)
SAME_COMMAND = "The button writes this file and starts this command; from a shell it does the same."
NO_RUNS = "There is no run yet. The first one will be listed here."
NO_OTHER_RUNS = "There is no other run."
