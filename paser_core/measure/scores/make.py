"""Make scores beside a finished run: a folder in steps, resumable after a kill at any moment."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from paser_core import __version__
from paser_core.config import EngineConfig, ModelsConfig, ScoresConfig, to_tree
from paser_core.engines.engine import Engine, Once, Report
from paser_core.engines.local import LOCAL
from paser_core.errors import ConfigError, ModelError, RunError, ScoresError
from paser_core.measure.progress import by_work
from paser_core.protocols import Progress
from paser_core.records.conversations import Conversation, user_text
from paser_core.registry import ENGINES
from paser_core.runs import Run
from paser_core.runs.scores import (
    TABLE,
    Cost,
    Score,
    Scores,
    address,
    check_place,
    facts_of,
    read_scores,
    score_of,
)
from paser_core.stages.divergence import Tokenized, tokenize
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST, Checkpoints, Stage, State
from paser_core.workspace.files import disk_errors
from paser_core.workspace.keys import key_of
from paser_core.workspace.kinds import FolderKind
from paser_core.workspace.lock import FolderLock
from paser_core.workspace.parts import Arrays, Part, make_parts
from paser_core.workspace.reading import reading
from paser_core.workspace.store import PARTS

if TYPE_CHECKING:
    from paser_core.models.transformers_lm import TransformersLM
    from paser_core.models.transformers_tokenizer import TransformersTokenizer

Watch = Callable[[dict[str, Any]], None]
Make = Callable[[int], tuple[Arrays, Cost]]


@dataclass(frozen=True)
class Scorer:
    """The model that scores, where it is not to be loaded by the name that the run has.

    Args:
        model: a causal language model of transformers, or the folder or hub name of one.
        tokenizer: its tokenizer, where the model is an object.
    """

    model: Any
    tokenizer: Any = None


@dataclass
class Scoring:
    """What the work on one kind of scores is called with."""

    run: Run
    config: ScoresConfig
    checkpoints: Checkpoints
    key: str
    scorer: Scorer | None = None
    cost: Cost = field(default_factory=Cost)
    engine: Engine = LOCAL

    @cached_property
    def reader(self) -> Once[TransformersLM]:
        """The model that scores, for work that may be done elsewhere: whoever does it loads it."""
        role = str(self.config.model)
        known = self.run.manifest["models"][role]
        return Once(partial(_model_of, role, known, self.run.config.models, self.scorer))

    @property
    def model(self) -> TransformersLM:
        """The model that scores; its weights are those that the run measured.

        Raises:
            ModelError: it is gone, cannot be loaded, or its weights are others.
        """
        return self.reader.value

    @cached_property
    def tokenizer(self) -> TransformersTokenizer:
        """That of the run's models, with its template."""
        _ = self.model  # what is wrong with the model says more
        return _tokenizer_of(self.run, self.config, self.scorer)

    @property
    def longest(self) -> int:
        """Most tokens of a sample that are read: what the run read of it."""
        known, most = self.model.positions, self.run.config.divergence.max_length
        return most if known is None else min(most, known)

    def tokenized(self, conversations: Sequence[Conversation | None]) -> Tokenized:
        """Samples as the model reads them; of a conversation the last answer counts."""
        return tokenize(
            conversations, self.tokenizer, self.longest, vocab_size=self.model.vocab_size
        )

    def start_of(self, tokenized: Tokenized) -> list[int]:
        """What every text begins with, whatever it says; nothing where the template writes nothing."""
        token = self.tokenizer.beginning
        firsts = tokenized.ids[tokenized.offsets[:-1][tokenized.lengths > 0]]
        return [token] if token is not None and len(firsts) and np.all(firsts == token) else []

    def needed(self, name: str) -> Scores:
        """Other scores that this one reads; they were made before."""
        return read_scores(self.run, name, self.config)

    def parts(
        self,
        owner: str,
        costs: Sequence[int],
        make: Make,
        report: Progress,
    ) -> Iterator[Arrays]:
        """The parts of the work in order: made, and kept as soon as they are; or kept before.

        Args:
            owner: what the parts belong to, beside what determines the scores: how they are cut.
            costs: about what each part costs, in any unit.
            make: the arrays of a part, and what it has cost. It can be pickled, for workers elsewhere;
                with :attr:`reader` it has the model.
            report: told how far the work is.
        """
        name = key_of(self.key, owner, len(costs))
        parts = [
            Part(f"{PARTS}/{name}-{number:05d}.npz", number, 1, lambda arrays: "cost" in arrays)
            for number in range(len(costs))
        ]
        told = by_work(report, np.array(costs, np.float64))
        task = partial(_timed, make)
        store, gpu = self.checkpoints.store, self.run.config.models.wants_gpu
        for part in make_parts(self.engine, task, parts, store, told, gpu=gpu):
            passes, tokens, seconds = part["cost"].tolist()
            self.cost += Cost(int(passes), int(tokens), seconds)
            yield part

    def write(self, columns: Mapping[str, Any], problems: Sequence[str | None]) -> None:
        """The table of scores: a row for every sample of the run.

        Args:
            columns: ``(n,)`` numbers each; NaN where a sample has none.
            problems: ``(n,)`` why a sample has none.
        """
        self.checkpoints.manifest["cost"] = asdict(
            replace(self.cost, seconds=round(self.cost.seconds, 3))
        )
        table = {
            "id": pa.array(self.run.ids, pa.string()),
            **{
                name: pa.array(values, pa.float64(), from_pandas=True)
                for name, values in columns.items()
            },
            "problem": pa.array(problems, pa.string()),
        }
        self.checkpoints.store.write_table(TABLE, pa.table(table))


