"""What recovered models retain as tables to read: the same in the app and in the report."""

from __future__ import annotations

from dataclasses import dataclass

from paser_core import text
from paser_core.config import SelectionConfig
from paser_core.explain.recoveries import Found, Recovered
from paser_core.explain.retention import Line, Retentions, Share, Total, retentions
from paser_core.runs import Run
from paser_core.runs.signals import damage_of

_COLUMNS = 4  # recovered models side by side; the newest
MEANING = (
    "Retention: the share of the original model's score that a model has, above what the best fixed "
    "answer would score, at most 100 %. The mean can hide a capability that is lost, so the worst one "
    "stands beside it."
)


@dataclass(frozen=True)
class Cell:
    """What stands in a table. Plain text."""

    said: str
    share: float | None = None  # drawn as a bar; None: no part of a whole


@dataclass(frozen=True)
class Table:
    """A few lines that belong together."""

    title: str
    heads: tuple[str, ...]
    lines: tuple[tuple[Cell, ...], ...]
    texts: tuple[str, ...] = ()  # heads of the columns, beside the first, that hold text
    explained: str = ""  # below it


@dataclass(frozen=True)
class Told:
    """All that is shown of the recovered models of a run."""

    tables: tuple[Table, ...]  # none: no model was recovered
    troubles: tuple[str, ...]  # trainings that gave no model, a sentence each
    notes: tuple[str, ...]  # what is missing in the tables, and why
    unread: tuple[str, ...]  # folders that could not be read, a sentence each
    measured: bool  # whether anything is known beside that they were trained


def told_of(run: Run, found: Found, by: SelectionConfig) -> Told:
    """What the recovered models of a run retain, beside the damage by one measure.

    Raises:
        RunError: this run does not have the signal.
    """
    return tables_of(retentions(run, found, damage_of(run, by)), found.unread)


def tables_of(found: Retentions, unread: tuple[str, ...] = ()) -> Told:
    """The recovered models in all, by capability, and their perplexities, as far as each is known."""
    if not found.recoveries:
        return Told((), (), (), unread, False)
    tables = [_totals(found)]
    if found.lines:
        tables.append(_capabilities(found))
    if found.perplexities:
        tables.append(_perplexities(found))
    measured = len(tables) > 1
    return Told(
        tuple(tables),
        tuple(f"{m.name}: {m.trouble}" for m in found.recoveries if m.trouble is not None),
        tuple(f"{note[0].upper()}{note[1:]}" for note in found.notes) if measured else (),
        unread,
        measured,
    )


def _totals(found: Retentions) -> Table:
    none = Cell("–")
    before = [(Cell("Compressed, before"), none, none, *_total(found.compressed))]
    return Table(
        "Recovered models",
        ("Model", "Selection", "Recipe", "Mean retention", "Worst capability"),
        (
            *(before if found.lines else ()),
            *(
                (Cell(model.name), _selection(model), _recipe(model), *_total(total))
                for model, total in zip(found.recoveries, found.recovered, strict=True)
            ),
        ),
        ("Selection", "Recipe"),
    )


def _selection(model: Recovered) -> Cell:
    return Cell(f"{model.selector}, {text.some_of(model.selected, model.of)}")


def _recipe(model: Recovered) -> Cell:
    return Cell(f"{model.recipe}, {model.trained}")


def _total(total: Total) -> tuple[Cell, Cell]:
    if total.mean is None or total.worst is None:
        return Cell("–"), Cell("–")
    worst = f"{text.share(total.worst)} {total.worst_name}"
    return Cell(text.share(total.mean), total.mean), Cell(worst, total.worst)


def _capabilities(found: Retentions) -> Table:
    shown = [i for i, t in enumerate(found.recovered) if t.capabilities][:_COLUMNS]
    return Table(
        "Retention by capability",
        (
            *("Capability", "CDS", "Original", "Compressed"),
            *(found.recoveries[i].name for i in shown),
        ),
        tuple(_line(line, shown, found) for line in found.lines),
        explained=_explained(found, shown),
    )


def _line(line: Line, shown: list[int], found: Retentions) -> tuple[Cell, ...]:
    several = len({other.task for other in found.lines}) > 1 and line.capability is not None
    name = f"{line.task}: {line.name}" if several else line.name
    return (
        Cell(name),
        Cell("–" if line.cds is None else text.damage(line.cds)),
        _score(line.original),
        _retention(line.compressed),
        *(_retention(line.recovered[i]) for i in shown),
    )


def _score(share: Share) -> Cell:
    return Cell(f"{text.share(share.score)} ({_percent(share.low)}–{_percent(share.high)})")


def _retention(share: Share | None) -> Cell:
    if share is None or share.retention is None:
        return Cell("–")
    assert share.retention_low is not None
    assert share.retention_high is not None
    # A dash beside a minus would be read as one.
    to = "–" if share.retention_low >= 0 else " to "
    between = f"{_percent(share.retention_low)}{to}{_percent(share.retention_high)}"
    return Cell(f"{text.share(share.retention)} ({between})", share.retention)


def _percent(value: float) -> str:
    return f"{100 * value:.0f}"


def _explained(found: Retentions, shown: list[int]) -> str:
    """What the columns are, and what is not in them."""
    told = [
        "Original: its score, with Wilson's 95 % interval. Compressed and recovered: retention, with "
        "the interval of the model's own score on the same scale; the original's is not in it."
    ]
    if found.column is not None:
        told.append(
            f"CDS: mean damage of the samples with that value in the column {found.column}."
        )
    else:
        told.append(
            "CDS is empty because no column of the data has all of these capabilities as its values."
        )
    hidden = sum(1 for t in found.recovered if t.capabilities) - len(shown)
    if hidden:
        told.append(f"{text.plural(hidden, 'older model')} only in the table above.")
    return " ".join(told)


def _perplexities(found: Retentions) -> Table:
    shown = range(len(found.recoveries))[:_COLUMNS]
    return Table(
        "Perplexity",
        (
            *("Perplexity", "Context", "Original", "Compressed"),
            *(found.recoveries[i].name for i in shown),
        ),
        tuple(
            (
                Cell(line.task),
                Cell(f"{text.count(line.context)} tokens"),
                *map(_perplexity, (line.original, line.compressed)),
                *(_perplexity(line.recovered[i]) for i in shown),
            )
            for line in found.perplexities
        ),
    )


def _perplexity(value: float | None) -> Cell:
    return Cell("–" if value is None else f"{value:.2f}")
