"""Evaluating a model, and what came out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from paser_core.api.named import FOLDER, MODEL, Name, name_of
from paser_core.errors import ConfigError, shortened
from paser_core.workspace import paths

if TYPE_CHECKING:
    import pandas as pd

    from paser_core.evaluate.retention import Retention
    from paser_core.evaluate.settings import EvaluateConfig


def evaluate(
    model: Any,
    tasks: str | Iterable[str],
    *,
    out: Name,
    tokenizer: Any = None,
    against: Evaluation | Name | None = None,
    config: EvaluateConfig | Mapping[str, Any] | None = None,
    watch: Callable[[dict[str, Any]], None] | None = None,
    **settings: Any,
) -> Evaluation:
    """Measure what a model can do: figures per capability, and a row for every item.

    The folder ``out`` is all that is written. Called again with the same arguments after an
    interruption, even after ``kill -9``, it goes on where it stopped.

    Args:
        model: a folder or hub name; or the model itself, any causal language model of transformers.
        tasks: names as ``demo``, ``ppl:FILE``, ``code:FILE``, ``jsonl:FILE``, ``lm-eval:NAME``.
        out: the folder of the evaluation.
        tokenizer: of a model that is given as an object.
        against: an evaluation of the original model that this one will be compared with, or its
            folder: what would not be comparable is refused before anything is measured.
        config: settings to start from; ``docs/evaluate.md`` has every one.
        watch: told of every event that ``events.jsonl`` gets, as a dict, while it works.
        settings: single settings, e.g. ``template="alpaca"``, ``limit=100``.

    Returns:
        The finished evaluation.

    Raises:
        ConfigError: a task or a setting is unknown or not accepted.
        DataError: a file of a task cannot be read.
        EvaluationError: a task cannot be measured here.
        ModelError: the model cannot be used.
        RunError: ``out`` holds something else.

    >>> model = "data/demo/models/compressed"
    >>> found = paser.evaluate(model, "demo", out=folder / "compressed", limit=5)
    >>> list(found.items["expected"])
    ['3', '53', '137', '56', '52']
    >>> int(found.scores.loc[0, "n"])
    5
    """
    # Only here: whoever reads a finished evaluation shall not wait for torch.
    from paser_core.evaluate.retention import check_comparable
    from paser_core.evaluate.settings import EvaluateConfig
    from paser_core.evaluate.specs import asked_of
    from paser_core.evaluate.work import run_evaluation

    if config is None or isinstance(config, Mapping):
        config = EvaluateConfig.of_tree(config or {})
    if not isinstance(config, EvaluateConfig):
        raise ConfigError(
            f"config is {shortened(config)}; accepted: a mapping of settings or an EvaluateConfig."
        )
    if settings:
        from paser_core.config import to_tree

        config = EvaluateConfig.of_tree({**to_tree(config), **settings})
    # Whatever is wrong with a task shows before the model is read.
    folder = paths.home(name_of(out, "out", FOLDER))
    original = Evaluation(against) if isinstance(against, str | os.PathLike) else against
    asked = asked_of([tasks] if isinstance(tasks, str) else list(tasks))
    prepared = [(one, one.task.prepare(one.argument, config)) for one in asked]
    subject = _subject(model, tokenizer, config)
    if original is not None:
        planned = {one.spec: dict(task.facts) for one, task in prepared}
        check_comparable(planned, str(subject.template), original.results)
    run_evaluation(subject, prepared, config, folder, watch)
    return Evaluation(folder)


class Evaluation:
    """A finished evaluation. Nothing changes it; what is read is read on first use.

    Args:
        path: its folder.

    Raises:
        RunError: there is no finished evaluation.
    """

    def __init__(self, path: Name) -> None:
        from paser_core.evaluate.results import read_results

        self.path = paths.home(name_of(path, "path", "the folder of an evaluation"))
        self.results: dict[str, Any] = read_results(self.path)

    @property
    def scores(self) -> pd.DataFrame:
        """Figures: a row for each task, and for each capability in it.

        Columns ``task``, ``capability`` (None: the whole task), ``n``, ``score``, ``low`` and
        ``high`` (Wilson's 95 % interval), ``chance``, ``bits_per_byte``.
        """
        import pandas as pd

        columns = ["n", "score", "low", "high", "chance", "bits_per_byte"]
        rows = [
            {"task": spec, "capability": name, **{c: figure.get(c) for c in columns}}
            for spec, task in self.results["tasks"].items()
            for name, figure in ((None, task), *task["capabilities"].items())
        ]
        return pd.DataFrame(rows, columns=["task", "capability", *columns])

    @property
    def items(self) -> pd.DataFrame:
        """A row for every item of every task; ``task`` and ``id`` name it in any evaluation."""
        from paser_core.evaluate.results import read_items

        found: pd.DataFrame = read_items(self.path).to_pandas()
        return found

    def against(self, original: Evaluation | Name) -> Retention:
        """What is retained of an original model's scores: mean and worst capability.

        Args:
            original: the evaluation of the original model on the same tasks, or its folder.

        Raises:
            EvaluationError: the two have no task in common, or measured one on other items.
            RunError: there is no finished evaluation in the folder.
        """
        from paser_core.evaluate.retention import retention

        other = original if isinstance(original, Evaluation) else Evaluation(original)
        return retention(self.results, other.results)

    def __repr__(self) -> str:
        told = [
            f"{spec} {task['score']:.1%}" if "score" in task else spec
            for spec, task in self.results["tasks"].items()
        ]
        return (
            f"Evaluation {self.path}: {', '.join(told)}\n"
            f"of {self.results['model']['name']}\n"
            ".scores .items .against(original) .results"
        )


def _subject(model: Any, tokenizer: Any, config: EvaluateConfig) -> Any:
    """The model by its name, or as it is; its weights are read when they are first needed."""
    from paser_core.evaluate.subject import Subject

    if isinstance(model, str | os.PathLike):
        return Subject.named(name_of(model, "model", MODEL), config)
    if tokenizer is None:
        raise ConfigError(
            f"The model is a {type(model).__name__} and came without `tokenizer`, which is needed. Give it.",
            field="tokenizer",
        )
    return Subject.live(model, tokenizer, config)
