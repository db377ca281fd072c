"""Workers in processes of Ray: on this machine, or on a cluster.

Each worker gets the task once and is called for one shard at a time. Whatever kills it (a signal, a lack
of memory, the loss of its machine) costs the shard under way, which another worker makes again.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Self

from paser_core import __version__
from paser_core.engines.engine import EngineKind, Task, Watch, Workers
from paser_core.engines.ray_jobs import RayJobs
from paser_core.engines.ray_session import (
    carried,
    library,
    other_version,
    path_of,
    session,
    settle,
    travelling,
)
from paser_core.errors import EngineError, PaserError, first_line

logger = logging.getLogger(__name__)

_TRIES = 3  # workers that a shard may cost, and that may die in a row before they have begun
_AHEAD = 2  # shards a worker that are begun before the result of the first of them is read
_POLL = 0.5  # seconds between two looks at how far the workers are
_PATIENCE = 600.0  # seconds that are waited for a first worker: a cluster may have to grow


class Worker:
    """What lives in a process of Ray."""

    def __init__(
        self, environment: dict[str, str | None], path: list[str] | None, threads: int
    ) -> None:
        settle(environment, path, threads)
        self._task: Task | None = None
        self._done = (0, 0)

    def take(self, task: Task) -> str:
        """Have a task from now on; returns the version of this program here."""
        self._task = task
        return __version__

    def work(self, shard: Any) -> tuple[bool, Any]:
        """Whether it went well, and the result of a shard or what it raised."""
        assert self._task is not None
        self._done = (0, 0)
        try:
            return True, self._task(shard, self._report)
        except PaserError as error:
            return False, travelling(error)

    def _report(self, done: int, total: int) -> None:
        self._done = (done, total)

    def progress(self) -> tuple[int, int]:
        """Items done of the shard under way, and how many it has."""
        return self._done


class RayEngine:
    """An :class:`~paser_core.engines.engine.Engine` of workers that stay from one task to the next.

    Ray is started, or joined, when there is work first; leaving the block ends what was started.
    """

    def __init__(self, workers: Workers) -> None:
        self._asked = workers
        self._pools: dict[bool, _Pool] = {}
        self._exit = contextlib.ExitStack()

    def __enter__(self) -> Self:
        library()  # where there is none, before any work
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._pools.values():
            pool.end()
        self._pools.clear()
        self._exit.close()

    def map(
        self,
        task: Task,
        shards: Sequence[Any],
        watch: Watch = lambda *_: None,
        *,
        gpu: bool = False,
    ) -> Iterator[Any]:
        """See :meth:`~paser_core.engines.engine.Engine.map`.

        Args:
            task: travels to each worker once.
            shards: travel to a worker each.
            watch: told how far each shard is, twice a second.
            gpu: whether a worker shall have a GPU, where the cluster has any.

        Raises:
            EngineError: there are no workers, or they die at the same shard again and again.
            PaserError: whatever the task raises, in the turn of its shard.
        """
        if not len(shards):
            return
        pool = self._pool(gpu)
        pool.grow(len(shards))
        yield from _Course(pool, task, shards, watch).results()

    def _pool(self, gpu: bool) -> _Pool:
        """The workers for tasks of one kind."""
        ray = self._ray
        there = ray.cluster_resources()
        gpus = int(there.get("GPU", 0)) if gpu else 0
        if (pool := self._pools.get(bool(gpus))) is None:
            processors = int(there.get("CPU", 1)) // self._asked.threads
            pool = _Pool(
                ray, self._asked.count or gpus or max(processors, 1), bool(gpus), self._asked
            )
            self._pools[bool(gpus)] = pool
        return pool

    @cached_property
    def _ray(self) -> Any:
        ray = library()
        if not ray.is_initialized():  # else it is that of whoever calls us, and stays
            self._exit.enter_context(session(ray, self._asked))
        return ray


ENGINE = EngineKind("Ray", RayEngine, RayJobs)


class _Pool:
    """Workers that have, or want, the same of a machine."""

    def __init__(self, ray: Any, size: int, gpu: bool, asked: Workers) -> None:
        self.ray, self._size, self._threads = ray, size, asked.threads
        self.workers: list[Any] = []
        self._kind = ray.remote(
            num_cpus=asked.threads, num_gpus=int(gpu), concurrency_groups={"watch": 1}
        )(Worker)
        self._environment, self._path = carried(asked.address), path_of(asked.address)

    def grow(self, shards: int) -> None:
        """Start workers up to the size of the pool, and none that would have nothing to do."""
        while len(self.workers) < min(self._size, shards):
            self.start()

    def start(self) -> Any:
        """One more worker."""
        worker = self._kind.remote(self._environment, self._path, self._threads)
        self.workers.append(worker)
        return worker

    def drop(self, worker: Any) -> None:
        """End a worker, whatever it does."""
        self.workers.remove(worker)
        self.ray.kill(worker)

    def end(self) -> None:
        """End all."""
        for worker in [*self.workers]:
            self.drop(worker)


class _Course:
    """One task on its way through the shards."""

    def __init__(self, pool: _Pool, task: Task, shards: Sequence[Any], watch: Watch) -> None:
        self._pool, self._shards, self._watch = pool, shards, watch
        self._ray = pool.ray
        self._task = self._ray.put(task)  # travels to each machine once
        self._todo = deque(range(len(shards)))
        self._idle: list[Any] = []
        self._running: dict[Any, tuple[Any, int | None]] = {}  # None: it is given the task
        self._outcomes: dict[int, tuple[bool, Any]] = {}  # of shards whose turn has not come
        self._tries: Counter[int | None] = Counter()
        self._asked: dict[Any, int] = {}  # how far a shard is
        self._due = 0.0
        self._begun = time.monotonic()

    def results(self) -> Iterator[Any]:
        """Of each shard in its turn."""
        try:
            for worker in self._pool.workers:
                self._begin(worker)
            for number in range(len(self._shards)):
                while number not in self._outcomes:
                    self._hand_out(number)
                    self._look()
                    self._hear()
                self._hand_out(number + 1)  # so that they work while the result is looked at
                good, value = self._outcomes.pop(number)
                if not good:
                    raise value
                yield value
        finally:
            for worker, shard in self._running.values():
                if shard is not None:  # nobody wants it any more
                    self._pool.drop(worker)

    def _begin(self, worker: Any) -> None:
        self._running[worker.take.remote(self._task)] = (worker, None)

    def _hand_out(self, turn: int) -> None:
        """Give shards to workers that have none; not more than are soon asked for."""
        bound = turn + _AHEAD * len(self._pool.workers)
        while self._idle and self._todo and self._todo[0] < bound:
            worker, number = self._idle.pop(), self._todo.popleft()
            self._running[worker.work.remote(self._shards[number])] = (worker, number)

    def _look(self) -> None:
        """Wait a moment, and take what the workers have made by then."""
        ready, _ = self._ray.wait(list(self._running), timeout=_POLL)
        for ref in ready:
            worker, number = self._running.pop(ref)
            try:
                self._take(worker, number, self._ray.get(ref))
            except self._ray.exceptions.RayTaskError as error:
                if number is None:
                    raise _unable(error) from error
                self._idle.append(worker)
                self._outcomes[number] = (
                    False,
                    error,
                )  # a defect: loud, with the worker's traceback
            except self._ray.exceptions.RayError as error:
                self._lost(worker, number, error)
        if not self._idle and all(number is None for _, number in self._running.values()):
            self._check_patience()

    def _take(self, worker: Any, number: int | None, answer: Any) -> None:
        self._idle.append(worker)
        if number is not None:
            self._outcomes[number] = answer
        elif answer != __version__:
            raise other_version(answer)
        self._tries[None] = 0
        self._begun = time.monotonic()

    def _lost(self, worker: Any, number: int | None, error: Exception) -> None:
        """A worker has died: another takes its place, and its shard."""
        why = first_line(error).rstrip(".")
        self._tries[number] += 1
        logger.warning("a worker of Ray has died at shard %s: %s", number, why)
        self._pool.drop(worker)
        spent = self._tries[number] >= _TRIES
        if number is None and spent:
            raise _unable(error) from error
        self._begin(self._pool.start())
        if number is None:
            return
        if not spent:
            self._todo.appendleft(number)
            return
        self._outcomes[number] = (
            False,
            EngineError(
                f"Shard {number + 1:,} of {len(self._shards):,} has cost {_TRIES} workers of Ray ({why}), "
                "which is most often a lack of memory. Give each more: set engine.workers lower, or start "
                "the same command again with engine local; what is done is kept."
            ),
        )

    def _check_patience(self) -> None:
        if time.monotonic() - self._begun > _PATIENCE:
            raise EngineError(
                f"No worker of Ray could be started for {_PATIENCE:.0f} s; the cluster has "
                f"{self._ray.available_resources()} free. Free some, or set engine.workers and "
                "engine.threads lower."
            )

    def _hear(self) -> None:
        """Pass on how far the workers are; nobody waits for those who cannot say it now."""
        if self._asked:
            asked = list(self._asked)
            ready, _ = self._ray.wait(asked, num_returns=len(asked), timeout=0)
            under_way = {number for _, number in self._running.values()}
            for ref in ready:
                number = self._asked.pop(ref)
                with contextlib.suppress(self._ray.exceptions.RayError):  # it shows in its result
                    done, total = self._ray.get(ref)
                    if total and number in under_way:
                        self._watch(number, done, total)
        if not self._asked and time.monotonic() >= self._due:
            self._due = time.monotonic() + _POLL
            self._asked = {
                worker.progress.options(concurrency_group="watch").remote(): number
                for worker, number in self._running.values()
                if number is not None
            }


def _unable(error: Exception) -> EngineError:
    why = first_line(getattr(error, "cause", None) or error).rstrip(".")
    return EngineError(
        f"The workers of Ray cannot begin: {why}. See that every machine of the "
        "cluster has paser-workbench of this version, or set engine to local."
    )
