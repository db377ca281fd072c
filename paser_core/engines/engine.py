"""What work on many shards asks of whoever runs it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")

Report = Callable[[int, int], None]  # items done of a shard, and how many it has
Watch = Callable[[int, int, int], None]  # the same, after the number of the shard
Task = Callable[[Any, Report], Any]  # a shard to its result


class Engine(Protocol):
    """Runs a task on shards. What comes out does not depend on which engine it is."""

    def map(
        self, task: Task, shards: Sequence[Any], watch: Watch = ..., *, gpu: bool = False
    ) -> Iterator[Any]:
        """The result of each shard, in their order, as soon as it and all before it are there.

        Args:
            task: can be pickled. A worker gets it once and calls it for all its shards, so that what
                it has made stays; what is not to travel with it is a :class:`Once`.
            shards: can be pickled, as can what the task makes of them.
            watch: told how far each shard is.
            gpu: whether the task works on a GPU where its worker has one; it gets one for itself then.
        """


class Jobs(Protocol):
    """Starts processes for calls that nobody else may be hurt by."""

    @property
    def places(self) -> int:
        """How many jobs have room at once."""

    def job(
        self, function: Callable[..., T], calls: Sequence[tuple[Any, ...]], what: str, advice: str
    ) -> AbstractContextManager[Sequence[Future[T]]]:
        """The results of calls of one function, one after another in a process; leaving ends it.

        Args:
            function: of a module; it, the arguments and the results can be pickled.
            calls: the arguments of each call.
            what: how a sentence about it begins: "Reading the first rows".
            advice: what to do where it has ended early, a sentence.
        """


@dataclass(frozen=True)
class Workers:
    """Who shall do the work, as far as an engine can choose."""

    address: str = "local"  # where they are
    count: int | None = (
        None  # None: as many as there are processors (GPUs, where the task wants one)
    )
    threads: int = 1  # processors of each


@dataclass(frozen=True)
class EngineKind:
    """An engine that can be chosen by name. What it starts is left when the work is done."""

    title: str
    start: Callable[[Workers], AbstractContextManager[Engine]]  # for stages of a run
    jobs: Callable[[Workers, bool], AbstractContextManager[Jobs]]  # for a study; with a GPU each?


class Once(Generic[T]):
    """What each worker makes for itself, when it first needs it. Pickled, it is how to make it.

    A worker that gets it again while it still has it, with another task, goes on with the one it has.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make, self._name = make, uuid.uuid4().hex

    @cached_property
    def value(self) -> T:
        """The thing itself."""
        return self._make()

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (self._name, self._make)


_ARRIVED: WeakValueDictionary[str, Once[Any]] = WeakValueDictionary()


def _arrived(name: str, make: Callable[[], T]) -> Once[T]:
    """The one of this name that this process has got; this one, where it has none any more."""
    once = _ARRIVED.get(name)
    if once is None:
        once = _ARRIVED[name] = Once(make)
        once._name = name
    return once
