"""The engine that is always there: this process, one shard after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from paser_core.engines.engine import EngineKind, Task, Watch


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


LOCAL = LocalEngine()
ENGINE = EngineKind("This process", lambda _: nullcontext(LOCAL))
