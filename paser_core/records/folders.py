"""A folder of data files: listed here, each read by our own reader, and the rest named.

No library is asked which files belong together: guesses from names lose rows. Only a file that is
called after a split (``test.jsonl``, ``train-00000-of-00004.parquet``, ``validation/a.csv``) belongs
to that split; every other file is read whatever the split.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from paser_core.config import DataConfig
from paser_core.errors import DataError, nearest
from paser_core.notices import Notice, Severity
from paser_core.records import limits
from paser_core.records.files import ending_of
from paser_core.records.shapes import shortened
from paser_core.records.source import Row, Source
from paser_core.workspace import paths

ALL = "all"  # of the splits
_SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("test", "testing"), "test"),
    **dict.fromkeys(("validation", "valid", "val", "dev"), "validation"),
}
_SHARD = re.compile(r"[-_.]\d+([-_]of[-_]\d+)?$")
_CARD = "README.md"
_BESIDE = re.compile(
    r"readme.*|license.*|license.*|dataset_infos?\.json|\..*|.*\.(md|rst|py|lock)", re.IGNORECASE
)
_MOST_FILES = 10_000
_LISTED = 5


def read_files(
    folder: Path, config: DataConfig, read: Callable[[Path, int | None], Source]
) -> Source:
    """The files of a folder, one after the other by name.

    Args:
        folder: what ``data.path`` names.
        config: which configuration and split.
        read: reads one file, no more of it than the first so many rows.

    Raises:
        DataError: there is no data file in it, none of the split, or one cannot be read.
    """
    files, rest = _listed(folder)
    if not files:
        held = ", ".join(shortened(str(p)) for p in rest[:_LISTED])
        raise DataError(
            f"the folder has no data file; {f'it holds {held}' if held else 'it is empty'}. Put json, "
            "jsonl, csv, tsv or parquet files in it, or name one file.",
            path=str(folder),
        )
    chosen, unread, notices = _chosen(folder, files, config)
    unread += [p for p in rest if not _BESIDE.fullmatch(p.name)]
    sources: list[tuple[Path, Source]] = []
    left = config.limit
    for place in chosen:
        if left == 0:
            break
        source = read(folder / place, left)
        sources.append((place, source))
        if left is not None:
            left -= min(left, source.n)
    if unread:
        named = ", ".join(f"'{shortened(str(p))}'" for p in unread[:_LISTED])
        more = f" and {len(unread) - _LISTED} more" if len(unread) > _LISTED else ""
        text = (
            f"{len(unread)} of {len(files) + len(rest)} files of the folder are not read: {named}"
            f"{more}. data.split: {ALL} reads the files of every split; other files are data only "
            "with an ending like .jsonl."
        )
        total = len(files) + len(rest)
        notices.append(Notice("data-files-unread", text, Severity.WARNING, len(unread), total))
    return _joined(folder, sources, notices)


def _listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """Data files and other files of a folder and those below it, relative to it, by name."""
    files: list[Path] = []
    rest: list[Path] = []
    open_ = [folder]
    seen: set[Path] = set()
    while open_:
        here = open_.pop()
        real = here.resolve()
        if real in seen:  # a link in a circle
            continue
        seen.add(real)
        try:
            inside = sorted(here.iterdir())
        except OSError as error:
            raise DataError(
                f"the folder cannot be listed ({error.strerror}). Name a folder that you may read.",
                path=str(here),
            ) from None
        for path in inside:
            if path.name.startswith("."):
                continue
            if paths.is_folder(path):
                open_.append(path)
            elif paths.is_file(path):
                own = ending_of(path.name) is not None and not _BESIDE.fullmatch(path.name)
                (files if own else rest).append(path.relative_to(folder))
            if len(files) + len(rest) > _MOST_FILES:
                raise DataError(
                    f"the folder has more than {_MOST_FILES:,} files. Name one that holds the data "
                    "alone.",
                    path=str(folder),
                )
    return sorted(files), sorted(rest)


def _chosen(
    folder: Path, files: list[Path], config: DataConfig
) -> tuple[list[Path], list[Path], list[Notice]]:
    """The files that are read, those that are not, and what there is to say about it."""
    notices: list[Notice] = []
    configurations = _configurations(folder, files, notices)
    splits = {f: _split_of(f) for f in files}
    if configurations:
        name = config.name
        if name is None and len(configurations) == 1:
            name = next(iter(configurations))
        if name not in configurations:
            what = (
                "this data set has several configurations, and data.name chooses none"
                if name is None
                else f"there is no configuration '{shortened(name)}'"
            )
            near = "" if name is None else nearest(name, configurations)
            raise DataError(
                f"{what}; it has: {', '.join(configurations)}.{near} Set data.name.",
                path=config.path,
            )
        own = configurations[name]
        splits |= own
        kept = [f for f in files if f in own]
    else:
        if config.name is not None:
            raise DataError(
                f"there is no configuration '{shortened(config.name)}'; the folder has none, its "
                "README.md names no files. Leave data.name out.",
                path=config.path,
            )
        kept = files
    wanted = _SPLITS.get(config.split.casefold(), config.split)
    if wanted != ALL:
        kept = [f for f in kept if splits[f] in (None, wanted)]
    known = sorted({s for s in splits.values() if s is not None}, key=_order)
    if not kept or (wanted not in (ALL, "train") and wanted not in known):
        raise DataError(
            f"there is no split '{shortened(config.split)}'; this data set has: "
            f"{', '.join(known) or 'none'}.{nearest(config.split, known)} Set data.split; {ALL} reads "
            "every file.",
            path=config.path,
        )
    return kept, [f for f in files if f not in set(kept)], notices


def _order(split: str) -> tuple[int, str]:
    usual = ("train", "validation", "test")
    return (usual.index(split) if split in usual else len(usual), split)


def _split_of(file: Path) -> str | None:
    """The split that a file is called after; None for every other name."""
    ending = ending_of(file.name) or ""
    stem = _SHARD.sub("", file.name[: -len(ending)].casefold())
    for name in (stem, *(part.casefold() for part in reversed(file.parts[:-1]))):
        if name in _SPLITS:
            return _SPLITS[name]
    return None


def _configurations(
    folder: Path, files: Sequence[Path], notices: list[Notice]
) -> dict[str, dict[Path, str | None]]:
    """Configurations that the card of a data set names: of each the files, and their splits.

    Raises:
        DataError: the card names something outside the folder.
    """
    try:
        text = (folder / _CARD).read_text(encoding="utf-8")[:100_000]
    except (OSError, UnicodeDecodeError):
        return {}
    head = re.match(r"---\s*\n(.*?)\n---", text, re.DOTALL)
    if head is None or "configs" not in head[1] or "&" in head[1]:  # aliases can be bombs
        return {}
    try:
        listed = yaml.safe_load(head[1])["configs"]
        named = {
            str(c["config_name"]): _patterns(c["data_files"]) for c in listed if "data_files" in c
        }
    except (yaml.YAMLError, TypeError, KeyError, ValueError, RecursionError):
        text = "The head of README.md names configurations in a way that is not known; all files are read."
        notices.append(Notice("data-card-unread", text))
        return {}
    return {name: _matching(folder, files, patterns) for name, patterns in named.items()}


def _patterns(value: Any) -> list[tuple[str | None, str]]:
    """(split, pattern) of each entry of ``data_files``."""
    if isinstance(value, str):
        return [(None, value)]
    if isinstance(value, dict):
        return [
            (str(split), str(p))
            for split, entry in value.items()
            for p in (entry if isinstance(entry, list) else [entry])
        ]
    pairs: list[tuple[str | None, str]] = []
    for entry in value:
        if isinstance(entry, str):
            pairs.append((None, entry))
        else:
            listed = entry["path"] if isinstance(entry["path"], list) else [entry["path"]]
            pairs += [(str(entry["split"]), str(p)) for p in listed]
    return pairs


def _matching(
    folder: Path, files: Iterable[Path], patterns: Sequence[tuple[str | None, str]]
) -> dict[Path, str | None]:
    found: dict[Path, str | None] = {}
    for split, pattern in patterns:
        if "://" in pattern or pattern.startswith(("/", "~")) or ".." in Path(pattern).parts:
            raise DataError(
                f"README.md names '{shortened(pattern)}' as data, which is not in this folder. Name "
                "that file as data.path if you mean it, or correct README.md.",
                path=str(folder),
            )
        wanted = re.compile(_as_regex(pattern.removeprefix("./")))
        for file in files:
            if wanted.fullmatch(file.as_posix()):
                plain = split if split is None else _SPLITS.get(split.casefold(), split)
                found.setdefault(file, plain if plain is not None else _split_of(file))
    return found


def _as_regex(pattern: str) -> str:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern[:500])
    return "".join(parts.get(piece, re.escape(piece)) for piece in pieces)


def _joined(folder: Path, sources: Sequence[tuple[Path, Source]], notices: list[Notice]) -> Source:
    """All rows of all files, in order."""
    digest = hashlib.sha256()
    for place, source in sources:
        digest.update(f"{place.as_posix()}\0{source.sha256}\n".encode("utf-8", "replace"))
    said = [
        replace(n, text=f"{place.as_posix()}: {n.text}") for place, s in sources for n in s.notices
    ]
    if len(sources) == 1:
        ((_, only),) = sources
        return replace(only, name=str(folder), sha256=digest.hexdigest(), notices=(*notices, *said))
    total = sum(s.n for _, s in sources)
    limits.check_rows(total, str(folder))
    files = [place.as_posix() for place, source in sources for _ in range(source.n)]
    table = _one_table([s for _, s in sources])
    if table is not None:
        return Source.of_table(
            str(folder), digest.hexdigest(), table, files=files, notices=(*notices, *said)
        )
    rows: list[Row] = []
    lines: list[int] = []
    texts: list[str] = []
    problems: dict[int, str] = {}
    for _, source in sources:
        problems |= {len(rows) + row: problem for row, problem in source.problems.items()}
        rows += source.as_rows()
        lines += source.lines if source.lines is not None else range(1, source.n + 1)
        texts += list(source.originals())
    text = f"{len(sources)} files of the folder are read, {total:,} rows together."
    notices.append(Notice("data-files", text, Severity.INFO, len(sources)))
    return Source.of_rows(
        str(folder),
        digest.hexdigest(),
        rows,
        lines,
        texts=texts,
        files=files,
        problems=problems,
        notices=(*notices, *said),
    )


def _one_table(sources: Sequence[Source]) -> Any:
    """Tables of one kind as one; None where they are not."""
    import pyarrow as pa

    tables = [s.table for s in sources]
    if any(t is None for t in tables):
        return None
    first = tables[0].schema
    if not all(t.schema.equals(first) for t in tables):
        return None
    return pa.concat_tables(tables)
