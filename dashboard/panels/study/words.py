"""The sentences of the page Study. Plain text, but for what is called Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from dashboard import labels
from paser_core.study.answers import Beside
from paser_core.study.assumption import Damaged
from paser_core.study.drafting import Draft
from paser_core.study.retained import Repeats, Retained
from paser_core.study.settings import StudyConfig
from paser_core.study.statistics.ranks import RankCorrelation

PARTS: Mapping[str, str] = {"test": "Test", "development": "Development", "all": "All"}
PERCENT = " %"
PARTS_HELP = (
    "Test: the questions that confirm. Development: those that ideas and learning rates were tried on; "
    "the plan says their share (split.development), and their ids draw them. All: both."
)
STATES: Mapping[str, str] = {
    "done": "done",
    "diverged": "diverged",
    "failed": "failed",
    "pending": "not made yet",
}
COSTS: Mapping[str, str] = {
    "cpu_seconds": "Processor seconds",
    "tokens_trained": "Tokens trained on",
}
COSTS_HELP = (
    "Processor seconds: of selecting, training and evaluating, by the process of the cell. What cells "
    "share (runs, scores, compressions) is not in it. Tokens trained on: prompts and answers that the "
    "training has read, all epochs."
)
RETENTION_HELP = (
    "Retention: the share of the original model's score that a model has, above what the best fixed "
    "answer would score, at most 100 %. Mean: over capabilities, each counting the same. Worst: the "
    "capability of which least is retained, which the mean can hide."
)
ASSUMPTION_HELP = (
    "PASER gives the budget to clusters by their damage. That helps where what was damaged most is also "
    "what training brings back. Here that is looked at: damage of the pool's samples of a capability "
    "across, what its questions gained upwards."
)
NO_CAPABILITY = (
    "The pool has no column “capability”, so nobody can say which of its samples belong to which "
    "questions: damage and gain cannot be set side by side. Give every sample of the pool a value "
    "in a column “capability”, called as the tasks call it, and start a new study."
)
NO_RESULTS = (
    "There are no results yet: they are put together when the last cell has ended, or when the study is "
    "started again and finds everything made."
)
WHAT_IT_IS = """\
There is no study here yet. A study answers **whether the selection was worth it**: it takes every
combination of compression, selector, budget and recovery, several seeds of each, selects, trains
and measures, and sets the results side by side. Each combination with one seed is a **cell**; this
page then shows

- whether what was damaged most is what recovery brings back (the assumption under the budget),
- what each selector retains of the original, capability by capability, in the mean and at worst,
- what that cost, and how it grows with the budget,
- how much the selections have in common,
- and every cell: its selection, its loss, its answers beside another's.

Start one from the run in view with the form below, or from a shell with a plan of your own."""
EXAMPLE_SAYS = "A plan, study.yaml:"
EXAMPLE = """\
original: models/original
run: {data: {path: pool.jsonl}}
compressions:
  magnitude: {sparsity: 0.6}
selectors: [paser, random, ifd]
budgets: [0.05, 0.1]
seeds: 5
tasks: ["jsonl:questions.jsonl"]
"""
EXAMPLE_COMMAND = "paser study study.yaml --out runs/studies/mine"


def grid(config: StudyConfig, points: int, counts: Mapping[str, int]) -> str:
    """How large a study is and how its cells ended."""
    sizes = [
        labels.plural(len(config.compressions), "compression"),
        labels.plural(len(config.selectors), "selector"),
        labels.plural(len(config.recoveries), "recovery", "recoveries"),
        labels.plural(len(config.seeds), "seed"),
    ]
    ended = [f"{labels.count(counts[s])} {said}" for s, said in STATES.items() if counts.get(s)]
    return f"{labels.plural(points, 'cell')}: {labels.listed(ended)}. {labels.listed(sizes)}."


def remarks(number: int) -> str:
    """The heading of what the steps have warned of."""
    return f"{labels.plural(number, 'remark')} to know before the figures are read"


def counted(found: Retained, part: str) -> str:
    """How many questions count, and what does not."""
    n = int(found.items.sum())
    capabilities = labels.plural(len(found.capabilities), "capability", "capabilities")
    told = [f"{labels.plural(n, 'question')} of {capabilities}, {_PARTS_TOLD[part]}."]
    if found.left_out:
        told.append(
            f"{labels.plural(found.left_out, 'question')} left out, because some model was not asked."
        )
    nothing = [
        name
        for (_, name), share in zip(
            found.capabilities, found.shares_of(found.original), strict=True
        )
        if math.isnan(share)
    ]
    if nothing:
        told.append(
            f"Not counted: {labels.listed(nothing)}, where the original itself is no better than chance."
        )
    return " ".join(told)


_PARTS_TOLD = {
    "test": "which confirm",
    "development": "on which choices were tried",
    "all": "those among them on which choices were tried",
}


def correlation(found: RankCorrelation, what: str) -> str:
    """Spearman's rho and its interval in words."""
    n = labels.plural(found.clusters, "capability", "capabilities")
    if found.rho is None:
        return (
            f"Whether damage and {what} go together cannot be told: {n} with both, or one of them is the "
            "same everywhere."
        )
    said = f"Spearman's rho {_signed(found.rho)} over {n}"
    if found.low is None or found.high is None:
        return f"{said}: too few for an interval."
    between = f"{said}, 95 % interval {_signed(found.low)} to {_signed(found.high)}"
    if found.low <= 0 <= found.high:
        return (
            f"{between}: it includes 0, so this does not show that damage and {what} go together."
        )
    return f"{between}: what was damaged more has {'more' if found.rho > 0 else 'less'} {what}."


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def unmatched(groups: tuple[Damaged, ...]) -> str:
    """The capabilities of the tasks that the pool has no samples of; empty where there are none."""
    names = list(dict.fromkeys(name for group in groups for name in group.unmatched))
    if not names:
        return ""
    return f"Not shown: {labels.listing(names)}, of which no sample of the pool has a damage under that name."


