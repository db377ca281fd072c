"""The self-check: an export is read as a trainer reads it, and held against the user's own rows."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from paser_core.errors import ExportError
from paser_core.export.formats import TrainingRows
from paser_core.export.trainfiles import read_parquet, without_nulls
from paser_core.notices import Notice
from paser_core.records.cells import as_json, structure
from paser_core.records.messages import is_messages
from paser_core.records.offline import offline
from paser_core.runs import Run
from paser_core.selection import Selection, Status
from paser_core.selection.export_files import ExportFile, Part

_log = logging.getLogger(__name__)

_ASK = "Nothing was kept; please report this."


def check(
    folder: Path, run: Run, selection: Selection, made: TrainingRows, without: Collection[Part]
) -> tuple[str, ...]:
    """Read the files back; returns what was checked, as sentences.

    Args:
        folder: with the files.
        run: what was selected from.
        selection: that was exported.
        made: the training rows as they were made.
        without: parts that were not asked for, and are not looked for.

    Raises:
        ExportError: something is not as it was written, or not as the user has it.
    """
    rows = made.rows
    same = zip_longest(_read_lines(folder / ExportFile.TRAIN), rows)
    _must(
        all(a == b or a == _as_read(b) for a, b in same),
        "train.jsonl does not hold the rows that were made.",
    )
    held = _against_originals(run, selection, _read_lines(folder / ExportFile.TRAIN), made)
    parquet = read_parquet(folder / ExportFile.PARQUET)
    _must(
        _first_difference(parquet, _read_lines(folder / ExportFile.TRAIN)) is None,
        "train.parquet does not read back as it was written.",
    )
    differs = any(notice.code == "datasets-json" for notice in made.notices)
    read = "as written" if differs else "read back with `datasets`, equal row by row"
    checks = [
        f"train.jsonl: {len(rows):,} rows, {read}; {held}",
        f"train.parquet: {len(rows):,} rows, equal row by row",
    ]
    scores = pq.read_table(folder / ExportFile.SCORES)
    _must(
        scores.num_rows == len(selection.status),
        "scores.parquet does not have one row for every sample.",
    )
    taken = [s in (Status.SELECTED, Status.FORCED_IN) for s in scores["status"].to_pylist()]
    _must(sum(taken) == len(rows), "scores.parquet and train.jsonl disagree on what is selected.")
    checks.append(
        f"scores.parquet: one row for each of {scores.num_rows:,} samples, {sum(taken):,} selected"
    )
    if Part.REJECTED not in without:
        with (folder / ExportFile.REJECTED).open("rb") as file:
            rejections = sum(1 for _ in file)
        _must(rejections == selection.n_rejected, "rejected.jsonl does not list every rejection.")
        checks.append(f"rejected.jsonl: all {rejections:,} rejections with evidence")
    return tuple(checks)


def as_a_trainer_reads(folder: Path, cache: Path, made: TrainingRows) -> tuple[Notice, ...]:
    """Read both training files with `datasets`, as trainers do; what comes out otherwise is told.

    Args:
        folder: where the training files are.
        cache: an empty folder for what reading leaves behind.

    Raises:
        ExportError: a text column comes out as dates or numbers, which another format prevents.
    """
    told = []
    for kind, name in (("json", ExportFile.TRAIN), ("parquet", ExportFile.PARQUET)):
        read = _loaded(kind, folder / name, cache)
        if read is not None and kind == "json":
            _reject_guessed_types(read, made.rows)
        other = _first_difference(read, made.rows)
        if other is None:
            continue
        what = f"row {other + 1:,} first" if read is not None else "it cannot read the file"
        use = f" {ExportFile.PARQUET} is safe from that." if name == ExportFile.TRAIN else ""
        told.append(
            Notice(
                f"datasets-{kind}",
                f"`datasets` reads {name} otherwise than it is written ({what}): its reader guesses "
                f"types, and the messages mix them.{use}",
                total=len(made.rows),
            )
        )
    return tuple(told)


def _loaded(kind: str, file: Path, cache: Path) -> list[dict[str, Any]] | None:
    """The rows of a file as `datasets` reads them; None where it cannot."""
    import datasets

    try:
        with offline():
            table = datasets.load_dataset(
                kind, data_files=str(file), split="train", cache_dir=str(cache)
            )
        rows: list[dict[str, Any]] = table.to_list()
    except OSError:
        raise  # the disk, not the rows
    except Exception as error:  # noqa: BLE001 - a library of many faults, all with one meaning here
        _log.warning("%s: `datasets` cannot read it (%s)", file, error)
        return None
    return rows


def _first_difference(
    read: Iterable[dict[str, Any]] | None, rows: Iterable[Mapping[str, Any]]
) -> int | None:
    """The first row that is not equal; None where all are. A key that is missing may be null."""
    if read is None:
        return 0
    pairs = enumerate(zip_longest(read, rows))
    differ = (
        place for place, (a, b) in pairs if a != b and without_nulls(a) != without_nulls(b)
    )  # most are equal as they are
    return next(differ, None)


def _as_read(row: Mapping[str, Any]) -> Any:
    """A row as JSON gives it back."""
    return json.loads(as_json(row))


def _reject_guessed_types(loaded: list[dict[str, Any]], rows: tuple[dict[str, Any], ...]) -> None:
    """Readers of JSON lines take a column for dates where every text in it looks like one."""
    for name, value in rows[0].items():
        # Where one row has a text and another a list, what comes out otherwise is told of.
        texts, read = (
            all(isinstance(row.get(name), str | None) for row in side) for side in (rows, loaded)
        )
        if isinstance(value, str) and texts and not read:
            raise ExportError(
                f"Every {name} of this selection looks like a date or a number, and `datasets` reads "
                "it as one, as a trainer would. Choose the format messages or sharegpt, where the "
                "texts stay texts, or a larger budget. Nothing was kept."
            )


def _against_originals(
    run: Run, selection: Selection, written: Iterable[dict[str, Any]], made: TrainingRows
) -> str:
    """Hold every training row against the user's row, which is read anew from its JSON.

    Returns what was found, as a clause.
    """
    numbers = selection.rows.tolist()
    samples = run.each(numbers, "id", "instruction", "input", "output")
    originals = _originals(run, numbers)
    same = 0
    for place, (row, original, (name, *texts)) in enumerate(
        zip(written, originals, samples, strict=True)
    ):
        if original is not None and _is_given_back(row, original):
            same += 1
            continue
        fields = list(map(str, texts))
        known = {*_texts(original), *fields}
        said = list(_said(row))
        for text in said:
            _must(
                _is_made_of(text, known),
                f"row {place + 1:,} of train.jsonl says what sample {name} does not say.",
            )
        if place not in made.lossy:
            _must(
                _is_whole(said, original, fields),
                f"row {place + 1:,} of train.jsonl does not say all that sample {name} says.",
            )
    if run.originals is None:
        return "the texts are those of the run"
    converted = len(made.rows) - same
    if not converted:
        return "each is the user's own row"
    lost = f" ({len(made.lossy):,} with parts left out)" if made.lossy else ""
    whole = f"{same:,} are the user's own rows, " if same else ""
    return f"{whole}{converted:,} were converted{lost} and have the texts of the user's rows"


def _originals(run: Run, numbers: list[int]) -> Iterator[Any]:
    if run.originals is None:
        return iter([None] * len(numbers))
    texts = run.originals.texts(numbers)
    return (None if text is None else json.loads(text) for text in texts)


def _is_given_back(row: Mapping[str, Any], original: Any) -> bool:
    """Whether every field is the user's own. What stands for a field that is not there is empty."""
    if not isinstance(original, dict):
        return False
    lists = [v for v in map(structure, original.values()) if isinstance(v, list)]
    return all(
        (name in original and original[name] == value)
        or (name not in original and value in (None, "", []))
        or (name in ("messages", "conversations") and value in lists)
        for name, value in row.items()
    )


