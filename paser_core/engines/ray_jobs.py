"""Processes of Ray for the parts of a study: each job has one of its own, on whichever machine has room.

What a job writes lies in a folder that all machines see. A lost machine costs the calls under way there.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self, TypeVar

from paser_core import __version__
from paser_core.engines.engine import Workers
from paser_core.engines.ray_session import (
    carried,
    library,
    other_version,
    path_of,
    session,
    settle,
    travelling,
)
from paser_core.errors import ExceededError, PaserError, first_line

T = TypeVar("T")


class Caller:
    """What lives in a process of Ray."""

    def __init__(
        self,
        environment: Mapping[str, str | None],
        path: list[str] | None,
        threads: int,
        folder: str,
    ) -> None:
        settle(environment, path, threads)
        with contextlib.suppress(
            OSError
        ):  # not here: then names relative to it are not found, each by name
            os.chdir(folder)

    def call(
        self, version: str, function: Callable[..., Any], arguments: tuple[Any, ...]
    ) -> tuple[bool, Any]:
        """Whether it went well, and the result of the function or what it raised."""
        if version != __version__:
            return False, other_version(__version__)
        try:
            return True, function(*arguments)
        except PaserError as error:
            return False, travelling(error)


class RayJobs:
    """:class:`~paser_core.engines.engine.Jobs` of Ray, which is started, or joined, for as long.

    Args:
        workers: where, how many at once, and the processors of each.
        gpu: whether each shall have a GPU, where the cluster has any.
    """

    def __init__(self, workers: Workers, gpu: bool) -> None:
        self._asked, self._gpu = workers, gpu
        self._exit = contextlib.ExitStack()

    def __enter__(self) -> Self:
        ray = self._ray = library()
        if not ray.is_initialized():  # else it is that of whoever calls us, and stays
            self._exit.enter_context(session(ray, self._asked))
        there = ray.cluster_resources()
        gpus = int(there.get("GPU", 0)) if self._gpu else 0
        processors = int(there.get("CPU", 1)) // self._asked.threads
        self.places = self._asked.count or gpus or max(processors, 1)
        self._kind = ray.remote(num_cpus=self._asked.threads, num_gpus=int(gpus > 0))(Caller)
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    @contextlib.contextmanager
    def job(
        self, function: Callable[..., T], calls: Sequence[tuple[Any, ...]], what: str, advice: str
    ) -> Iterator[Sequence[Future[T]]]:
        """See :meth:`~paser_core.engines.engine.Jobs.job`.

        Args:
            function: of a module that every machine has.
            calls: the arguments of each call.
            what: how a sentence about it begins.
            advice: what to do where it has ended early.
        """
        address = self._asked.address
        caller = self._kind.remote(
            carried(address), path_of(address), self._asked.threads, str(Path.cwd())
        )
        # In the order in which they are asked for: it does one at a time.
        asked = [caller.call.remote(__version__, function, arguments) for arguments in calls]
        try:
            yield [_later(ref, what, advice) for ref in asked]
        finally:
            self._ray.kill(caller)


def _later(ref: Any, what: str, advice: str) -> Future[Any]:
    """What a call will come to."""
    later: Future[Any] = Future()

    def arrived(answer: Future[tuple[bool, Any]]) -> None:
        if (error := answer.exception()) is not None:
            why = first_line(error).rstrip(".")
            text = (
                f"{what} has ended early ({why}), most often for lack of memory: give each more, with fewer "
                f"workers. {advice}"
            )
            later.set_exception(ExceededError(text))
            return
        good, value = answer.result()
        if good:
            later.set_result(value)
        else:
            later.set_exception(value)

    ref.future().add_done_callback(arrived)
    return later
