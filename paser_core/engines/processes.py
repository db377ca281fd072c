"""Other processes of this machine, for work that one interpreter would do on one processor.

Not ``multiprocessing``: its children run the script of their parent again. Parent and child speak in
pickles over pipes, as in :mod:`~paser_core.engines.side`: the task goes in once, then one shard at a time.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue
from typing import Any

from paser_core.engines.engine import Task, Watch
from paser_core.engines.local import LOCAL
from paser_core.engines.side import environment
from paser_core.errors import ExceededError, PaserError

_AHEAD = 2  # shards on their way, for each worker: more would only be memory


class Processes:
    """An :class:`~paser_core.engines.engine.Engine` of worker processes; they end with the work.

    Args:
        count: of workers; None: as many as there are processors for this process.
    """

    def __init__(self, count: int | None = None) -> None:
        self._count = count or processors()

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
            task: the work.
            shards: what it is done with.
            watch: told of a shard once it is done.
            gpu: has no effect here.

        Raises:
            ExceededError: a worker has ended early.
        """
        count = min(self._count, len(shards))
        if count < 2:
            yield from LOCAL.map(task, shards, watch)
            return
        sent = pickle.dumps(task)
        workers = [_Worker(sent) for _ in range(count)]
        idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in workers:
            idle.put(worker)

        def done(number: int) -> Any:
            worker = idle.get()
            try:
                return worker.ask(shards[number])
            finally:
                idle.put(worker)

        numbers, pending = iter(range(len(shards))), deque[Future[Any]]()
        with ThreadPoolExecutor(count) as pool:
            try:
                for number in range(len(shards)):
                    more = islice(numbers, _AHEAD * count - len(pending))
                    pending.extend(pool.submit(done, later) for later in more)
                    result = pending.popleft().result()
                    watch(number, 1, 1)
                    yield result
            finally:  # also where nobody wants the rest any more
                pool.shutdown(wait=False, cancel_futures=True)
                for worker in workers:
                    worker.end()


def processors() -> int:
    """How many processors this process may use."""
    with contextlib.suppress(AttributeError):  # not known to this system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Worker:
    """One process, and the pipes to it."""

    def __init__(self, task: bytes) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", f"from {__name__} import main; main()"],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # who interrupts its parent does not mean it
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        self._task: bytes | None = task

    def ask(self, shard: Any) -> Any:
        try:
            if self._task is not None:
                self._to.write(self._task)
                self._task = None
            pickle.dump(shard, self._to)
            self._to.flush()
            good, value = pickle.load(self._from)
        except (OSError, EOFError) as error:
            raise ExceededError(
                f"A worker process has ended early (exit code {self._process.wait()}), which is most "
                "often a lack of memory. Close other programs, or give fewer rows at a time; then "
                "start the same command again."
            ) from error
        if not good:
            raise value
        return value

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):  # what it did not read any more
                pipe.close()


_worker = False


def in_worker() -> bool:
    """Whether this process is a worker: its task is all that it ever does."""
    return _worker


def main() -> None:
    """What the child does: a task from stdin, then shards to results, until stdin ends."""
    global _worker
    _worker = True
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print goes where errors go
    given = sys.stdin.buffer
    task: Task = pickle.load(given)
    while True:
        try:
            shard = pickle.load(given)
        except EOFError:
            return
        try:
            answer = True, task(shard, lambda *_: None)
        except PaserError as error:
            answer = False, error
        except MemoryError:
            raise  # and end: that is what whoever asked takes it for
        except Exception:  # noqa: BLE001 - a fault of ours: whoever asked shall see where it is
            answer = False, RuntimeError(f"in a worker process:\n{traceback.format_exc()}")
        pickle.dump(answer, out)
        out.flush()


PROCESSES = Processes()
