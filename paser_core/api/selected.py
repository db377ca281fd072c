"""What was selected, by id: frames, explanations, and the ways out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from paser_core.api.explained import Explanation
from paser_core.api.notebook import SECTIONS, how_to_open, show
from paser_core.api.scored import scores_for
from paser_core.api.views import ledger_of, report_of
from paser_core.config import GoalConfig, check_names
from paser_core.errors import SelectionError, nearest, shortened
from paser_core.explain.whatif import counterfactual
from paser_core.export import ExportConfig, ExportSummary, write_export
from paser_core.export.trainfiles import training_table
from paser_core.recover.cost import TrainingConfig, TrainingCost
from paser_core.selection import Ranking, Setting, Status, resolve_budget, selector_of
from paser_core.selection import Selection as Answer
from paser_core.selection.conflicts import ConflictTable
from paser_core.selection.goals import GoalOutcome, find_budget
from paser_core.selection.of_run import rank_run
from paser_core.text import count, plural, share
from paser_core.workspace import paths

if TYPE_CHECKING:
    import datasets

    from paser_core.api.compared import Comparison
    from paser_core.compare import Chosen
    from paser_core.export import ExportFormat, Part
    from paser_core.limits import Checked, LimitsConfig
    from paser_core.review import ReviewState
    from paser_core.runs import Run as RunFolder

_REJECTED = (Status.CONFLICT, Status.FORCED_OUT, Status.INVALID)
_NEAR = 20_000  # ids that a wrong one is compared with: more would take seconds


class Selection:
    """The answer for one setting of the knobs on one run; no model is run for it.

    :meth:`Run.select <paser_core.api.finished.Run.select>` makes one. What is asked for is worked
    out on first use and kept.

    Args:
        run: what is selected from.
        setting: every knob, and the samples that people forced.
        export: how an export is written, where :meth:`export` is not told otherwise.
        review: who decided what, for the report; None: people were not asked.
        alike: a selection that may have the same ranking.
    """

    def __init__(
        self,
        run: RunFolder,
        setting: Setting,
        export: ExportConfig,
        review: ReviewState | None = None,
        alike: Selection | None = None,
    ) -> None:
        self.run, self.setting = run, setting
        self._export, self._review, self._alike = export, review, alike

    @cached_property
    def ranking(self) -> Ranking:
        """All samples in order, from which every budget is answered where selections nest.

        Raises:
            SelectionError: the run has no models, or the forced samples do not fit.
            ModelError: the selector needs scores, and the model that makes them is gone.
        """
        scores_for(self.run, self.setting)
        alike, self._alike = self._alike, None
        if alike is not None and alike.setting.ranking == self.setting.ranking:
            return alike.ranking
        return rank_run(self.run, self.setting)

    @cached_property
    def answer(self) -> Answer:
        """The selection as arrays in the order of the pool, for those who need them.

        Raises:
            SelectionError: as for the ranking, or more samples are forced in than the budget has.
            ModelError: as for the ranking.
        """
        return self.ranking.at(resolve_budget(self.setting.budget, self.run.n))

    @property
    def ids(self) -> list[str]:
        """The selected samples, in order of acceptance."""
        return [self.run.ids[row] for row in self.answer.rows]

    def __len__(self) -> int:
        return self.answer.n_selected

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before it is used: a budget that cannot be filled, what was not measured."""
        return self.answer.warnings

    @property
    def names(self) -> tuple[str, ...]:
        """``(K,)`` names of the clusters: a person's where there is one."""
        return self._export.names_on(self.run)

    @cached_property
    def selected(self) -> datasets.Dataset:
        """The selected rows as they came, with all their columns, in order of acceptance.

        >>> sel = paser.open("data/demo/run").select(budget=200)
        >>> sel.selected.column_names
        ['id', 'instruction', 'input', 'output', 'capability', 'source']
        >>> sel.selected["id"][:] == sel.ids
        True
        """
        import datasets

        rows = self.answer.rows.tolist()
        kept = self.run.originals
        found: list[Any] = [] if kept is None else [row for row, _ in kept.each(rows)]
        if not all(isinstance(row, dict) for row in found) or len(found) < len(rows):
            # Made by a version that did not keep them: as the run has them.
            columns = ["id", "instruction", "input", "output", *self.run.user_columns]
            found = self.run.samples.iloc[rows][columns].to_dict("records")
        names = dict.fromkeys(name for row in found for name in row)
        table = training_table([{name: row.get(name) for name in names} for row in found])
        return datasets.Dataset(table)

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Every sample of the pool and what became of it, in the order of the pool.

        Columns ``id``, ``status``, ``reason``, ``blocked_by`` (ids of the accepted samples that it
        conflicts with) and ``enters_at_budget`` (the budget from which on it is in; missing where
        none brings it in, or where every budget is a selection of its own).

        >>> sel = paser.open("data/demo/run").select(budget=200)
        >>> int((sel.ledger["status"] == "selected").sum())
        200
        """
        return ledger_of(self.answer, self._conflicts, self.run.ids)

    @property
    def rejected(self) -> pd.DataFrame:
        """Of :attr:`ledger` the samples that are not selected for a reason about themselves.

        Their concepts conflict with accepted samples, a person forced them out, or they are invalid.
        What the budget does not reach is not rejected: :attr:`ledger` has it as ``over_budget``.

        >>> sel = paser.open("data/demo/run").select(budget=200)
        >>> list(sel.rejected)
        ['id', 'status', 'reason', 'blocked_by', 'enters_at_budget']
        """
        rejected = self.ledger["status"].isin([str(status) for status in _REJECTED])
        return self.ledger[rejected].reset_index(drop=True)

    def explain(self, id: str) -> Explanation:
        """Why a sample is in or out, with the evidence.

        Raises:
            SelectionError: there is no sample of that id.

        >>> sel = paser.open("data/demo/run").select(budget=200)
        >>> found = sel.explain(sel.ids[6])
        >>> print(found)
        Selected as number 7 of 200.
        >>> found.would_enter
        7
        """
        row = self.run.row_of.get(str(id))
        if row is None:
            raise SelectionError(
                f"{self.run.name} has no sample {shortened(id)}."
                f"{nearest(str(id), self.run.ids[:_NEAR])} The ids are those of run.samples."
            )
        found = counterfactual(self.answer, self._conflicts, row)
        return Explanation.of(found, self.answer, self.run.ids)

    def at(self, budget: float | str | None = None, **knobs: Any) -> Selection:
        """The selection at another budget: at once, and nested with the usual allocation and order.

        Args:
            budget: a share of all samples (``0.2``, ``"20 %"``) or a number of them (``800``).
            knobs: other fields of the setting, which may take another pass.

        Raises:
            ConfigError: a knob is unknown or not accepted.
            SelectionError: more samples are forced in than the budget has.

        >>> sel = paser.open("data/demo/run").select(budget=200)
        >>> sel.at(budget=100).ids == sel.ids[:100]
        True
        """
        changes = knobs if budget is None else {"budget": budget, **knobs}
        changed = self.setting.changed(**changes)
        return Selection(self.run, changed, self._export, self._review, self).tried()

    def budget_for(
        self, *, training: TrainingConfig | Mapping[str, Any] | None = None, **goals: Any
    ) -> GoalOutcome:
        """The budget that reaches a goal, with the reason; ``sel.at(found.setting)`` selects there.

        Args:
            training: what is known of the training, for ``gpu_hours``; as for :meth:`training_cost`.
            goals: one or more of ``covered`` (share of the damage of every damaged cluster), ``tokens``
                (at most so many; alone, the largest budget), ``gpu_hours`` (training on them takes at
                most so many), ``marginal`` (until a further sample adds less damage than this) and
                ``balance`` (the least covered cluster, as a share of the mean).

        Returns:
            ``budget`` is None where none reaches it; ``closest`` and ``reason`` then say how far one gets.

        Raises:
            ConfigError: there is no such goal, or its value is not accepted.
            SelectionError: every budget has a selection of its own, or what the goal is about was not
                measured, or how long training takes is not known.

        >>> sel = paser.open("data/demo/run").select()
        >>> found = sel.budget_for(covered=0.6)
        >>> bool(found.by_cluster.min() >= 0.6)
        True
        >>> sel.budget_for(covered=0.95).reached
        False
        """
        check_names(GoalConfig, goals)
        goal = GoalConfig(**goals)
        cost = None if goal.gpu_hours is None else self._cost(training)
        return find_budget(self.ranking, goal, self.names, cost)

    def training_cost(self, **training: Any) -> str:
        """How long training on this selection takes, and how that is known: a sentence or two.

        Args:
            training: fields of the section ``training``: ``tokens_per_second`` of one GPU; or ``device``,
                for an estimate; ``epochs``, ``utilization``, ``adapter``. Where neither of the first two is
                given, the last finished recovery of the run tells.

        Raises:
            ConfigError: there is no such field, or its value is not accepted.

        >>> sel = paser.open("data/demo/run").select(budget=200)
        >>> print(sel.training_cost(tokens_per_second=1000, epochs=3))
        Training on ... tokens takes about ... GPU hours: 3 epochs at 1,000 tokens a second (as given).
        """
        return self._cost(training).told(int(self.run.tokens[self.answer.rows].sum()))

    def _cost(self, training: TrainingConfig | Mapping[str, Any] | None) -> TrainingCost:
        from paser_core.explain.recoveries import found_beside
        from paser_core.explain.training_cost import cost_of

        if not isinstance(training, TrainingConfig):
            training = TrainingConfig.of_tree(training or {})
        return cost_of(self.run, training, found_beside(self.run))

    def check(self, limits: LimitsConfig | Mapping[str, Any] | str | Path | None = None) -> Checked:
        """Hold this selection and its run against limits: what ``paser check`` says.

        Args:
            limits: a YAML file, or a mapping of fields (``docs/check.md`` has them); None: the limits
                that hold by default. What is named and cannot be measured is missed.

        Returns:
            ``.passed``, ``.missed``, and ``.frame`` with a row for every limit.

        Raises:
            ConfigError: a limit is unknown or not accepted.
            DataError: the held-out file cannot be read.

        >>> sel = paser.open("data/demo/run").select(budget=200)
        >>> sel.check().passed
        True
        >>> [found.name for found in sel.check({"acceptance_rate": 0.999}).missed]
        ['acceptance_rate']
        """
        from paser_core.limits import LimitsConfig, check

        there = self.run.has_models or not selector_of(self.setting.selector).needs_models
        answer = self.answer if there else None
        return check(self.run, answer, self.setting, self.names, LimitsConfig.of(limits))

    def compare(self, other: str | Path | Selection, draws: int | None = None) -> Comparison:
        """This selection beside another.

        Args:
            other: a selector by name (as many samples, people's decisions set aside), an export
                folder, or a selection, which may be from another run.
            draws: of a selector that draws: figures are means over so many seeds. Usual: 20.

        Raises:
            ConfigError: there is no such selector or export, or nothing is drawn.

        >>> sel = paser.open("data/demo/run").select(budget=200)
        >>> found = sel.compare("random", draws=5)
        >>> low, high = found.chance_interval
        >>> 0 <= low < high < 0.2
        True
        """
        from paser_core.api.compared import compare

        there = other.chosen() if isinstance(other, Selection) else other
        return compare(self.run, self.setting, self.chosen(), there, draws)

    def chosen(self) -> Chosen:
        """What was selected out of what, as selections from anywhere are compared."""
        from paser_core.compare import chosen

        return chosen(self.run, self.answer, str(self.run.path), self.names)

    def export(
        self,
        folder: str | Path,
        format: ExportFormat | str | None = None,
        without: Iterable[Part | str] | None = None,
    ) -> ExportSummary:
        """Write the folder that trainers and auditors read: the bytes of ``paser select``.

        It is read back and compared before it is put in its place; an export that is there already
        is replaced in one step.

        Args:
            folder: new, empty, or an earlier export.
            format: ``alpaca`` (usual), ``messages``, ``prompt-completion`` or ``sharegpt``.
            without: ``scores``, ``rejected``, ``trainers``: parts that are left out.

        Raises:
            ExportError: nothing is selected, or the folder cannot be written or replaced.

        >>> sel = paser.open("data/demo/run").select(budget=200)
        >>> sorted(sel.export(folder / "mine", format="messages").files)[-2:]
        ['train.parquet', 'trl_sft.yaml']
        """
        changes = {"format": format, "without": None if without is None else tuple(without)}
        given: dict[str, Any] = {name: v for name, v in changes.items() if v is not None}
        export = replace(self._export, **given)
        return write_export(self.run, self.answer, self.setting, paths.home(str(folder)), export)

    def report(self, path: str | Path) -> Path:
        """Write the report for those who decide, one HTML file: the bytes of ``paser report``.

        Raises:
            ExportError: it cannot be written.

        >>> sel = paser.open("data/demo/run").select(budget=200)
        >>> sel.report(folder / "report.html").name
        'report.html'
        """
        from paser_core.report import write_report

        return write_report(self.html(), paths.home(str(path)))

    def html(self, only: tuple[str, ...] = ()) -> str:
        """The report as text, or ``only`` some of its sections."""
        answer = self.answer if self.run.has_models else None
        return report_of(self.run, answer, self.setting, self._review, self.names, only)

    def show(self) -> None:
        """In a notebook the table and the map; elsewhere, how to open the dashboard here.

        >>> paser.open("data/demo/run").select(budget=200).show()
        paser serve data/demo/run
        http://127.0.0.1:8501/budget?selector=paser&budget=200&temperature=1.0...
        """
        show(
            lambda: self.html(SECTIONS),
            lambda: how_to_open(self.run.path, self.setting, self.answer.budget),
        )

    def __repr__(self) -> str:
        answer, setting = self.answer, self.setting
        measure = (
            f"temperature {setting.temperature:g}"
            if setting.tempered
            else f"{setting.aggregate} of {setting.signal}"
        )
        knobs = f"selector {setting.selector}, {measure}"
        accepted = share(answer.n_selected, answer.n_considered, 0) if answer.n_considered else "–"
        return (
            f"Selection of {count(len(self))} of {plural(self.run.n, 'sample')} ({knobs})\n"
            f"from {self.run.path}: {count(answer.n_rejected)} rejected on the way, {accepted} of "
            f"those considered accepted; {plural(len(self.warnings), 'warning')}\n"
            ".selected .rejected .explain(id) .at(budget) .compare(other) .export(folder) .report(file)"
        )

    def tried(self) -> Selection:
        """Itself, once it is known that it can be made."""
        _ = self.answer
        return self

    @cached_property
    def _conflicts(self) -> ConflictTable:
        return ConflictTable.of(self.answer.ranking)
