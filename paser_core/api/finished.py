"""A finished run, as its user sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paser_core.api.selected import Selection
from paser_core.config import EngineConfig, ScoresConfig, check_names, coerced
from paser_core.export import ExportConfig, read_selection
from paser_core.review import Review, ReviewState
from paser_core.runs.corrected import corrected
from paser_core.selection import Setting
from paser_core.text import count, plural

if TYPE_CHECKING:
    import pandas as pd

    from paser_core.limits import Checked, LimitsConfig
    from paser_core.recover.cost import TrainingConfig
    from paser_core.runs import Run as RunFolder
    from paser_core.runs.scores import Scores
    from paser_core.selection.goals import GoalOutcome


class Run:
    """A finished run. Nothing changes it; what is read is read on first use.

    Args:
        artifact: the run folder, for those who need its arrays.
    """

    def __init__(self, artifact: RunFolder) -> None:
        self.artifact = artifact

    @property
    def path(self) -> Path:
        """The run folder."""
        return self.artifact.path

    @property
    def clusters(self) -> pd.DataFrame:
        """The capabilities and what was hurt: a row per cluster, by its number.

        As people have put them right: a cluster that was merged into another one is empty.
        Columns ``name`` (a person's, where somebody renamed the cluster), ``size``, ``cds`` with
        its 95 % bootstrap interval ``cds_low`` and ``cds_high`` (NaN without models), ``keywords``.

        >>> list(paser.open("data/demo/run").clusters)
        ['name', 'size', 'cds', 'cds_low', 'cds_high', 'keywords']
        """
        state = Review.of(self.artifact).state()
        run = corrected(self.artifact, state.corrections)
        known = run.clusters.set_index("cluster")
        known = known.assign(name=list(state.names_with(run.names)))
        return known[["name", "size", "cds", "cds_low", "cds_high", "keywords"]]

    def suggested_names(self, *, encoder: bool = True) -> pd.DataFrame:
        """Names of the clusters as tasks, by the verbs and objects of their instructions: a row per cluster.

        Columns ``name`` (the present one), ``suggestion``, ``evidence`` (a sentence with numbers),
        ``share`` (of the instructions with its verb, question or thing; NaN where the keywords stay) and
        ``rest`` (the cluster is no one thing). How they were ranked is in ``.attrs["ranking"]``.

        Args:
            encoder: whether the run's encoder is asked what a name means, where it is on this machine.

        >>> paser.open("data/demo/run").suggested_names(encoder=False).loc[4, "suggestion"]
        'how-many questions'
        """
        from paser_core.explain.suggested import frame_of, names_of

        state = Review.of(self.artifact).state()
        run = corrected(self.artifact, state.corrections)
        return frame_of(names_of(run, encoder=encoder), state.names_with(run.names))

    @property
    def samples(self) -> pd.DataFrame:
        """The pool as it was read: a row per sample in its order, by id.

        Columns ``instruction``, ``input``, ``output``, the user's own, ``cluster`` (-1: none),
        ``divergence`` at temperature 1, and ``problem``, which says why a row is invalid.

        >>> paser.open("data/demo/run").samples.loc["gen-arithmetic-179", "output"]
        '79'
        """
        columns = [
            *("instruction", "input", "output"),
            *self.artifact.user_columns,
            *("cluster", "divergence", "problem"),
        ]
        run = corrected(self.artifact, Review.of(self.artifact).state().corrections)
        return run.samples.set_index("id")[columns]

    def select(
        self,
        budget: float | str | None = None,
        temperature: float | None = None,
        selector: str | None = None,
        *,
        review: bool = True,
        **knobs: Any,
    ) -> Selection:
        """Select. What is not given is as in the run's config.

        No model is run, unless the selector needs scores that are not there yet: those are made
        first, by :meth:`score`, and kept beside the run.

        Args:
            budget: a share of all samples (``0.2``, ``"20 %"``, ``1.0``) or a number (``800``).
            temperature: of both models' distributions, 0.25 to 4.
            selector: the rule that ranks the samples; ``paser`` by default.
            review: whether what people decided on this run counts: samples forced in and out,
                clusters put right and named.
            knobs: other fields of the setting: ``signal``, ``aggregate``, ``seed``, ``allocation``,
                ``order``, ``concepts``, ``scores`` (``{"targets": "mine.jsonl"}``),
                ``forced_in`` and ``forced_out`` (ids, beside those of people).

        Raises:
            ConfigError: a knob is unknown or not accepted.
            SelectionError: the run has no models and the selector needs them.
            ReviewError: people's decisions cannot be read; ``review=False`` goes without.

        >>> run = paser.open("data/demo/run")
        >>> run.select(budget=0.2)
        Selection of 836 of 4,178 samples (selector paser, temperature 1)
        from data/demo/run: ... rejected on the way, ... of those considered accepted; ...
        .selected .rejected .explain(id) .at(budget) .compare(other) .export(folder) .report(file)
        """
        state = Review.of(self.artifact).state() if review else None
        first = {"budget": budget, "temperature": temperature, "selector": selector}
        given = {name: value for name, value in first.items() if value is not None} | knobs
        return selection_on(self.artifact, state, given).tried()

    def budget_for(
        self,
        *,
        covered: float | None = None,
        tokens: int | None = None,
        gpu_hours: float | None = None,
        marginal: float | None = None,
        balance: float | None = None,
        training: TrainingConfig | Mapping[str, Any] | None = None,
        review: bool = True,
        **knobs: Any,
    ) -> GoalOutcome:
        """The budget that reaches a goal: ``run.select(found.setting)`` selects there.

        Args:
            covered: the smallest budget whose samples carry this share of the damage of every damaged
                cluster.
            tokens: the largest budget with at most so many tokens; beside another goal, a bound.
            gpu_hours: the largest budget that is trained on in at most so many hours of one GPU; beside
                another goal, a bound.
            marginal: the smallest budget after which a further sample adds less damage than this.
            balance: the smallest budget at which the least covered of the damaged clusters is covered
                this share as well as they are in the mean.
            training: for ``gpu_hours``, what is known of the training, e.g. ``{"tokens_per_second":
                9000}``; as for :meth:`Selection.training_cost
                <paser_core.api.selected.Selection.training_cost>`.
            review: as for :meth:`select`.
            knobs: as for :meth:`select`, e.g. ``selector="random"``.

        Raises:
            ConfigError: a goal or a knob is not accepted, or no goal is given.
            SelectionError: every budget has a selection of its own, or what the goal is about was not
                measured, or how long training takes is not known.

        >>> found = paser.open("data/demo/run").budget_for(tokens=10_000)
        >>> print(found.reason)  # doctest: +ELLIPSIS
        2... samples have 9,... tokens; the next one would go beyond 10,000.
        """
        state = Review.of(self.artifact).state() if review else None
        # Whatever the config says: with the whole pool as its budget, no forced sample is too many.
        selection = selection_on(self.artifact, state, {"budget": 1.0, **knobs})
        return selection.budget_for(
            training=training,
            covered=covered,
            tokens=tokens,
            gpu_hours=gpu_hours,
            marginal=marginal,
            balance=balance,
        )

    def check(
        self,
        limits: LimitsConfig | Mapping[str, Any] | str | Path | None = None,
        *,
        review: bool = True,
        **knobs: Any,
    ) -> Checked:
        """Hold the run, and what the knobs select from it, against limits.

        Args:
            limits: as for :meth:`Selection.check <paser_core.api.selected.Selection.check>`.
            review: as for :meth:`select`.
            knobs: as for :meth:`select`, e.g. ``budget=0.2``.

        Raises:
            ConfigError: a limit or a knob is not accepted.
            DataError: the held-out file cannot be read.

        >>> paser.open("data/demo/run").check().frame.loc["invalid", "verdict"]
        'met'
        """
        state = Review.of(self.artifact).state() if review else None
        return selection_on(self.artifact, state, knobs).check(limits)

    def score(
        self,
        name: str,
        *,
        by: Any = None,
        tokenizer: Any = None,
        watch: Callable[[dict[str, Any]], None] | None = None,
        engine: EngineConfig | Mapping[str, Any] | str | None = None,
        **settings: Any,
    ) -> Scores:
        """Run a model over the samples, for the selectors that need it; what is there is read back.

        The scores are kept in a folder below the run, which is not changed otherwise. After an
        interruption, even after ``kill -9``, the same call goes on where it stopped.

        Args:
            name: ``ifd`` (for the selectors ``ifd`` and ``ifd-ppl``), ``nuggets`` or ``rds``.
            by: the run's model that scores, where it is not at its name any more: a folder or hub
                name, or the model itself.
            tokenizer: of a model that is an object.
            watch: told of every event of the work, as a dict.
            engine: who does the work, e.g. ``"ray"``; None: this process.
            settings: fields of ``scores`` that are not as in the run's config, e.g.
                ``anchors=50``, ``targets="examples.jsonl"``; ``docs/config.md`` has them all.

        Returns:
            A table with a row for every sample, and what it has cost.

        Raises:
            ConfigError: there are no scores of that name, or a setting is not accepted.
            SelectionError: the run has no models.
            ModelError: the model is gone, or cannot be loaded.
            RunError: the model's weights are not those that the run measured, or the folder cannot
                be written.
        """
        from paser_core.measure.scores.make import Scorer, make_scores

        check_names(ScoresConfig, settings)
        config = replace(self.artifact.config.scores, **settings)
        scorer = None if by is None else Scorer(by, tokenizer)
        workers = coerced(EngineConfig, engine, "engine")
        return make_scores(self.artifact, name, config, scorer=scorer, watch=watch, engine=workers)

    def report(self, path: str | Path) -> Path:
        """Write the report on the run, and on its usual selection where it has models.

        Raises:
            ExportError: it cannot be written.
        """
        return selection_on(self.artifact, Review.of(self.artifact).state(), {}).report(path)

    def __repr__(self) -> str:
        run = self.artifact
        first = f"Run {run.path}: {plural(run.n, 'sample')} in {plural(run.n_clusters, 'cluster')}"
        if not run.has_models:
            return (
                f"{first}\nwithout models: no damage was measured, so only selectors that need none select"
                "\n.clusters .samples .select(selector='random') .report(path); run again with original= "
                "and compressed= to go on"
            )
        models = run.manifest["models"]
        pair = f"{models['original']['name']} against {models['compressed']['name']}"
        return (
            f"{first}\n{pair}, {count(run.counts.measured)} samples measured"
            "\n.clusters .samples .select(budget=0.2) .report(path)"
        )


def selection_on(run: RunFolder, state: ReviewState | None, knobs: Mapping[str, Any]) -> Selection:
    """A selection, not worked out yet, with what people decided and these fields of a setting.

    Raises:
        ConfigError: a knob is unknown or not accepted.
    """
    if state is None:
        return Selection(run, Setting.of(run, **knobs), ExportConfig())
    run = corrected(run, state.corrections)
    forced = {"forced_in": state.forced_in, "forced_out": state.forced_out}
    both = {}
    for name, ids in forced.items():
        more = knobs.get(name, ())
        both[name] = (*ids, *more) if isinstance(more, list | tuple) else more
    export = ExportConfig(names=tuple(state.names.items()))
    return Selection(run, Setting.of(run, **{**knobs, **both}), export, state)


def selection_again(file: Path, at: Path | None, knobs: Mapping[str, Any]) -> Selection:
    """The selection that a ``selection.yaml`` of an export describes, with other fields of it.

    Args:
        file: the ``selection.yaml``.
        at: where the run is now; None: where the file says.
        knobs: fields of the setting that are not as in the file.

    Raises:
        ConfigError: the file cannot be used, or a knob is not accepted.
        RunError: there is no finished run.
        SelectionError: the run is not the one that the file was written for.
    """
    run, setting, export = read_selection(file, at)
    return Selection(run, setting.changed(**knobs), export)
