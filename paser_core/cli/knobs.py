"""The knobs of a selection as options, and what they choose. Shared by the commands that select."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paser_core.cli.terminal import say
from paser_core.text import listed, plural

if TYPE_CHECKING:
    from paser_core.api.selected import Selection
    from paser_core.config import Section
    from paser_core.review import ReviewState
    from paser_core.runs import Run
    from paser_core.selection import Setting


_SECTIONS = ("scores", "concepts")
_SELECTOR = ("selector", "seed", "encoder")
_FIELDS = ("budget", "signal", "aggregate", "temperature", "allocation", "order")
_KINDS = {"temperature": float, "seed": int}
OF_FIELD = "(of the field)"
OF_GOALS = "(of the goals)"
OF_TRAINING = "(of the training)"


class _FieldHelp(argparse.HelpFormatter):
    """Says of an option what its field says of itself; asked late, so that only help waits for it."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        purpose = action.help or ""
        if purpose.endswith(OF_FIELD):
            told = _of_field(action.dest, purpose.removesuffix(OF_FIELD))
        elif purpose.endswith(OF_GOALS):
            told = purpose.removesuffix(OF_GOALS) + _of_goals()
        elif purpose.endswith(OF_TRAINING):
            told = purpose.removesuffix(OF_TRAINING) + _of_training()
        else:
            return action.help
        return told.replace("`", "").replace("%", "%%")


def _of_field(name: str, purpose: str) -> str:
    from paser_core.config import SelectionConfig, describe

    field = describe(SelectionConfig)[f"selection.{name}"]
    usual = "" if purpose else " Default: that of the run's config."
    return f"{purpose}{field.help} Accepted: {field.accepted}.{usual}"


def _of_goals() -> str:
    from paser_core.config import GoalConfig

    return _of_section(GoalConfig)


def _of_training() -> str:
    from paser_core.recover.cost import TrainingConfig

    return _of_section(TrainingConfig)


def _of_section(cls: type[Section]) -> str:
    from paser_core.config import describe

    fields = describe(cls).items()
    return " ".join(f"{path.rpartition('.')[2]}: {field.help}" for path, field in fields)


def add_knobs(command: argparse.ArgumentParser) -> None:
    """The run, or a selection.yaml, and the options that every selection takes."""
    command.add_argument("run", type=Path, nargs="?", metavar="RUN", help="run folder")
    command.add_argument("--config", type=Path, help="selection.yaml of an export: makes it again")
    _add(command, *_SELECTOR)
    add_options(command)


def add_options(command: argparse.ArgumentParser) -> None:
    """The options that every selection takes."""
    _add(command, *_FIELDS)
    command.add_argument(
        "--set",
        dest="sets",
        action="append",
        default=[],
        metavar="a.b=c",
        help="override a field of scores or concepts, e.g. scores.anchors=50",
    )
    command.add_argument(
        "--targets", metavar="FILE", help="Of the selector rds-plus, the same as scores.targets"
    )
    command.add_argument(
        "--no-review", action="store_true", help="ignore what people forced in or out, and named"
    )


def _add(command: argparse.ArgumentParser, *names: str) -> None:
    command.formatter_class = _FieldHelp
    for name in names:
        command.add_argument(f"--{name}", type=_KINDS.get(name, str), help=OF_FIELD)


def chosen(parsed: argparse.Namespace) -> Selection:
    """The selection that the options describe, not worked out yet.

    People's decisions count, unless ``--no-review`` says otherwise, or ``--config``, which names the
    forced samples itself.

    Raises:
        ConfigError: the options contradict each other, or one is out of range.
        RunError: there is no finished run.
        SelectionError: the selection.yaml was written for another run.
        ReviewError: people's decisions cannot be read.
    """
    from paser_core.api.finished import selection_again, selection_on
    from paser_core.errors import ConfigError
    from paser_core.runs import Run
    from paser_core.selection import Setting

    if parsed.run is None and parsed.config is None:
        raise ConfigError(
            "Name a run folder, or a selection.yaml with --config. Both where the run is no longer "
            "where the selection.yaml says."
        )
    if parsed.config is not None and parsed.no_review:
        raise ConfigError(
            "--no-review goes with a run folder; a selection.yaml is made again as it is. Empty its "
            "forced_in and forced_out instead."
        )
    given = {
        name: value
        for name in (*_SELECTOR, *_FIELDS)
        if (value := getattr(parsed, name)) is not None
    }
    if parsed.config is not None:
        selection = selection_again(parsed.config, parsed.run, given)
        sections = _sections(parsed, selection.setting)
        if sections:
            selection = selection_again(parsed.config, parsed.run, given | sections)
        return selection
    run = Run.open(parsed.run)
    given |= _sections(parsed, Setting.of(run))
    return selection_on(run, None if parsed.no_review else _decided(run), given)


def _sections(parsed: argparse.Namespace, known: Setting) -> dict[str, Any]:
    """The sections of a setting with the fields that ``--set`` and ``--targets`` name."""
    from paser_core.config import override_fields, to_tree
    from paser_core.errors import ConfigError

    tree = {name: to_tree(getattr(known, name)) for name in _SECTIONS}
    if parsed.targets is not None:
        tree["scores"]["targets"] = parsed.targets
    for name in override_fields(tree, parsed.sets):
        if name.partition(".")[0] not in _SECTIONS or "." not in name:
            raise ConfigError(
                f"--set {name}: accepted are fields of {' and '.join(_SECTIONS)}, e.g. "
                "scores.anchors=50. Use the options of their own for budget, selector and the like.",
                field=name,
            )
    return tree if parsed.sets or parsed.targets is not None else {}


def score_first(run: Run, setting: Setting) -> None:
    """Make the scores that the selector needs, where they are not there yet, with a bar."""
    from paser_core.api.scored import scores_for
    from paser_core.cli.interrupt import watching

    with watching() as watch:
        scores = scores_for(run, setting, watch)
    if scores is not None:
        say(f"Scores {scores.score.name} of {scores.model}: {scores.cost.told()}")


def say_choice(selection: Selection) -> None:
    """What the budget was understood as, and what to know of the selection."""
    from paser_core.selection import budget_told
    from paser_core.selection.measures import idle_temperature, measure_told

    say(f"Budget {budget_told(selection.setting.budget, selection.run.n)}")
    if not selection.setting.tempered:
        say(f"Damage: {measure_told(selection.setting)}")
    if idle := idle_temperature(selection.setting):
        say(f"Note: {idle}")
    for warning in selection.warnings:
        say(f"Note: {warning}")


def _decided(run: Run) -> ReviewState:
    """What people decided on this run, and a note that it counts."""
    from paser_core.errors import ReviewError
    from paser_core.review import Review

    review = Review.of(run)
    try:
        state, left_behind = review.state(), review.left_behind()
    except ReviewError as error:
        raise ReviewError(f"{error} --no-review selects without people's decisions.") from error
    if state.decisions:
        authors = sorted({edit.author for edit in state.decisions.values()})
        forced = f"{len(state.forced_in)} forced in, {len(state.forced_out)} forced out"
        say(f"Note: {forced} by {listed(authors)}.")
    if state.corrections:
        merged = sum(c.cluster is not None for c in state.corrections)
        moved = len({i for c in state.corrections for i in c.samples})
        say(f"Note: {plural(merged, 'cluster')} merged, {plural(moved, 'sample')} moved by people.")
    if left_behind:
        were = "was" if left_behind == 1 else "were"
        say(
            f"Note: {plural(left_behind, 'edit')} in review.sqlite {were} made before this run was "
            "made again, on other samples or clusters: kept, but without effect."
        )
    return state
