"""How a model scores the samples, for the selectors that need it."""

from __future__ import annotations

from dataclasses import dataclass

from paser_core.config.options import ScoringModel
from paser_core.config.section import Section, setting


@dataclass(frozen=True)
class ScoresConfig(Section, at="scores"):
    """How a model scores the samples, for the selectors that need it."""

    model: ScoringModel = setting(
        ScoringModel.COMPRESSED,
        "the papers of ifd, nuggets and rds-plus score with the model that is trained next",
        label="Scoring model",
        help=(
            "Which of the run's two models scores the samples: the compressed one, which is trained "
            "on the selection, or the original one, which knows the task better."
        ),
        later=True,
    )
    anchors: int = setting(
        100,
        "the k-means set of the Nuggets paper has 100",
        label="Anchor tasks",
        help="Of nuggets: how many tasks a sample is tried on as an example. Cost grows with it.",
        low=1,
        later=True,
    )
    targets: str | None = setting(
        None,
        "nobody can guess what the model shall be good at",
        label="Target examples",
        help="Of rds-plus: a file of examples of what the model shall be good at, kept out of the pool.",
        later=True,
    )
