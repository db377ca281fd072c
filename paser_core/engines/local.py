"""The engine that is always there: this process, one shard after another; a study has others beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any, TypeVar

from paser_core.engines.engine import EngineKind, Task, Watch, Workers
from paser_core.engines.side import Bounds, SideJob

T = TypeVar("T")


class LocalEngine:
    """An :class:`~paser_core.engines.engine.Engine` without workers; a shard starts when it is asked for."""

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
            task: is called here, and need not be pickled.
            shards: likewise.
            watch: told how far each shard is.
            gpu: needs no asking for here.
        """
        for number, shard in enumerate(shards):
            yield task(shard, partial(watch, number))


class LocalJobs:
    """:class:`~paser_core.engines.engine.Jobs` of this machine.

    Args:
        workers: their threads say how many have room.
    """

    def __init__(self, workers: Workers) -> None:
        self.places = max((os.cpu_count() or 1) // workers.threads, 1)

    @contextmanager
    def job(
        self, function: Callable[..., T], calls: Sequence[tuple[Any, ...]], what: str, advice: str
    ) -> Iterator[Sequence[Future[T]]]:
        """See :meth:`~paser_core.engines.engine.Jobs.job`.

        Args:
            function: of a module.
            calls: the arguments of each call.
            what: how a sentence about it begins.
            advice: what to do where it has ended early.
        """
        with SideJob(function, calls, what, advice, Bounds()) as started:
            yield started.results


LOCAL = LocalEngine()
ENGINE = EngineKind(
    "This process", lambda _: nullcontext(LOCAL), lambda workers, _: nullcontext(LocalJobs(workers))
)
