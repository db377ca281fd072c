"""A study from start to end: steps in processes of their own, several at a time, resumable.

The folder is bound to the pool, the original and the files of its tasks; what its author expects is
hashed before the first cell is made.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from paser_core import __version__
from paser_core.engines.engine import Jobs
from paser_core.errors import StudyError
from paser_core.registry import ENGINES
from paser_core.study.cells import CELL, drop_parts
from paser_core.study.checking import check_study
from paser_core.study.folder import open_study
from paser_core.study.gathering import write_results
from paser_core.study.plan import Plan
from paser_core.study.results import FOLDER, STUDY
from paser_core.study.settings import StudyConfig
from paser_core.study.steps import Places, Step, steps_of
from paser_core.study.work import DONE, FAILED, Ended, make
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import Checkpoints
from paser_core.workspace.files import disk_errors
from paser_core.workspace.lock import FolderLock

_TOGETHER = 8  # cells of a process: libraries take seconds to be imported, a crash costs one cell
_TRIES = 2  # of a cell whose process dies, within one start
# Results by now, while cells are made: seconds between two, and how much longer than putting them together.
_APART, _TIMES = 60.0, 50.0

Watch = Callable[[dict[str, Any]], None]


def run_study(
    config: StudyConfig, out: Path, jobs: int | None = None, watch: Watch | None = None
) -> None:
    """Make what is missing of a study, and put the results together.

    Args:
        config: the study.
        out: a new folder, or one with this study in any state; cells that failed are tried again.
        jobs: steps at a time; None: as many as the engine has room for.
        watch: told every event that is also written to ``events.jsonl``.

    Raises:
        ConfigError: a setting is not accepted.
        StudyError: the folder holds something else, or the data or models have changed.
    """
    plan = Plan(config)
    check_study(plan)
    if jobs is not None and jobs < 1:
        raise StudyError(f"jobs is {jobs}; it must be at least 1.")
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    with FolderLock(out):
        checkpoints = Checkpoints(out, open_study(plan, out), watch)
        began = time.monotonic()
        workers = replace(config.engine.asked, threads=config.threads)
        try:
            with ENGINES[config.engine.name].jobs(workers, config.wants_gpu) as engine:
                jobs = jobs or engine.places
                checkpoints.events.emit("started", version=__version__, jobs=jobs)
                _catch_up(plan, out, checkpoints)
                report = checkpoints.events.progress("study")
                _Queue(plan, Places(out.resolve(), config), checkpoints, report, engine).work(jobs)
            write_results(plan, checkpoints.store)
            checkpoints.finish()
            checkpoints.events.emit("finished", seconds=round(time.monotonic() - began, 2))
        except BaseException as error:
            checkpoints.fail(error)
            raise


def _catch_up(plan: Plan, out: Path, checkpoints: Checkpoints) -> None:
    """See that no cells of an earlier plan are shown while those of this one are made."""
    if not paths.is_file(out / FOLDER / STUDY):
        return
    try:
        known = json.loads((out / FOLDER / STUDY).read_text(encoding="utf-8"))["config"]
    except (OSError, ValueError, LookupError, TypeError):
        known = None  # what cannot be read is written anew
    if known != checkpoints.manifest["config"]:
        checkpoints.save()
        write_results(plan, checkpoints.store)


@dataclass
class _Batch:
    """Steps of one process, one after another."""

    steps: Sequence[Step]
    results: Sequence[Future[Ended]]
    end: Callable[[], None]
    done: int = 0

    @property
    def next(self) -> Future[Ended]:
        """What the step in work will come to."""
        return self.results[self.done]


@dataclass
class _Queue:
    """The steps that are not made yet, and what became of the others."""

    plan: Plan
    places: Places
    checkpoints: Checkpoints
    report: Callable[..., None]  # tells how far it is, with the time left
    engine: Jobs
    total: int = 0
    shared: dict[str, Step] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    crashes: dict[str, int] = field(default_factory=dict)
    due: float = 0.0  # when results are put together next, by the clock that only goes on

    def work(self, jobs: int) -> None:
        """Make all steps, ``jobs`` at a time."""
        steps = steps_of(self.plan)
        self.total = len(steps)
        self.due = time.monotonic() + _APART
        self.shared = {step.id: step for step in steps if step.kind != "cell"}
        waiting = deque(step for step in steps if not self._is_made(step))
        self._report()
        with contextlib.ExitStack() as processes:  # they end with this block, however it ends
            running: list[_Batch] = []
            while True:
                while len(running) < jobs and (ready := self._next(waiting, jobs)):
                    process = processes.enter_context(contextlib.ExitStack())
                    batch = _Batch(ready, process.enter_context(self._start(ready)), process.close)
                    self._begin(ready[0])
                    running.append(batch)
                if not running:
                    return
                wait([batch.next for batch in running], return_when=FIRST_COMPLETED)
                for batch in [batch for batch in running if batch.next.done()]:
                    if self._advance(batch, waiting):
                        batch.end()  # its place is free only then
                        running.remove(batch)

    def _start(
        self, steps: Sequence[Step]
    ) -> contextlib.AbstractContextManager[Sequence[Future[Ended]]]:
        folder, config = str(self.places.folder), self.plan.config
        calls = [(folder, config, step) for step in steps]
        return self.engine.job(make, calls, "Its process", "Start the study again.")

    def _advance(self, batch: _Batch, waiting: deque[Step]) -> bool:
        """Take what a process has made; whether it has nothing left to do."""
        step, trouble = batch.steps[batch.done], batch.next.exception()
        if trouble is None:
            self._end(batch.next.result())
        else:  # the process has died, and what was left with it
            waiting.extendleft(reversed(batch.steps[batch.done + 1 :]))
            self._crashed(step, str(trouble), waiting)
            return True
        batch.done += 1
        if batch.done == len(batch.steps):
            return True
        self._begin(batch.steps[batch.done])
        return False

    def _is_made(self, step: Step) -> bool:
        """Whether a cell is there, or a shared step was made by an earlier start."""
        place = self.places.of(step)
        if step.kind == "cell":
            there = paths.is_file(place / CELL)
            if there:
                drop_parts(place)
        else:
            made = self.checkpoints.manifest.setdefault("made", {})
            there = made.get(step.id) == _named(place) and paths.is_folder(place)
        if there:
            self.ended[step.id] = Ended(step.id, DONE)
            self.checkpoints.manifest.setdefault("failed", {}).pop(step.id, None)
        return there

    def _next(self, waiting: deque[Step], jobs: int) -> list[Step]:
        """What can be made now, by one process: steps of one chain."""
        ready: list[Step] = []
        kept: deque[Step] = deque()
        cells = sum(step.kind == "cell" for step in waiting)
        # An equal share of what is left, for each that comes: large at first, so that few processes are
        # started, small at last, so that none is waited for (guided self-scheduling, Polychronopoulos 1987).
        most = min(_TOGETHER, -(-cells // jobs))
        while waiting:
            step = waiting.popleft()
            ended = [self.ended[need] for need in step.needs if need in self.ended]
            lost = next((one for one in ended if one.status == FAILED), None)
            coming = len(step.needs) - len(ended) - sum(one.id in step.needs for one in ready)
            full = len(ready) >= most and step.kind == "cell"
            if lost is not None:
                self._end(Ended(step.id, FAILED, f"{lost.id} failed"))
            elif coming or full or (ready and step.chain != ready[0].chain):
                kept.append(step)
            else:
                ready.append(step)
        waiting.extend(kept)
        return ready

    def _begin(self, step: Step) -> None:
        self.checkpoints.events.emit("step_started", step=step.id)

    def _end(self, ended: Ended) -> None:
        """A step is made, or will not be."""
        self.ended[ended.id] = ended
        failed = self.checkpoints.manifest.setdefault("failed", {})
        failed.pop(ended.id, None)
        if ended.status == FAILED:
            failed[ended.id] = ended.why
        elif (step := self.shared.get(ended.id)) is not None:
            self.checkpoints.manifest["made"][step.id] = _named(self.places.of(step))
        self.checkpoints.save()
        told = {} if ended.why is None else {"why": ended.why}
        self.checkpoints.events.emit(
            "step_ended", step=ended.id, status=ended.status, seconds=ended.seconds, **told
        )
        self._report()
        if time.monotonic() >= self.due:
            self._show()

    def _show(self) -> None:
        """Put together what there is by now, so that it can be looked at while the rest is made."""
        began = time.monotonic()
        write_results(self.plan, self.checkpoints.store)
        ended = time.monotonic()
        self.due = ended + max(_APART, _TIMES * (ended - began))

    def _report(self) -> None:
        self.report(len(self.ended), self.total)

    def _crashed(self, step: Step, why: str, waiting: deque[Step]) -> None:
        """The process of a step has died: it is tried again, or it has failed."""
        self.crashes[step.id] = self.crashes.get(step.id, 0) + 1
        if self.crashes[step.id] < _TRIES:
            self.checkpoints.events.emit("step_ended", step=step.id, status="crashed", why=why)
            waiting.appendleft(step)
        else:
            self._end(Ended(step.id, FAILED, why))


def _named(place: Path) -> str:
    """What a folder is called that a step has made: scores of two runs are both called so."""
    return f"{place.parent.name}/{place.name}"
