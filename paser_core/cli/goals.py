"""``--goal``: a budget by what it reaches instead of a number of samples; ``--training``: what that costs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from paser_core.cli.knobs import OF_GOALS, OF_TRAINING
from paser_core.cli.terminal import say

if TYPE_CHECKING:
    from paser_core.api.selected import Selection
    from paser_core.config import Section


def add_goal(command: argparse.ArgumentParser) -> None:
    """The options; what they say of the goals and the training, their fields say of themselves."""
    command.add_argument(
        "--goal",
        dest="goals",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"Instead of --budget, what the budget shall reach; may be given more than once. {OF_GOALS}",
    )
    command.add_argument(
        "--training",
        dest="training",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="What is known of the training, for the goal gpu_hours and to have its time said; may be given "
        f"more than once. {OF_TRAINING}",
    )


def at_goal(selection: Selection, parsed: argparse.Namespace) -> Selection:
    """The selection at the budget that reaches the goals, which is said; itself where there are none.

    Raises:
        ConfigError: a goal is not one, or there is a budget, too; a field of the training is not one.
        SelectionError: no budget reaches them, or they cannot be looked for.
    """
    from paser_core.config import GoalConfig
    from paser_core.errors import ConfigError
    from paser_core.recover.cost import TrainingConfig
    from paser_core.selection.goals import goal_text

    training = _read(parsed.training, TrainingConfig, "--training", "tokens_per_second=9000")
    chosen = selection
    if parsed.goals:
        if parsed.budget is not None:
            raise ConfigError(
                f"--goal {parsed.goals[0]} and --budget {parsed.budget} both say how many samples. Keep one "
                "of them.",
                field="budget",
            )
        goals = _read(parsed.goals, GoalConfig, "--goal", "covered=0.8")
        found = selection.budget_for(training=training, **goals)
        chosen = selection.at(found.setting)
        say(f"Goal {goal_text(found.goal)}: {found.reason}")
    if training:
        say(chosen.training_cost(**training))
    return chosen


def _read(texts: list[str], cls: type[Section], option: str, example: str) -> dict[str, Any]:
    """Values by the name of the field.

    Args:
        texts: as they were given.
        cls: the section that has the fields.
        option: that they were given with.
        example: of one.
    """
    from paser_core.config import check_names, parse_yaml
    from paser_core.errors import ConfigError

    found: dict[str, Any] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        try:
            if not separator:
                raise ConfigError(f"write it as NAME=VALUE, e.g. {example}.", field=option[2:])
            check_names(cls, [name])
            if name in found:
                raise ConfigError(f"{name} is given twice. Keep one of them.", field=name)
            found[name] = parse_yaml(value, f"{option} {text}", is_file=False).tree
            cls.of_tree({name: found[name]})
        except ConfigError as error:
            raise ConfigError(f"{option} {text}: {error}", field=error.field) from error
    return found
