"""``--goal``: a budget by what it reaches instead of a number of samples."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from paser_core.cli.knobs import OF_GOALS
from paser_core.cli.terminal import say

if TYPE_CHECKING:
    from paser_core.api.selected import Selection


def add_goal(command: argparse.ArgumentParser) -> None:
    """The option; what it says of the goals, their fields say of themselves."""
    command.add_argument(
        "--goal",
        dest="goals",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"Instead of --budget, what the budget shall reach; may be given more than once. {OF_GOALS}",
    )


def at_goal(selection: Selection, parsed: argparse.Namespace) -> Selection:
    """The selection at the budget that reaches the goals, which is said; itself where there are none.

    Raises:
        ConfigError: a goal is not one, or there is a budget, too.
        SelectionError: no budget reaches them, or they cannot be looked for.
    """
    from paser_core.errors import ConfigError
    from paser_core.selection.goals import goal_text

    if not parsed.goals:
        return selection
    if parsed.budget is not None:
        raise ConfigError(
            f"--goal {parsed.goals[0]} and --budget {parsed.budget} both say how many samples. Keep one of "
            "them.",
            field="budget",
        )
    found = selection.budget_for(**_read(parsed.goals))
    chosen = selection.at(found.setting)
    say(f"Goal {goal_text(found.goal)}: {found.reason}")
    return chosen


def _read(texts: list[str]) -> dict[str, Any]:
    """Values by the name of the goal."""
    from paser_core.config import GoalConfig, check_names, parse_yaml
    from paser_core.errors import ConfigError

    found: dict[str, Any] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        try:
            if not separator:
                raise ConfigError("write it as NAME=VALUE, e.g. covered=0.8.", field="goal")
            check_names(GoalConfig, [name])
            if name in found:
                raise ConfigError(f"{name} is given twice. Keep one of them.", field=name)
            found[name] = parse_yaml(value, f"--goal {text}", is_file=False).tree
            GoalConfig(**{name: found[name]})
        except ConfigError as error:
            raise ConfigError(f"--goal {text}: {error}", field=error.field) from error
    return found