def _is_whole(said: list[str], original: Any, fields: list[str]) -> bool:
    """Whether all that the user's messages say is in the training row; without messages, the fields.

    Calls of tools, which ShareGPT has as JSON text, become fields of a message.
    """
    every = "\n".join(said)
    chats = [v for v in map(structure, _values(original)) if is_messages(v)]
    told = [
        [text for m in chat for text in _texts(m.get("content", m.get("value")))] for chat in chats
    ]
    return any(
        all(text in every or text.lstrip()[:1] in ("{", "[") for text in texts)
        for texts in (*told, fields)
    )


def _values(original: Any) -> Iterable[Any]:
    return original.values() if isinstance(original, dict) else ()


def _said(value: Any, key: str = "") -> Iterator[str]:
    """The texts of a training row. Who speaks, and tools as JSON text, are not among them."""
    if isinstance(value, dict):
        if value.get("from") == "function_call":
            return
        for name, inner in value.items():
            if name != "tool_calls":
                yield from _said(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _said(inner, key)
    elif isinstance(value, str) and key not in ("role", "from", "tools"):
        yield value


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, in cells of JSON text as well; a number is the text it reads as."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
        inside = structure(value)
        if inside is not value:
            yield from _texts(inside)
    elif value is not None:
        yield json.dumps(value)


def _is_made_of(text: str, known: Collection[str]) -> bool:
    """Whether a text is one of the user's, or several of them one after another."""
    if not text.strip() or any(text in one for one in known):
        return True
    for one in sorted(known, key=len, reverse=True):
        if one.strip():
            text = text.replace(one, "\n")
    return not text.strip()


def _read_lines(path: Path) -> Iterator[Any]:
    """By line feed alone, as readers of JSON lines do: a text may hold other line separators."""
    with path.open("rb") as file:
        for line in file:
            yield json.loads(line)


def _must(holds: bool, sentence: str) -> None:
    if not holds:
        raise ExportError(f"The self-check failed: {sentence} {_ASK}")
