"""Who does the work. It makes no difference to what comes out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import cast

from paser_core.config.section import AUTO, Section, setting
from paser_core.engines.engine import Workers
from paser_core.errors import ConfigError, shortened
from paser_core.registry import ENGINES


@dataclass(frozen=True)
class EngineConfig(Section, at="engine", word="name"):
    """Who does the work. It makes no difference to what comes out."""

    name: str = setting(
        "local",
        "this process, which is always there",
        label="Engine",
        help=(
            "local does everything in this process. ray gives embedding, concepts, divergence and the "
            "scores of selectors to workers; it needs the extra [ray]."
        ),
        names=ENGINES,
    )
    address: str = setting(
        "local",
        "a Ray of our own, which ends with the run",
        label="Address",
        help=(
            "Of ray: local starts one on this machine, auto joins the cluster that this machine is part "
            "of, and host:port names one."
        ),
    )
    workers: int | str = setting(
        AUTO,
        "auto: a worker per GPU where there are GPUs for the models, else one per processor",
        label="Workers",
        help="Of ray: how many there are. Each holds the models that it works with.",
        low=1,
    )
    threads: int = setting(
        1,
        "the last bits do not hang on the machine; workers are what is shared out",
        label="Threads of a worker",
        help="Of ray: processors of each worker. More where memory allows few workers only.",
        low=1,
    )

    def check(self) -> None:
        if self.name != "local":
            return
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name != "name" and value != field.default:
                raise ConfigError(
                    f"engine.{field.name} is {shortened(value)}, and engine.name is local, which has no "
                    "workers. Set engine.name to ray, or leave it out.",
                    field=f"engine.{field.name}",
                )

    @property
    def asked(self) -> Workers:
        """What an engine is started with."""
        count = None if self.workers == AUTO else cast(int, self.workers)
        return Workers(self.address, count, self.threads)
