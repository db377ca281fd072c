"""Independent pieces of a stage, as many at a time as there are processors.

Each piece has one thread of its libraries: several add up in the order in which they finish, and the last
bits would hang on the machine. So pieces are what is shared out, and the result is the same on any number.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

A = TypeVar("A")
B = TypeVar("B")


def each(work: Callable[[A], B], pieces: Iterable[A], most: int | None = None) -> Iterator[B]:
    """The result of every piece, in their order.

    Args:
        work: what is done with one; it must not change what others read.
        pieces: all of them are asked for before the first result is read.
        most: of the processors, where not all of them are for this.
    """

    def alone(piece: A) -> B:
        with threadpool_limits(1, user_api="openmp"):  # of this thread; BLAS has one number for all
            return work(piece)

    count = min(_processors(), most or _processors())
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(count) as pool:
        yield from pool.map(alone, pieces)


def _processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
