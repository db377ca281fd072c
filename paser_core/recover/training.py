"""The training itself: transformers' Trainer, with a loss of our own and a checkpoint that is whole or none.

One step of the Trainer is one optimizer step. Its batch comes in parts of so many tokens, whose
gradients are summed and divided by the response tokens of the whole batch: the gradient is that of the
batch in one piece, whatever the parts are. (The Trainer's own accumulation takes a fixed number of parts.)

What a step does follows from its number: its samples (:mod:`batches`), and every chance in it, which is
seeded anew. Weights, moments and learning rate are the Trainer's to save and to load.
"""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from paser_core.config import DType
from paser_core.models import loading
from paser_core.models.devices import choose_device
from paser_core.recover.batches import (
    Part,
    Steps,
    at_responses,
    followers,
    response_tokens,
    tokens_read,
)
from paser_core.recover.history import History, too_much
from paser_core.recover.masks import Masks
from paser_core.recover.recipe import Phase, Predicted, Recipe
from paser_core.recover.saves import history_of, last_whole, make_whole, saving
from paser_core.recover.settings import RecoverConfig, Schedule

_SAVING = 0.05  # most of the time that may go into saving

Watch = Callable[[int, int, float], None]  # steps done, of how many, the loss now


@dataclass
class Course:
    """What a training goes through."""

    recipe: Recipe
    history: History
    steps: Steps
    config: RecoverConfig
    masks: Masks | None  # None: nothing is to stay zero, or a LoRA layer sees to it
    original: Any = None  # the original model, where the recipe asks it
    on_step: Watch = lambda done, total, loss: None
    before: float = math.inf  # loss on the rows of the first steps, before the training
    loss_now: Callable[[Any], float] = lambda model: 0.0  # of a model, on the same rows

    def phase(self, step: int) -> Phase:
        """The phase that a step is in."""
        return self.recipe.phases[self.history.phase_of(step)]


