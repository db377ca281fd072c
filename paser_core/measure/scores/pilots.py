"""Short fine-tunings of a run's model on a few of its samples, and what they leave of the loss elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.config import ModelsConfig
from paser_core.errors import ModelError, RunError, SelectionError
from paser_core.measure.scores.make import Scoring, conversations_of
from paser_core.recover.data import Source
from paser_core.recover.outcome import DIVERGED
from paser_core.recover.request import Request
from paser_core.recover.settings import RecoverConfig
from paser_core.recover.work import recover
from paser_core.stages.divergence import Tokenized, plan_chunks
from paser_core.stages.likelihood import mean_losses
from paser_core.workspace.store import PARTS


@dataclass(frozen=True)
class Pilots:
    """Fine-tunings of one model, one epoch each, measured on the same samples kept apart."""

    run: str  # its name
    models: ModelsConfig  # how it held them
    batch_tokens: int
    folder: Path  # where they are made; workers elsewhere must reach it
    model: str  # folder or name
    settings: RecoverConfig
    rows: Sequence[Any]  # (n,) the samples as a trainer reads them
    apart: Tokenized

    @classmethod
    def of(cls, work: Scoring, apart: NDArray[np.int64]) -> Pilots:
        """Those of scores that are being made.

        Args:
            work: the scores.
            apart: rows that are read after every fine-tuning, and no part of any.

        Raises:
            ModelError: the model is an object in memory, and training reads files.
        """
        run, config = work.run, work.config
        if work.scorer is not None and not isinstance(work.scorer.model, str | Path):
            raise ModelError(
                f"by is a {type(work.scorer.model).__name__} in memory, and these scores train the model "
                "from its files. Give their folder."
            )
        every = conversations_of(run)
        settings = RecoverConfig(
            epochs=1,
            batch=min(32, config.subset_size),
            lr=config.lr,
            seed=run.config.seed,
            template=run.config.models.template,
            date=run.config.models.date,
            max_length=work.longest,
            device=run.config.models.device,
        )
        name = str(work.model.name if work.scorer is None else work.scorer.model)
        read = work.tokenized([every[row] for row in apart])
        return cls(
            run.name,
            run.config.models,
            run.config.divergence.batch_tokens,
            work.checkpoints.store.path(PARTS),
            name,
            settings,
            _training_rows(work),
            read,
        )

    def losses_after(self, number: int, taken: NDArray[np.int64]) -> NDArray[np.float64]:
        """``(h,)`` mean loss of an answer token of the samples kept apart, after training on others.

        Args:
            number: of the pilot: its folder is called so.
            taken: the rows that are trained on.

        Raises:
            SelectionError: the training diverged.
        """
        folder = self.folder / f"pilot-{number:05d}"
        source = Source(rows=[self.rows[row] for row in taken])
        made = recover(Request(self.model, source, self.settings), folder)
        if made.status == DIVERGED:
            shutil.rmtree(folder)
            raise SelectionError(
                f"{self.run}: fine-tuning {number}, of {len(taken)} samples: {made.facts['why']} "
                "Here the learning rate is scores.lr."
            )
        losses = self.losses_of(str(made.model))
        shutil.rmtree(folder)
        return losses

    def losses_of(self, folder: str, fingerprint: str | None = None) -> NDArray[np.float64]:
        """``(h,)`` mean loss of an answer token of the samples kept apart, of the model in a folder.

        Args:
            folder: or the name of a model.
            fingerprint: of the weights that must lie there; None: whatever lies there.

        Raises:
            SelectionError: one of them has no finite loss: missing is not zero.
            RunError: the weights are others.
        """
        from paser_core.models.transformers_lm import load_model

        model = load_model(folder, self.models)
        if fingerprint is not None and model.fingerprint != fingerprint:
            raise RunError(
                f"{folder}: these are not the weights that {self.run} has measured, so nothing can "
                "be said of what was lost. Put them back, or make a run with these."
            )
        losses = np.full(len(self.apart.lengths), np.nan)
        for chunk in plan_chunks(self.apart.lengths, self.batch_tokens):
            for batch in chunk.batches:
                losses[batch] = mean_losses(batch, self.apart, model)
        if lost := int((~np.isfinite(losses)).sum()):
            raise SelectionError(
                f"{self.run}: the model in {folder} gives {lost} of {len(losses)} samples kept "
                "apart no finite loss, so nothing can be measured by them. Lower scores.lr or choose another "
                "selector."
            )
        return losses


def _training_rows(work: Scoring) -> list[Any]:
    """``(n,)`` the samples as a trainer reads them: all as columns, or all as messages."""
    conversations = conversations_of(work.run)
    if all(c is None or len(c.messages) == 2 for c in conversations):
        return work.run.samples[["instruction", "input", "output"]].to_dict("records")
    return [
        None if c is None else {"messages": list(c.messages[: c.answer + 1])} for c in conversations
    ]