def nothing_at(budget: str | None = None) -> str:
    """Nothing is finished of what is looked at."""
    where = "" if budget is None else f" at {budget}"
    return (
        f"No cell of this compression and recovery is finished{where}. Choose others above; the cells at "
        "the end of the page say what became of each."
    )


def plus_minus(values: list[float], unit: str = "") -> str:
    """Mean and standard deviation of shares over seeds, in percent; a single one says so by itself."""
    known = [100 * value for value in values if not math.isnan(value)]
    if not known:
        return "–"
    mean = sum(known) / len(known)
    if len(known) < 2:
        return f"{mean:.1f}{unit} (1 seed)"
    spread = math.sqrt(sum((one - mean) ** 2 for one in known) / (len(known) - 1))
    return f"{mean:.1f} ± {spread:.1f}{unit}"


def seeds(arm: Repeats) -> str:
    """How many of an arm's seeds are there, and what became of the others."""
    lost = [
        f"{number} {said}"
        for number, said in ((arm.diverged, "diverged"), (arm.missing, "failed or not made"))
        if number
    ]
    return ", ".join([str(len(arm.keys)), *lost])


def answers(found: Beside, ours: str, theirs: str) -> str:
    """Who has how many right."""
    n = len(found.table)
    told = (
        f"Of {labels.plural(n, 'question')}, both have {labels.count(found.both)} right, only {ours} "
        f"{labels.count(found.ours)}, only {theirs} {labels.count(found.theirs)}, neither "
        f"{labels.count(found.neither)}."
    )
    if found.unpaired:
        told += f" {labels.plural(found.unpaired, 'more')} were not asked of both."
    return told


def lost(row: Mapping[str, Any], failed: Mapping[str, str]) -> str:
    """Why a cell has no figures."""
    if row["status"] == "diverged":
        return f"Diverged: {row['why']}"
    why = failed.get(f"cell/{row['key']}")
    if why is None:
        return "Not made yet: start the study again, and it is."
    return f"Failed: {why} It is tried again when the study is started again."


GOES_ON = "Resume makes what is missing; what is made stays. From a shell, with the plan, the same:"
NEEDS_MODELS = (
    "Choose a run with an original and a compressed model on the left, and this form starts a study on "
    "them; or start one from a shell: paser study study.yaml --out DIR."
)
BUDGETS_HELP = (
    "With commas between them: shares of the pool (5 %, 0.1), numbers of samples (400), or tokens to "
    "train on (10 % of tokens, 50000 tokens)."
)
SEEDS_HELP = (
    "How often every combination is made, each time with another draw and another training. Two tell a "
    "difference from chance badly, five well."
)


def estimate(drafted: Draft) -> str:
    """How much a study has to make."""
    told = (
        f"{labels.plural(drafted.cells, 'cell')} to select, train and measure, and "
        f"{labels.plural(drafted.shared, 'step')} that they share (the run, scores, evaluations)."
    )
    same = drafted.points - drafted.cells
    if same:
        told += f" {labels.plural(same, 'more point')} of the grid share one of them."
    return told
