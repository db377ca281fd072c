"""The words of the page New run. Plain text only: nothing here is Markdown or HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard import labels
from dashboard.jobs.states import JobState, JobStatus, Moment


@dataclass(frozen=True)
class Say:
    """A knob on the screen: its label, and why one would turn it."""

    label: str
    help: str


# One for each field of the config; a test holds the two together.
KNOBS: Mapping[str, Say] = {
    "data.path": Say(
        "Data", "A json, jsonl, csv or parquet file, a folder of them, or a data set."
    ),
    "data.name": Say(
        "Configuration", "Which one, where a data set has several; the others have none to choose."
    ),
    "data.split": Say("Split", "The part of the data set that is read; most keep theirs in train."),
    "data.fields.instruction": Say("Instruction", "The column with what is asked."),
    "data.fields.input": Say(
        "Input", "The column with what it is asked about; many data sets have none."
    ),
    "data.fields.output": Say(
        "Output", "The column with the response that the two models are compared on."
    ),
    "data.fields.id": Say(
        "Id", "Your own name of a sample, unique. Rows are numbered where there is none."
    ),
    "data.fields.messages": Say(
        "Messages", "A column of conversations, instead of instruction, input and output."
    ),
    "data.fields.system": Say(
        "System prompt", "A column of system prompts, which become part of the prompt."
    ),
    "data.fields.history": Say(
        "History", "A column of earlier turns, which become part of the prompt."
    ),
    "data.fields.tools": Say(
        "Tools", "A column of the tools that may be called, which become part of the prompt."
    ),
    "data.on_error": Say(
        "Skip broken lines", "Leaves out lines that cannot be read, and counts them."
    ),
    "data.limit": Say(
        "Only the first rows", "Reads no more than so many: a quick look at a large pool."
    ),
    "embedding.model": Say(
        "Encoder", "A sentence-transformers model: a folder here, or a name on the hub."
    ),
    "embedding.precomputed": Say(
        "Vectors", "A column of vectors, or a .npy file with one row per sample."
    ),
    "data.language": Say(
        "Language", "Empty: told sample by sample. Or one code for all: en, fr, th and so on."
    ),
    "embedding.turns": Say(
        "Turns", "What of a conversation is embedded: the last question, or all that was said."
    ),
    "embedding.shared": Say(
        "Shared text", "strip leaves out prompts and templates that many samples have in common."
    ),
    "embedding.batch_size": Say(
        "Texts at once", "Texts that go through the encoder together. More only costs memory."
    ),
    "manifold.kernel": Say(
        "Kernel",
        "knn joins near neighbors only, and takes any size. dense is the paper's: every pair, with "
        "memory that grows with the square of the samples.",
    ),
    "manifold.n_neighbors": Say(
        "Neighbors",
        "How many each sample is joined with. 30 tear real capabilities apart; 100 bring nothing.",
    ),
    "manifold.n_components": Say(
        "Coordinates", "Dimensions of the manifold: a little more than the clusters you expect."
    ),
    "manifold.time": Say(
        "Diffusion time",
        "How far similarity spreads along the samples before it is compared. Empty: from the data.",
    ),
    "manifold.decay": Say(
        "Decay",
        "How softly the spectrum ends, where the time comes from the data: the last coordinate counts "
        "e to the minus this.",
    ),
    "manifold.scale_neighbor": Say(
        "Scale",
        "The neighbor whose distance is a sample's own scale. More than you have near duplicates.",
    ),
    "manifold.regularization": Say(
        "Coarse similarity",
        "Weight of the similarity of groups beside that of neighbors. Empty: as much as theirs; 0: "
        "none, and large pools fall apart.",
    ),
    "manifold.partitions": Say(
        "Partitions", "How many groupings the coarse similarity counts. 0: all alike."
    ),
    "manifold.groups_min": Say("Fewest groups", "Groups of the coarsest of these groupings."),
    "manifold.groups_max": Say("Most groups", "Groups of the finest of these groupings."),
    "clustering.tolerance": Say(
        "Tolerance",
        "The smallest number of clusters is taken whose criterion is within this share of the best.",
    ),
    "clustering.neighbors": Say(
        "Neighbors within", "How many each sample is compared with on the manifold."
    ),
    "clustering.scale_neighbor": Say(
        "Scale within", "The same as Scale, on the manifold: the neighbor whose distance is it."
    ),
    "clustering.choose_on": Say(
        "Chosen on", "Samples that the number of clusters is chosen on, where there are more."
    ),
    "clustering.stability": Say(
        "Stability checks",
        "How often a half of the samples is clustered again, to say how stable it is. 0: never.",
    ),
    "clustering.n_clusters": Say("Clusters", "How many there are. Empty: from the data."),
    "clustering.k_min": Say(
        "Fewest", "The smallest number of clusters tried, where it comes from the data."
    ),
    "clustering.k_max": Say(
        "Most", "The largest number tried. More than 25 can hardly be read on one screen."
    ),
    "clustering.criterion": Say(
        "Criterion",
        "How the number is chosen. auto has an optimum inside the range; frobenius, the error of "
        "the factorization, never has.",
    ),
    "clustering.max_iterations": Say(
        "Iterations", "At most, of the factorization; it settles in well under 200 on real data."
    ),
    "models.original": Say("Original model", "Before it was compressed: a folder or a hub name."),
    "models.compressed": Say(
        "Compressed model", "Pruned or quantized, with the tokenizer of the original."
    ),
    "models.device": Say("Device", "auto takes an accelerator where there is one."),
    "models.dtype": Say(
        "Precision", "auto is float32 on a CPU, the checkpoint's own on an accelerator."
    ),
    "models.template": Say(
        "Prompt template",
        "How a sample becomes a prompt: alpaca as LLM-Pruner and the paper do, chat as the "
        "tokenizer's own template says, none for the bare text.",
    ),
    "models.residency": Say(
        "Both in memory", "auto keeps both models where they fit; else they take turns."
    ),
    "models.date": Say(
        "Date of the template",
        "Some chat templates write today's date. They read this one, so that the run is the same "
        "on every day.",
    ),
    "divergence.turns": Say(
        "Answers measured",
        "last: the last answer of a conversation. all: every answer of the assistant.",
    ),
    "divergence.max_length": Say(
        "Longest sample",
        "Prompt and response in tokens; a longer one loses the end of its response.",
    ),
    "divergence.nodes": Say(
        "Temperatures",
        "How many are measured. The slider reads between them; 33 are exact to 0.00005.",
    ),
    "divergence.batch_tokens": Say(
        "Tokens at once", "Padded tokens of a batch. Lower it when memory runs out."
    ),
    "concepts.per_sample": Say(
        "Phrases per sample", "More phrases refuse more samples. The dashboard can change it later."
    ),
    "concepts.max_words": Say("Words per phrase", "Longer phrases hardly ever occur twice."),
    "concepts.max_document_frequency": Say(
        "Document frequency",
        "A phrase in a larger share of the samples is boilerplate, which refuses good samples.",
    ),
    "selection.budget": Say(
        "Budget",
        "Where the slider starts: a share (0.2, 20 %, 1.0 for all) or a number of samples (800).",
    ),
    "selection.temperature": Say("Temperature", "Where the slider starts. 1: as the models are."),
    "selection.allocation": Say(
        "Allocation", "How the budget is split among clusters. Can be changed later."
    ),
    "selection.order": Say("Order", "How samples are taken in turn. Can be changed later."),
    "seed": Say("Seed", "Every random choice follows from it: the same seed gives the same run."),
}

# The options, in the order they are shown. The rest of the config has a place of its own.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "Data": ("data.limit", "data.language", "seed"),
    "Embedding": ("embedding.turns", "embedding.shared", "embedding.batch_size"),
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
    ),
    "Clusters": (
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
    ),
}

STATES: Mapping[JobState, str] = {
    JobState.STARTING: "Starting",
    JobState.RUNNING: "Running",
    JobState.STOPPING: "Stopping",
    JobState.CANCELLED: "Cancelled",
    JobState.INTERRUPTED: "Interrupted",
    JobState.FAILED: "Failed",
    JobState.DONE: "Done",
}

STAGES: Mapping[str, str] = {
    "embedding": "Embedding",
    "manifold": "Manifold",
    "clustering": "Clusters",
    "layout": "Map",
    "concepts": "Concepts",
    "divergence": "Divergence",
    "summary": "Tables",
}
_DOING: Mapping[str, str] = {
    "embedding": "Embedding the samples",
    "manifold": "Finding the manifold",
    "clustering": "Finding the clusters",
    "layout": "Drawing the map",
    "concepts": "Looking for concepts",
    "check": "Checking models and prompts",
    "divergence": "Comparing the models",
    "summary": "Writing the tables",
}
_UNITS: Mapping[str, str] = {
    "embedding": "samples",
    "manifold": "samples",
    "clustering": "tried",
    "layout": "maps",
    "concepts": "samples",
    "check": "samples",
    "divergence": "samples",
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
ADD_MODELS = (
    "What is done is kept: only the comparison of the models and the tables are made. Both empty: "
    "the run ends without models."
)
SAME_COMMAND = "The button writes this file and starts this command; from a shell it does the same."
NO_RUNS = "There is no run yet. The first one will be listed here."
NO_OTHER_RUNS = "There is no other run."


def doing(status: JobStatus) -> str:
    """What a run is doing: the stage, how far it is, how fast, and how long it will take."""
    if status.state is JobState.STARTING:
        return "Starting: loading the libraries"
    if status.state is JobState.STOPPING:
        return "Stopping: the step in work ends first"
    moment = status.moment
    if moment.stage is None:
        return "Writing" if status.finished else "Reading the data"
    parts = [_DOING.get(moment.stage, moment.stage), *_figures(moment)]
    return " · ".join(parts)


def _figures(moment: Moment) -> list[str]:
    if not moment.total:
        return [f"for {labels.seconds(moment.since)}"] if moment.since is not None else []
    unit = _UNITS.get(moment.stage or "", "steps")
    parts = [f"{labels.count(moment.done)} of {labels.count(moment.total)} {unit}"]
    if moment.rate:
        parts.append(f"{rate(moment.rate)} a second")
    if moment.seconds_left is not None and moment.done < moment.total:
        parts.append(f"{labels.seconds(moment.seconds_left)} left")
    return parts


def rate(value: float) -> str:
    """``84``, ``7.2`` or ``0.05`` a second."""
    return labels.count(value) if value >= 10 else f"{value:.2g}"


def outcome(status: JobStatus) -> str:
    """How a run that is not in work ended."""
    took = "" if status.seconds is None else f" after {labels.seconds(status.seconds)}"
    if status.state is JobState.DONE:
        return f"Done{took}. {status.message or ''}".strip()
    if status.state is JobState.CANCELLED:
        return f"Cancelled{took}. What was finished is kept; Resume goes on from there."
    return status.message or ""


def when(status: JobStatus, now: float) -> str:
    """When a run was started or ended."""
    if status.state.is_active:
        return f"for {labels.seconds(now - status.started)}" if status.started is not None else "–"
    return ago(now - status.ended) if status.ended is not None else "–"


def ago(seconds: float) -> str:
    """How long ago, roughly: ``just now``, ``5 min ago``, ``3 h ago``, ``12 days ago``."""
    if seconds < 60:
        return "just now"
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''} ago"
    raise AssertionError("unreachable")
