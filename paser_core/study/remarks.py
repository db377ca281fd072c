"""What the steps of a study have to say: what was cut, left out, guessed or switched off, and where.

Each verb keeps its notices in its own folder. A study keeps no folders of its cells and is sent to others
without those of its runs, so what a reader of the figures has to know goes with the results.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from paser_core.notices import Notice, Severity
from paser_core.runs.scores import FOLDER as SCORES
from paser_core.study.cells import CellResult
from paser_core.study.steps import ORIGINAL, Places
from paser_core.study.table import Table
from paser_core.text import plural
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST
from paser_core.workspace.kinds import COMPRESSION
from paser_core.workspace.reading import reading

_NUMBERS = re.compile(r"\d[\d,.]*")


@dataclass(frozen=True)
class Remark:
    """One thing to know before the figures are read."""

    where: str  # the step, or how many cells
    text: str


def warnings_in(folder: Path) -> list[str]:
    """What a verb has warned of in its folder; nothing where there is none."""
    told: list[Mapping[str, Any]] = []
    for name in (MANIFEST, COMPRESSION):
        if not paths.is_file(folder / name):
            continue
        with reading(folder / name):
            known = json.loads((folder / name).read_text(encoding="utf-8")).get("notices", [])
            told += (
                known if isinstance(known, list) else [one for of in known.values() for one in of]
            )
    notices = [Notice.of_tree(tree) for tree in told]
    return list(dict.fromkeys(n.text for n in notices if n.severity is Severity.WARNING))


def remarks_of(places: Places, cells: Iterable[CellResult]) -> list[dict[str, str]]:
    """All of them: of what cells share by name, of cells each kind once.

    Args:
        places: of the study.
        cells: those that are finished.
    """
    found = [
        Remark(where, text) for where, folder in _shared(places) for text in warnings_in(folder)
    ]
    return [asdict(one) for one in (*dict.fromkeys(found), *_of_cells(cells))]


def remarks_table(remarks: Iterable[Mapping[str, str]]) -> Iterator[Table]:
    """What stands below the figures; nothing where there is nothing to say."""
    frame = pd.DataFrame([dict(one) for one in remarks])
    if len(frame):
        yield Table("remarks", "What to know of these figures", frame, frame)


def _shared(places: Places) -> Iterator[tuple[str, Path]]:
    yield "pool", places.pool
    yield f"evaluation of {ORIGINAL}", places.evaluation(ORIGINAL)
    for name in places.config.compressions:
        yield f"compression {name}", places.compressed(name)
        yield f"run of {name}", places.run(name)
        for scores in paths.entries(places.run(name) / SCORES):
            yield f"scores {scores.name.rpartition('-')[0]} of {name}", scores
        yield f"evaluation of {name}", places.evaluation(name)


def _of_cells(cells: Iterable[CellResult]) -> Iterator[Remark]:
    """Each kind once, with one of its texts: the same is said of many cells with other numbers."""
    kinds: dict[str, list[str]] = {}
    for cell in cells:
        texts = [*cell.facts["selection"].get("warnings", []), *cell.facts.get("warnings", [])]
        for kind, text in {_NUMBERS.sub("#", text): text for text in texts}.items():
            kinds.setdefault(kind, []).append(text)
    for texts in kinds.values():
        more = len(set(texts)) > 1
        yield Remark(plural(len(texts), "cell"), f"{'One of them: ' if more else ''}{texts[0]}")