def _timed(make: Make, number: int, _: Report) -> Arrays:
    began = time.monotonic()
    arrays, cost = make(number)
    spent = [cost.passes, cost.tokens, time.monotonic() - began]
    return {**arrays, "cost": np.array(spent, np.float64)}


def make_scores(
    run: Run,
    name: str,
    config: ScoresConfig,
    *,
    scorer: Scorer | None = None,
    watch: Watch | None = None,
    engine: EngineConfig | None = None,
) -> Scores:
    """The scores of a run, made where they are not there yet; what a kill has left is gone on with.

    Args:
        run: an open run with models. It is not changed: the scores lie in a folder below it.
        name: which scores.
        config: how they are made.
        scorer: the model, where it is not at the name that the run has any more.
        watch: told every event that ``events.jsonl`` of the scores gets.
        engine: who does the work; None: this process.

    Raises:
        PaserError: the run has no models, they are gone or have changed, a setting is missing, or
            the folder cannot be written.
    """
    score = score_of(name)
    try:
        return read_scores(run, name, config)
    except ScoresError:
        check_place(run)
    for needed in score.needs:
        make_scores(run, needed, config, scorer=scorer, watch=watch, engine=engine)
    folder, key = address(run, name, config)
    with disk_errors(folder):
        folder.mkdir(exist_ok=True)
    with FolderLock(folder):
        checkpoints = Checkpoints(folder, _manifest(run, score, config, folder), watch)
        asked = engine or EngineConfig()
        try:
            checkpoints.events.emit("started", version=__version__)
            facts = facts_of(run, score, config)
            with ENGINES[asked.name].start(asked.asked) as workers:
                work = Scoring(run, config, checkpoints, key, scorer, engine=workers)
                checkpoints.make([_stage(score)], lambda: facts, work)
            checkpoints.finish()
            checkpoints.events.emit("finished", **asdict(work.cost))
        except BaseException as error:
            checkpoints.fail(error)
            raise
    return read_scores(run, name, config)


def conversations_of(run: Run) -> list[Conversation | None]:
    """``(n,)`` what the models read; None for an invalid sample."""
    if run.originals is not None:
        return [conversation for _, conversation in run.originals.each(range(run.n))]
    # Made before rows were kept: one question and its answer, as the tables have them.
    texts = run.samples[["instruction", "input", "output"]].itertuples(index=False)
    return [
        _plain(*map(str, row)) if problem is None else None
        for row, problem in zip(texts, run.problems, strict=True)
    ]


def _plain(instruction: str, extra: str, output: str) -> Conversation:
    asked = {"role": "user", "content": user_text(instruction, extra)}
    return Conversation((asked, {"role": "assistant", "content": output}), 1, instruction, extra)


def _stage(score: Score) -> Stage:
    return Stage(
        score.name,
        files=(TABLE,),
        needs=(),
        sections=("score",),
        work=score.work,
        title=score.name,
        doing=score.doing,
        unit="samples",
    )


def _manifest(run: Run, score: Score, config: ScoresConfig, folder: Path) -> dict[str, Any]:
    """What is there already, or a new one."""
    file = folder / MANIFEST
    if paths.is_file(file):
        with reading(file):
            known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return known | {"state": State.RUNNING}
    model = run.manifest["models"][str(config.model)]
    return {
        "kind": FolderKind.SCORES,
        "score": score.name,
        "version": __version__,
        "state": State.RUNNING,
        "run": run.fingerprint,
        "model": {"role": str(config.model), **model},
        "config": {name: to_tree(config)[name] for name in score.settings},
        "stages": {},
        "files": {},
    }


def _model_of(
    role: str, known: Mapping[str, Any], models: ModelsConfig, scorer: Scorer | None
) -> TransformersLM:
    """The model that scores.

    Args:
        role: original or compressed.
        known: what the run recorded of it.
        models: how the run held it.
        scorer: where it is now, if not at its name.
    """
    from paser_core.models.live import LIVE, LiveModel
    from paser_core.models.transformers_lm import TransformersLM, load_model

    given = known["name"] if scorer is None else scorer.model
    if isinstance(given, str | Path):
        try:
            model = load_model(str(given), models)
        except ModelError as error:
            if scorer is not None:
                raise
            raise ModelError(
                f"{error} The run measured its {role} model there; scores are made by that same "
                "model. Put it back, or say where it is now (paser score --model, run.score(by=…))."
            ) from error
    else:
        live = LiveModel.of(given, "by")
        if not known["name"].endswith(LIVE):
            raise ModelError(
                f"by is a {type(given).__name__} in memory, and the run read its {role} model from "
                f"files ({known['name']}): whether the weights are the same cannot be told. Give the "
                "folder of those files, wherever it is now."
            )
        model = TransformersLM(live.model, live.name, fingerprint=live.fingerprint)
    if model.fingerprint != known["fingerprint"]:
        raise RunError(
            f"{model.name}: these are not the weights of the run's {role} model ({known['name']}), "
            "so the scores would not be of this run. Give the model that the run has measured, or "
            "make a run with this one."
        )
    return model


def _tokenizer_of(run: Run, config: ScoresConfig, scorer: Scorer | None) -> TransformersTokenizer:
    from paser_core.models.loading import load_tokenizer
    from paser_core.models.transformers_tokenizer import TransformersTokenizer

    models = run.config.models
    given: Any = run.manifest["models"][str(config.model)]["name"]
    if scorer is not None:
        given = scorer.model if scorer.tokenizer is None else scorer.tokenizer
    if isinstance(given, str | Path):
        given = load_tokenizer(str(given))
    elif scorer is not None and scorer.tokenizer is None:
        raise ConfigError(
            "by is a model in memory and came without `tokenizer`, which is needed. Give that of the "
            "run's models.",
            field="tokenizer",
        )
    return TransformersTokenizer(given, models.template, models.date)