class RecoveryTrainer(Trainer):  # type: ignore[misc]
    """Trains on response tokens, with the losses of a recipe, and keeps the zeros."""

    def __init__(self, model: Any, course: Course, folder: Path) -> None:
        self.course = course
        self.folder = folder
        self._saved_in = 0.0  # seconds that the last checkpoint took
        self._last_saved = time.monotonic()
        self._began = time.monotonic()
        arguments = _arguments(course.config, folder)
        super().__init__(
            model=model, args=arguments, train_dataset=course.steps, callbacks=[_Follow(self)]
        )
        self.remove_callback(PrinterCallback)
        # The mean over the tokens of the whole batch is taken in training_step.
        self.model_accepts_loss_kwargs = False
        self.keeps = takes_positions(model)
        if course.original is not None:
            course.original.to(self.args.device).eval()
            self.original_keeps = takes_positions(course.original)

    def get_train_dataloader(self) -> Any:
        """The steps, one after the other."""
        return torch.utils.data.DataLoader(
            self.course.steps, batch_size=1, shuffle=False, collate_fn=_only
        )

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """The learning rate of every step as a share of the highest."""
        if getattr(self, "lr_scheduler", None) is None:
            config = self.course.config
            rate = partial(
                rate_of, total=num_training_steps, warmup=config.warmup, kind=config.schedule
            )
            chosen = optimizer or self.optimizer
            self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(chosen, rate)
            self._created_lr_scheduler = True
        return self.lr_scheduler

    def training_step(
        self, model: Any, inputs: list[Part], num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """Forward and backward through the parts of one batch; the mean loss over its tokens."""
        step = self.state.global_step
        model.train()
        torch.manual_seed(self.course.config.seed * 1_000_003 + step)
        tokens = response_tokens(inputs)
        total = torch.zeros((), device=self.args.device)
        for part in inputs:
            on_device = self._prepare_inputs(part)
            with self.compute_loss_context_manager():
                loss = self.compute_loss(model, on_device, num_items_in_batch=tokens)
            self.accelerator.backward(loss)
            total += loss.detach()
        if self.course.masks is not None:
            self.course.masks.apply_to_gradients(model)
        self.course.history.tokens += tokens_read(inputs)
        self.course.history.response_tokens += tokens
        return total

    def compute_loss(
        self,
        model: Any,
        inputs: Part,
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """A part's share of the mean over the batch.

        Args:
            model: in training.
            inputs: the part.
            return_outputs: whether the Trainer wants a pair.
            num_items_in_batch: response tokens of the whole batch.
        """
        course = self.course
        phase = course.phase(self.state.global_step)
        losses = self.losses(model, inputs, phase)
        loss = losses.sum() / num_items_in_batch
        return (loss, None) if return_outputs else loss

    def losses(self, model: Any, part: Part, phase: Phase) -> torch.Tensor:
        """``(k,)`` the loss at each response token of a part."""
        known = None
        if phase.needs_original:
            with torch.no_grad():
                known = at_responses(self.course.original, part, self.original_keeps)
        student = at_responses(model, part, self.keeps)
        temperature = self.course.config.temperature
        return phase.loss(Predicted(student, known, followers(part), temperature))

    def floating_point_ops(self, inputs: Any) -> int:
        """Not counted."""
        return 0

    def wants_saving(self) -> bool:
        """Whether it is time for a checkpoint, at no more than a twentieth of the time."""
        interval = max(self.course.config.checkpoint_seconds, self._saved_in / _SAVING)
        return time.monotonic() - self._last_saved >= interval

    def seconds(self) -> float:
        """Spent on the training so far, by earlier starts as well."""
        now = time.monotonic()
        self.course.history.seconds += now - self._began
        self._began = now
        return self.course.history.seconds

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """A checkpoint that counts once it is whole; only then the one before is taken away."""
        began = time.monotonic()
        self.seconds()
        done = self.folder / f"checkpoint-{self.state.global_step}"
        with saving(done):
            super()._save_checkpoint(model, trial)
            make_whole(done, self.course.history.to_tree())
        self._last_saved = time.monotonic()
        self._saved_in = self._last_saved - began


class _Follow(TrainerCallback):  # type: ignore[misc]
    """Keeps the zeros, notes the loss, says when to save and when to stop."""

    def __init__(self, trainer: RecoveryTrainer) -> None:
        self._trainer = trainer

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        course = self._trainer.course
        if course.masks is not None:
            course.masks.apply(self._trainer.model)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        trainer = self._trainer
        history = trainer.course.history
        # What the Trainer added up since it logged last; it logs nothing by itself.
        loss = float(trainer._tr_loss)
        trainer._tr_loss.zero_()
        history.losses.append(loss)
        look_into(trainer.course, trainer.model)
        control.should_training_stop |= history.trouble is not None
        control.should_save = not control.should_training_stop and trainer.wants_saving()
        trainer.course.on_step(state.global_step, state.max_steps, history.smooth())


def look_into(course: Course, model: Any) -> None:
    """See whether the training has gone wrong at its last step, and note what has.

    Args:
        course: with the losses so far.
        model: as it is by now.
    """
    history = course.history
    step = len(history.losses)
    if not math.isfinite(history.losses[-1]):
        history.trouble = f"the loss of step {step} is no number"
    elif history.doubts() and step - history.looked >= history.window:
        history.looked = step
        with torch.no_grad():
            now = course.loss_now(model)
        if too_much(now, course.before):
            history.trouble = (
                f"after step {step} the loss is {now:.3g}, more than twice that before the training "
                f"({course.before:.3g}), on the same rows"
            )


def rate_of(step: int, total: int, warmup: float, kind: Schedule) -> float:
    """The learning rate of a step as a share of the highest; no step has none.

    Args:
        step: from 0.
        total: steps of the training.
        warmup: share of them in which it rises.
        kind: what it does then.
    """
    rising = math.ceil(total * warmup)
    if step < rising:
        return (step + 1) / (rising + 1)
    passed = (step - rising) / max(total - rising, 1)
    if kind is Schedule.LINEAR:
        return max(1.0 - passed, 0.0)
    if kind is Schedule.COSINE:
        return 0.5 * (1.0 + math.cos(math.pi * min(passed, 1.0)))
    return 1.0


def train(model: Any, course: Course, folder: Path) -> RecoveryTrainer:
    """Train, from the last whole checkpoint in ``folder`` where there is one.

    Args:
        model: with what is to be trained; it is changed.
        course: recipe, steps, settings.
        folder: for checkpoints; nothing else may lie in it.
    """
    resumed = last_whole(folder)
    if resumed is not None:
        course.history.restore(history_of(resumed))
    with loading.quiet():
        trainer = RecoveryTrainer(model, course, folder)
        trainer.train(resume_from_checkpoint=None if resumed is None else str(resumed))
    trainer.seconds()
    return trainer


def takes_positions(model: Any) -> bool:
    """Whether a model can be asked for the logits of some positions only."""
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    return "logits_to_keep" in inspect.signature(inner.forward).parameters


def _only(items: list[Any]) -> Any:
    return items[0]


def _arguments(config: RecoverConfig, folder: Path) -> TrainingArguments:
    device = choose_device(config.device, "device")
    mixed = device.type == "cuda"
    brain = mixed and torch.cuda.is_bf16_supported(including_emulation=False)
    arguments = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=1,  # one item is a whole batch
        num_train_epochs=1,  # the steps have all epochs in them
        learning_rate=config.lr,
        weight_decay=config.weight_decay,
        max_grad_norm=config.clip,
        optim="adamw_torch",
        seed=config.seed,
        use_cpu=device.type == "cpu",
        bf16=brain and config.dtype in (DType.AUTO, DType.BFLOAT16),
        fp16=mixed and config.dtype is DType.FLOAT16,
        logging_strategy="no",
        logging_nan_inf_filter=False,  # a loss that is no number shall be seen
        save_strategy="no",  # on_step_end says when
        report_to="none",
        disable_tqdm=True,
        log_level="error",
        dataloader_pin_memory=False,
    )
    arguments._n_gpu = min(arguments.n_gpu, 1)  # one device: a batch in parts is no tensor to split
    return arguments
