"""What has to be made for a study, and in which order: shared things first, each once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paser_core.runs.scores import FOLDER as SCORES
from paser_core.study.plan import Cell, Plan
from paser_core.study.settings import StudyConfig
from paser_core.workspace import paths
from paser_core.workspace.keys import key_of

ORIGINAL = "original"


@dataclass(frozen=True)
class Step:
    """One thing to make: a folder of the study, by the verb that makes it."""

    kind: str  # pool, compress, evaluate, run, score, cell
    name: str  # of the compression, or the key of the cell; "" for the pool
    needs: tuple[str, ...] = ()
    part: str = ""  # of a score: which, and the key of its settings

    @property
    def id(self) -> str:
        """By which others need it."""
        return "/".join(part for part in (self.kind, self.name, self.part) if part)

    @property
    def chain(self) -> str:
        """Steps of one chain follow each other in one process."""
        return "cells" if self.kind == "cell" else self.name or ORIGINAL


def steps_of(plan: Plan) -> tuple[Step, ...]:
    """All steps, in an order in which none comes before one that it needs; cells in the plan's order."""
    compressions = dict.fromkeys(cell.compression for cell in plan.cells)
    shared = [Step("pool", ""), Step("evaluate", ORIGINAL)]
    for name in compressions:
        made = Step("compress", name)
        shared += [made, Step("run", name, ("pool", made.id)), Step("evaluate", name, (made.id,))]
    for name, kind, key in plan.scores:
        shared.append(Step("score", name, (f"run/{name}",), f"{kind}-{key}"))
    return (*shared, *(_cell(plan, key, cell) for key, cell in plan.works.items()))


def _cell(plan: Plan, key: str, cell: Cell) -> Step:
    needs = [f"run/{cell.compression}", "evaluate/original", f"evaluate/{cell.compression}"]
    if (kind := plan.rule(cell.selector).needs) is not None:
        needs.append(f"score/{cell.compression}/{kind}-{plan.score_key(cell)}")
    return Step("cell", key, tuple(needs))


@dataclass(frozen=True)
class Places:
    """Where the parts of a study lie. What is shared lies under a name that other settings do not have."""

    folder: Path
    config: StudyConfig

    @property
    def pool(self) -> Path:
        """The run without models, which those with models go on from."""
        return self.folder / "runs" / _named("pool", self.config.run)

    def compressed(self, name: str) -> Path:
        """A compressed model: one that was named, or that the study makes."""
        settings = self.config.compressions[name]
        if "model" in settings:
            return paths.home(str(settings["model"]))
        return self.folder / "compressions" / _named(name, settings, *self._columns)

    @property
    def _columns(self) -> list[dict[str, Any]]:
        """How rows of the pool are read, calibration text with them; nothing where that is as usual."""
        data = self.config.run.get("data")
        read = {k: v for k, v in data.items() if k != "path"} if isinstance(data, Mapping) else {}
        return [read] if read else []

    def run(self, name: str) -> Path:
        """The run of a compressed model."""
        return self.folder / "runs" / _named(name, self.config.compressions[name], self.config.run)

    def evaluation(self, name: str) -> Path:
        """The evaluation of the original, or of a compressed model before it is recovered."""
        of = None if name == ORIGINAL else self.config.compressions[name]
        asked = [self.config.tasks, self.config.evaluate, *([] if of is None else self._columns)]
        if seed := self.config.seeds.evaluate[0]:
            asked.append({"seed": seed})
        return self.folder / "evaluations" / _named(name, of, *asked)

    def cell(self, key: str) -> Path:
        """One cell."""
        return self.folder / "cells" / key

    def of(self, step: Step) -> Path:
        """What a step makes."""
        if step.kind == "pool":
            return self.pool
        if step.kind == "score":
            return self.run(step.name) / SCORES
        return {
            "compress": self.compressed,
            "run": self.run,
            "evaluate": self.evaluation,
            "cell": self.cell,
        }[step.kind](step.name)


def _named(name: str, *determined_by: object) -> str:
    """A folder that a person finds again, and that nothing else shares."""
    kept = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:40] or "unnamed"
    return f"{kept}-{key_of(name, *determined_by)[:6]}"
