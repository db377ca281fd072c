"""What can be said against a study before anything is made: names, settings, files and models."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from paser_core.config import RunConfig
from paser_core.errors import ConfigError, PaserError, StudyError, shortened
from paser_core.registry import COMPRESSIONS
from paser_core.runs.scores import score_of, targets_print
from paser_core.study.budgets import Budget
from paser_core.study.plan import OF_COMPRESSIONS, Cell, Plan, points_of
from paser_core.study.settings import StudyConfig
from paser_core.study.steps import ORIGINAL
from paser_core.workspace import paths


def check_study(plan: Plan) -> None:
    """See that every cell can be asked for.

    Weights and rows are not read: what lies in them is found by the step that reads them.

    Raises:
        PaserError: something cannot be; the message names the part of the plan.
    """
    config = plan.config
    config.check_known("selectors", config.reference, "reference")
    with _named("run"):
        run = RunConfig.of_tree(dict(config.run))
        if run.data.path is None:
            raise ConfigError(
                "data.path is missing, and a study reads its pool from a file. Name it."
            )
        _check_file(run.data.path, "the pool")
    check_settings(plan)
    _check_models(config)
    _check_tasks(config)
    for name in config.selectors:
        targets = plan.setting(_any_cell(config, selector=name)).scores.targets
        needs = plan.rule(name).needs
        with _named(f"selectors.{name}"):
            _check_file(targets, "scores.targets")
            if needs is not None and "targets" in score_of(needs).settings:
                targets_print(targets)


def check_settings(plan: Plan) -> None:
    """See that the settings of all parts are accepted; nothing outside the plan is looked at.

    Raises:
        ConfigError: they are not; the message names the part.
    """
    config = plan.config
    for name, tree in config.selectors.items():
        with _named(f"selectors.{name}"):
            _check_free(tree, {"budget": "budgets", "seed": "seeds.select"})
            plan.setting(_any_cell(config, selector=name))
    for name, tree in config.recoveries.items():
        elsewhere = {"seed": "seeds.train", "data": "run.data"}
        own = _own_settings(config, name)
        with _named(f"recoveries.{name}"):
            _check_free(tree, elsewhere)
            # No compression is called so: what holds for all of them.
            plan.recovery(_any_cell(config, compression=ORIGINAL, recovery=name))
        for one, settings in own.items():
            with _named(f"recoveries.{name}.{OF_COMPRESSIONS}.{one}"):
                _check_free(settings, elsewhere)
                plan.recovery(_any_cell(config, compression=one, recovery=name))
    with _named("evaluate"):
        _check_free(config.evaluate, {"seed": "seeds.evaluate"})
    for name, tree in config.compressions.items():
        with _named(f"compressions.{name}"):
            if "model" not in tree:
                order_of(config, name)
            elif len(tree) > 1:
                raise ConfigError(
                    "it has `model`, a model that is there, and other settings beside it. Keep one of them."
                )
    _check_hypotheses(config)


def order_of(config: StudyConfig, name: str) -> Any:
    """The order of a compressed model, as ``paser compress`` takes it.

    Raises:
        ConfigError: a method or a setting is not known.
    """
    from paser_core.compress.order import Order
    from paser_core.compress.settings import CalibrationConfig, LoadingConfig
    from paser_core.config import DataConfig, check_names, to_tree

    settings = dict(config.compressions[name])
    method = COMPRESSIONS.check(settings.pop("method", name), "method")
    calibration = settings.pop("calibration", None)
    if not isinstance(calibration, Mapping):
        calibration = {} if calibration is None else {"path": calibration}
    loading = LoadingConfig.of_tree(settings.pop("loading", {}))
    data = settings.pop("data", None)
    if data is None:  # the pool's columns, in another file or in the same
        known = to_tree(RunConfig.of_tree(dict(config.run)).data)
        data = {field: value for field, value in known.items() if field != "path"}
    section = COMPRESSIONS[method].settings
    check_names(section, settings)
    return Order(
        model=config.original,
        name=method,
        settings=section(**settings),
        calibration=CalibrationConfig.of_tree(calibration),
        data=DataConfig.of_tree(data),
        loading=loading,
    )


def _check_hypotheses(config: StudyConfig) -> None:
    """See that every hypothesis is about cells of the study: later, nobody could tell what it would have
    come to."""
    arms = {replace(point, number=0) for point in points_of(config)}
    for one in config.hypotheses:
        where = f"hypotheses.{one.name}"
        if one.better == one.than:
            raise ConfigError(
                f"{where}: better and than are both {shortened(one.better)}, so there is nothing to compare. "
                "Name two selectors.",
                field=where,
            )
        over = one.compressions or tuple(config.compressions)
        asked = one.budgets or tuple(dict.fromkeys(arm.budget for arm in arms))
        recoveries = (one.recovery,) if one.recovery is not None else tuple(config.recoveries)
        tested = {
            budget
            for budget, recovery in product(asked, recoveries)
            if {
                Cell(*names, 0)
                for names in product(over, (one.better, one.than), [budget], [recovery])
            }
            <= arms
        }
        lost = [str(budget) for budget in one.budgets if budget not in tested]
        if lost or not tested:
            raise ConfigError(
                f"{where}: the grid has no cells of both {one.better} and {one.than} on all of "
                f"{', '.join(over)}{f' at {lost[0]}' if lost else ''}, so it could not be tested. Name "
                "compressions, budgets and a recovery at which both are made.",
                field=where,
            )


def _check_models(config: StudyConfig) -> None:
    from paser_core.models.check import check_model

    with _named("original"):
        check_model(config.original, "original")
    for name, tree in config.compressions.items():
        with _named(f"compressions.{name}"):
            if "model" in tree:
                check_model(str(tree["model"]), "compressed")
            else:
                _check_file(order_of(config, name).calibration.path, "calibration")


def _check_tasks(config: StudyConfig) -> None:
    from paser_core.evaluate.settings import EvaluateConfig
    from paser_core.evaluate.task import task_of

    with _named("evaluate"):
        applied = EvaluateConfig.of_tree(config.evaluate)
    for spec in config.tasks:
        with _named("tasks"):
            asked = task_of(spec)
            asked.task.prepare(asked.argument, applied)


def _check_free(tree: Mapping[str, Any], elsewhere: Mapping[str, str]) -> None:
    """See that nothing is set in a part of the plan that the study sets itself.

    Raises:
        ConfigError: something is; the message says where it belongs.
    """
    for name, place in elsewhere.items():
        if name in tree:
            raise ConfigError(
                f"{name} is {shortened(tree[name])}; a study has it in {place}. Set it there."
            )


def _own_settings(config: StudyConfig, recovery: str) -> Mapping[str, Mapping[str, Any]]:
    """What a recovery sets for some compressions only."""
    where = f"recoveries.{recovery}.{OF_COMPRESSIONS}"
    known = config.recoveries[recovery].get(OF_COMPRESSIONS) or {}
    if not isinstance(known, Mapping):
        raise ConfigError(
            f"{where} is {shortened(known)}; it must be a mapping from compressions to settings.",
            field=where,
        )
    for name, tree in known.items():
        config.check_known("compressions", str(name), where)
        if not isinstance(tree, Mapping):
            raise ConfigError(
                f"{where}.{name} is {shortened(tree)}; it must be a mapping of settings.",
                field=f"{where}.{name}",
            )
    return known


def _any_cell(
    config: StudyConfig, compression: str = "", selector: str = "", recovery: str = ""
) -> Cell:
    return Cell(
        compression or next(iter(config.compressions)),
        selector or next(iter(config.selectors)),
        Budget(1.0),
        recovery or next(iter(config.recoveries)),
        0,
    )


def _check_file(path: str | None, what: str) -> None:
    """See that a file is there; a name of the hub cannot be looked at here."""
    if path is None or paths.exists(paths.home(path)):
        return
    if path.count("/") == 1 and not path.startswith((".", "/", "~")) and "." not in path:
        return  # like owner/name
    raise StudyError(f"{what} is {path}, and there is no such file. Check the name.")


@contextlib.contextmanager
def _named(part: str) -> Iterator[None]:
    """Say which part of the plan an error belongs to."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{part}: {error}", field=part) from error
    except PaserError as error:
        raise StudyError(f"{part}: {error}") from error
