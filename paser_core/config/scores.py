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
    subsets: int = setting(
        24,
        "with four indicators an R² of 0.17 is chance; the paper fine-tunes 129 times",
        label="Fine-tunings",
        help="Of instruction-mining: random subsets that the compressed model is fine-tuned on.",
        low=2,
        later=True,
    )
    subset_size: int = setting(
        128,
        "short fine-tunings; the paper takes 1,000 samples",
        label="Samples of each",
        help="Of instruction-mining: samples of a random subset. Of paser-recoverable: of a pilot.",
        low=2,
        later=True,
    )
    held_out: int = setting(
        256,
        "a mean loss that varies little; these are in no subset",
        label="Samples kept apart",
        help=(
            "Samples whose loss after a fine-tuning is measured; of paser-recoverable, of all clusters "
            "together."
        ),
        low=2,
        later=True,
    )
    lr: float = setting(
        1e-4,
        "the paper's for Alpaca; small models take ten times as much",
        label="Their learning rate",
        help="Of the fine-tunings of instruction-mining and paser-recoverable: the highest learning rate.",
        low=1e-8,
        high=1.0,
        later=True,
    )
    seats_at: float = setting(
        0.1,
        "a budget that is usual; more tokens of a cluster bring back less and less, so that a larger one "
        "spreads them",
        label="Budget of the seats",
        help=(
            "Of paser-recoverable: the share of the pool's tokens that the seats are best at. They are "
            "used at every budget. Pilots are not made again."
        ),
        low=0.001,
        high=1.0,
        later=True,
    )
    recovered_limit: float = setting(
        0.95,
        "a rate must stay finite where a pilot brings everything back",
        label="Most brought back",
        help=(
            "Of paser-recoverable: the share of what was lost that one pilot is taken to have brought back "
            "at most. Pilots are not made again."
        ),
        low=0.5,
        high=0.999,
        later=True,
    )
