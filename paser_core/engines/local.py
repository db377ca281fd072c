"""The engine that is always there: this process, one shard after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from paser_core.engines.engine import Task, Watch


class LocalEngine:
    """An :class:`~paser_core.engines.engine.Engine` without workers; a shard starts when it is asked for."""

    def map(
        self, task: Task, shards: Sequence[Any], watch: Watch = lambda *_: None
    ) -> Iterator[Any]:
        """See :meth:`~paser_core.engines.engine.Engine.map`."""
        for number, shard in enumerate(shards):
            yield task(shard, partial(watch, number))


LOCAL = LocalEngine()
