"""The losses of a training, and whether it has gone wrong: a status, never a score.

``full data destroys the model`` in the paper looks like such a training, and LLM-Pruner's users met it
as well. So a loss that is not finite, or twice what it was at the start, ends the work. Steps read different
rows, some harder than others: a doubled loss is a doubt, and what decides is the loss of the model as it is
by then on the rows of the first steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

_TWICE = 2.0
_SLACK = 1e-3  # nats: a distillation may start from next to nothing
_SAMPLES = 64  # a mean over fewer says little
_FEWEST = 4  # steps, where there are enough


def too_much(now: float, start: float) -> bool:
    """Whether a loss is more than twice what it was, or no number."""
    return not now <= _TWICE * start + _SLACK


@dataclass
class History:
    """The loss of every step so far. It is smoothed by the mean of ``window`` steps.

    The start of a phase is the mean of its first ``window`` steps: each phase has a loss of its own.
    """

    phases: tuple[int, ...]  # steps of each phase
    window: int
    losses: list[float] = field(default_factory=list)
    tokens: int = 0  # read
    response_tokens: int = 0
    seconds: float = 0.0
    trouble: str | None = None  # what has gone wrong, as a clause
    looked: int = 0  # the step after which a doubt was last looked into

    @classmethod
    def of(cls, phases: tuple[int, ...], batch: int) -> History:
        """Of a training with so many steps a phase.

        The window has 64 samples and 4 steps at least, and at most a third of the shortest phase.
        """
        window = max(_FEWEST, math.ceil(_SAMPLES / batch))
        return cls(phases, max(1, min(window, min(phases) // 3)))

    def phase_of(self, step: int) -> int:
        """The phase that step number ``step`` is in."""
        end = 0
        for number, steps in enumerate(self.phases):
            end += steps
            if step < end:
                return number
        return len(self.phases) - 1

    def of_phase(self, phase: int) -> list[float]:
        """The losses of one phase so far."""
        first = sum(self.phases[:phase])
        return self.losses[first : first + self.phases[phase]]

    def smooth(self) -> float:
        """The loss as it is now."""
        now = self.of_phase(self.phase_of(len(self.losses) - 1))[-self.window :]
        return sum(now) / len(now)

    def start(self) -> float:
        """What it was when its phase began."""
        first = self.of_phase(self.phase_of(len(self.losses) - 1))[: self.window]
        return sum(first) / len(first)

    def doubts(self) -> bool:
        """Whether the smoothed loss is more than twice its start. Other rows may simply be harder."""
        return too_much(self.smooth(), self.start())

    def to_tree(self) -> dict[str, Any]:
        """As a checkpoint keeps it: of a training in trouble there is none."""
        return {
            "losses": self.losses,
            "tokens": self.tokens,
            "response_tokens": self.response_tokens,
            "seconds": self.seconds,
        }

    def restore(self, tree: dict[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        for name, value in tree.items():
            setattr(self, name, value)
