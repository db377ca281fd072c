"""What work on many shards asks of whoever runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")

Report = Callable[[int, int], None]  # items done of a shard, and how many it has
Watch = Callable[[int, int, int], None]  # the same, after the number of the shard
Task = Callable[[Any, Report], Any]  # a shard to its result


class Engine(Protocol):
    """Runs a task on shards. What comes out does not depend on which engine it is."""

    def map(self, task: Task, shards: Sequence[Any], watch: Watch = ...) -> Iterator[Any]:
        """The result of each shard, in their order, as soon as it and all before it are there.

        Args:
            task: can be pickled. A worker gets it once and calls it for all its shards, so that what
                it has made stays; what is not to travel with it is a :class:`Once`.
            shards: can be pickled, as can what the task makes of them.
            watch: told how far each shard is.
        """


class Once(Generic[T]):
    """What each worker makes for itself, when it first needs it. Pickled, it is how to make it."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make

    @cached_property
    def value(self) -> T:
        """The thing itself."""
        return self._make()

    def __reduce__(self) -> tuple[Any, ...]:
        return Once, (self._make,)
