"""The words of the page New run. Plain text only: nothing here is Markdown or HTML."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import labels
from dashboard.jobs.states import JobState, JobStatus, Moment
from paser_core.measure.plan import STAGES

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
        "selection.selector",
        "selection.seed",
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

_BY_NAME = {stage.name: stage for stage in STAGES}
_CHECK, _CHECKED = "Checking models and prompts", "samples"  # before the first stage

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


def stage_title(name: str) -> str:
    """What a stage is called on the screen."""
    return _BY_NAME[name].title


def doing(status: JobStatus) -> str:
    """What a run is doing: the stage, how far it is, how fast, and how long it will take."""
    if status.state is JobState.STARTING:
        return "Starting: loading the libraries"
    if status.state is JobState.STOPPING:
        return "Stopping: the step in work ends first"
    moment = status.moment
    if moment.stage is None:
        return "Writing" if status.finished else "Reading the data"
    stage = _BY_NAME.get(moment.stage)
    parts = [stage.doing if stage else _CHECK, *_figures(moment)]
    return " · ".join(parts)


def _figures(moment: Moment) -> list[str]:
    if not moment.total:
        return [f"for {labels.seconds(moment.since)}"] if moment.since is not None else []
    stage = _BY_NAME.get(moment.stage or "")
    unit = stage.unit if stage else _CHECKED
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
