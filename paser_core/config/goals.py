"""What a budget shall reach, for those who ask for a goal and not for a number of samples."""

from __future__ import annotations

from dataclasses import dataclass

from paser_core.config.section import Section, setting


@dataclass(frozen=True)
class GoalConfig(Section, at="goal"):
    """One or more goals; the budget that is looked for reaches all of them."""

    covered: float | None = setting(
        None,
        "how much is enough is for people to say",
        label="Every damaged cluster covered",
        help=(
            "The smallest budget at which the selected samples of every damaged cluster carry this share "
            "of its measured damage."
        ),
        low=0,
        high=1,
    )
    tokens: int | None = setting(
        None,
        "what training may cost is for people to say",
        label="At most so many tokens",
        help=(
            "The largest budget whose samples have at most so many tokens, prompts and responses, in all."
        ),
        low=1,
    )
    gpu_hours: float | None = setting(
        None,
        "what training may cost is for people to say",
        label="At most so many GPU hours",
        help=(
            "The largest budget that a recovery is trained on in at most so many hours of one GPU: tokens "
            "times epochs, by the tokens a second of the training."
        ),
        low=0,
    )
    marginal: float | None = setting(
        None,
        "what a further sample must bring is for people to say",
        label="Until the marginal gain falls under",
        help=(
            "The smallest budget after which a further sample adds less damage than this, as a running "
            "mean over 5 % of the samples that can be accepted."
        ),
        low=0,
    )
    balance: float | None = setting(
        None,
        "how even is even is for people to say",
        label="Worst cluster, as a share of the mean",
        help=(
            "The smallest budget at which the least covered of the damaged clusters is covered at least "
            "this share as well as they are in the mean: 0.5 is half as well."
        ),
        low=0,
        high=1,
    )

    @property
    def asked(self) -> dict[str, float]:
        """The goals that are set, in the order of the fields."""
        return {name: value for name, value in vars(self).items() if value is not None}
