"""Work in parts: what is done of it outlives a kill, and is not done again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.engines.engine import Engine, Report, Task
from paser_core.workspace.store import Store

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Part:
    """What a kill may cost."""

    file: str  # where its arrays lie; the name says what determines them
    shard: Any
    size: int  # items
    fits: Callable[[Arrays], bool]  # whether arrays that lie there are its own, whole


def make_parts(
    engine: Engine,
    task: Task,
    parts: Sequence[Part],
    store: Store,
    report: Report,
    *,
    gpu: bool = False,
) -> Iterator[Arrays]:
    """The arrays of every part, in order: kept from an earlier start, or made and kept at once.

    Args:
        engine: runs the task.
        task: makes the arrays of a shard.
        parts: of all the work.
        store: keeps them.
        report: told the items done, and how many there are.
        gpu: whether the task works on a GPU where there is one.
    """
    ends = np.cumsum([part.size for part in parts], dtype=np.int64).tolist()
    total = ends[-1] if ends else 0
    missing = [i for i, part in enumerate(parts) if store.part(part.file, part.fits) is None]
    under_way: dict[int, int] = {}  # items done, by part; some engines work on several at a time
    turn = 0  # of the missing ones, whose result comes next

    def watch(number: int, done: int, _: int) -> None:
        under_way[missing[number]] = done
        first = missing[turn]
        report(ends[first] - parts[first].size + sum(under_way.values()), total)

    made = engine.map(task, [parts[place].shard for place in missing], watch, gpu=gpu)
    for place, arrays in zip(missing, made, strict=True):
        store.write_arrays(parts[place].file, arrays)
        under_way.pop(place, None)
        turn += 1
        # Only now: what an earlier start made says nothing about the speed of this one.
        report(ends[place] + sum(under_way.values()), total)
    report(total, total)
    return (store.read_arrays(part.file) for part in parts)
