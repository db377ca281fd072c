"""Studies from Python: what selecting this way is worth, on one's own models."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from paser_core.errors import ConfigError, shortened
from paser_core.text import plural
from paser_core.workspace import paths

if TYPE_CHECKING:
    import pandas as pd

    from paser_core.study.folder import Standing
    from paser_core.study.results import Results
    from paser_core.study.settings import StudyConfig
    from paser_core.study.table import Table

Name = str | os.PathLike[str]


class Study:
    """A grid compression × selector × budget × recovery × seed, and what its cells have come to.

    Args:
        path: the folder of a study, or of its results alone; with ``plan`` where it is made.
        plan: ``study.yaml``, a mapping or a ``StudyConfig``; None: the study is there already.

    Raises:
        ConfigError: a setting of the plan is not accepted.
        StudyError: there is no plan, and no study in the folder.

    >>> study = paser.Study("data/demo/study")
    >>> sorted(study.cells["compression"].unique())
    ['magnitude', 'pruner-25', 'pruner-40', 'rtn', 'wanda']
    """

    def __init__(
        self, path: Name, plan: StudyConfig | Mapping[str, Any] | Name | None = None
    ) -> None:
        from paser_core.study.folder import config_of, load_study
        from paser_core.study.settings import StudyConfig

        if not isinstance(path, str | os.PathLike):
            raise ConfigError(
                f"path is {shortened(path)}; it must be the folder of a study. Give its name."
            )
        self.path = paths.home(os.fspath(path))
        if plan is None:
            self.config: StudyConfig = config_of(self.path)
        elif isinstance(plan, StudyConfig):
            self.config = plan
        elif isinstance(plan, Mapping):
            self.config = StudyConfig.of_tree(plan)
        elif isinstance(plan, str | os.PathLike):
            self.config = load_study(paths.home(os.fspath(plan)))
        else:
            raise ConfigError(
                f"plan is {shortened(plan)}; accepted: a YAML file, a mapping or a StudyConfig."
            )

    def run(
        self, jobs: int | None = None, watch: Callable[[dict[str, Any]], None] | None = None
    ) -> Study:
        """Make the cells that are not there; what is finished is kept, what failed is tried again.

        Args:
            jobs: cells at a time; None: as many as there are processors for their threads.
            watch: told every event that ``events.jsonl`` gets.

        Raises:
            StudyError: the folder holds something else, or the data or the models have changed.
        """
        from paser_core.study.schedule import run_study

        run_study(self.config, self.path, jobs, watch)
        return Study(self.path)

    @property
    def standing(self) -> Standing:
        """State of every cell, also while the study is in work.

        Raises:
            StudyError: the folder has results alone.
        """
        from paser_core.study.folder import standing

        return standing(self.path)

    @cached_property
    def results(self) -> Results:
        """The results as frames and arrays, for those who need them."""
        from paser_core.study.results import Results

        return Results.open(self.path)

    @property
    def cells(self) -> pd.DataFrame:
        """A row for every point of the grid: status, selection, training and cost."""
        return self.results.cells

    @property
    def items(self) -> pd.DataFrame:
        """A row for every question of every finished cell, and of the models before recovery."""
        return self.results.items

    def tables(self, items: str = "test") -> tuple[Table, ...]:
        """The tables with their tests.

        Args:
            items: ``test``, ``development`` or ``all`` questions.
        """
        from paser_core.study.tables import tables_of

        return tables_of(self.results, items)

    def __repr__(self) -> str:
        from paser_core.study.plan import points_of

        config = self.config
        return (
            f"Study {self.path}: {plural(len(points_of(config)), 'point')} of the grid\n"
            f"{plural(len(config.compressions), 'compression')}, "
            f"{plural(len(config.selectors), 'selector')}, {plural(len(config.seeds), 'seed')}\n"
            ".run(jobs) .standing .cells .items .tables() .results"
        )
