"""New run: where the data is, which column is what, what it looks like, what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import labels
from dashboard.drafts.form import knobs
from dashboard.drafts.typed import absolute, cell_text
from dashboard.drafts.uploads import keep_upload, original_name
from dashboard.panels.new_run import labels as say
from dashboard.panels.new_run.options import one_of, typed
from dashboard.serving import new_runs_folder, started_in
from dashboard.state import draft, session
from dashboard.widgets.download import table_menu
from dashboard.widgets.frame import show_error
from dashboard.widgets.waiting import ALL_ROWS, FEW_ROWS, look
from paser_core.config import DataConfig, FieldMap, OnError, RunConfig
from paser_core.errors import ExceededError, PaserError
from paser_core.measure.checks import DataCheck, check_data
from paser_core.records import Preview, preview
from paser_core.records.files import ENDINGS
from paser_core.workspace import paths

UPLOAD, PATH, HUB = SOURCES = ("Upload a file", "On this machine", "Hugging Face hub")
KEY_SOURCE, KEY_PATH, KEY_HUB = "source", "path", "hub"  # of the draft, beside the config's fields
KEY_SKIP = "skip_broken"
ROLES = ("instruction", "input", "output", "id", "messages", "system", "history", "tools")
_MAY_BE_NONE = ROLES[5:]  # a column that is recognized may be something else
RECOGNIZED, NO_COLUMN = "\0", "\1"  # instead of a column: none is called that
_ROWS = 20  # of the preview
_AT_ONCE = 64_000_000  # bytes: what can be read in full, unasked, whenever the mapping changes
_FEWEST = 3  # samples of a run


@dataclass(frozen=True)
class Given:
    """The data as it will be read, as far as that is known."""

    config: DataConfig
    name: str  # what a person calls it
    found: Preview
    check: DataCheck | None  # None: not every row has been read

    @property
    def trouble(self) -> str | None:
        """Why no run can be made of it, in a few words."""
        if self.found.layout is None:
            return "Choose the columns of the instruction and the output first."
        if self.check is not None and self.check.error is not None:
            return "The data cannot be read in full; the message above says why."
        if self.check is not None and self.check.valid < _FEWEST:
            return f"At least {_FEWEST} rows must be usable."
        return None


def choose() -> tuple[DataConfig, str] | None:
    """Where the data is, and its name for people; None until somebody has said it."""
    st.header("Data", anchor=False)
    source = one_of("Where is it?", SOURCES, KEY_SOURCE)
    if source == PATH:
        return _on_this_machine()
    if source == HUB:
        return _on_the_hub()
    return _upload()


def _upload() -> tuple[DataConfig, str] | None:
    file = st.file_uploader(
        "A json, jsonl, csv, tsv or parquet file; packed with gzip or zstandard, too",
        [ending.removeprefix(".") for ending in ENDINGS],
        key=draft.uploader_key(),
        on_change=draft.keep_upload,
        args=(None,),
    )
    kept = draft.uploaded()
    if file is not None and kept is None:
        try:
            kept = str(keep_upload(file.name, file.getbuffer(), new_runs_folder()))
        except PaserError as error:
            show_error(error)
            return None
        draft.keep_upload(kept)
    if kept is None:
        return None
    path = Path(kept)
    if file is None:  # the widget forgets on another page what the server has kept
        st.text(f"Uploaded before: {original_name(path)}")
    return DataConfig(path=kept), original_name(path)


def _on_this_machine() -> tuple[DataConfig, str] | None:
    label = "Path of a file, or of a folder with a data set"
    told = f"A relative path starts at {labels.plain(str(started_in()))}."
    text = typed(KEY_PATH, label, told, placeholder="data/pool.jsonl")
    if not text:
        return None
    path = absolute(text, started_in(), local=True)
    return DataConfig(path=path), Path(path).name


def _on_the_hub() -> tuple[DataConfig, str] | None:
    left, middle, right = st.columns([4, 2, 1])
    with left:
        told = "Needs the network, unless the data set is in this machine's cache already."
        name = typed(KEY_HUB, "Name of the data set", told, placeholder="owner/name")
    with middle:
        configuration = typed("data.name")
    with right:
        split = typed("data.split", value="train")
    if not name:
        return None
    return DataConfig(path=name, name=configuration or None, split=split or "train"), name


def map_fields(config: DataConfig, name: str) -> Given | None:
    """Which column is what, with the first rows before and after; None if nothing can be read."""
    assert config.path is not None
    config = replace(config, on_error=_on_broken_lines())
    try:
        columns = _preview(config).columns
        config = replace(config, fields=_chosen(columns))
        found = _preview(config)
    except PaserError as error:
        _say_trouble(str(error), config, name)
        return None
    st.header("Fields", anchor=False)
    if found.message is not None:
        nothing = config.fields == FieldMap()
        if nothing:
            st.warning(say.NOT_RECOGNIZED, icon=":material/rule:")
        else:
            _say_trouble(found.message, config, name)
    _roles(found)
    _before_and_after(found)
    return Given(config, name, found, _check(config, name, found))


def _say_trouble(message: str, config: DataConfig, name: str) -> None:
    """What is wrong with the data, in the words of the command line; an upload has its own name."""
    if config.path == draft.uploaded():
        message = message.replace(str(config.path), name)
    st.error(labels.plain(message), icon=":material/error:")


def _preview(config: DataConfig) -> Preview:
    files = [config.path or ""]
    what = "Reading the first rows"
    return look(preview, config, _ROWS, what=what, files=files, bounds=FEW_ROWS)


def _chosen(columns: tuple[str, ...]) -> FieldMap:
    """The columns chosen so far; one that this data does not have is forgotten."""
    chosen = {role: session.get(draft.draft_key(f"data.fields.{role}")) for role in ROLES}
    known = {
        role: "" if column == NO_COLUMN else column
        for role, column in chosen.items()
        if column in columns or column == NO_COLUMN
    }
    draft.fill_draft({f"data.fields.{role}": RECOGNIZED for role in chosen.keys() - known.keys()})
    return FieldMap(**known)


def _roles(found: Preview) -> None:
    """A box for each part of a sample."""
    width = 4
    cells = [*st.columns(width), *st.columns(width)]
    for role, cell in zip(ROLES, cells, strict=True):
        path = f"data.fields.{role}"
        recognized = getattr(found.layout.fields, role) if found.layout else None
        empty = f"✓ {recognized}" if recognized else "–"
        cell.selectbox(
            knobs()[path].label,
            [RECOGNIZED, *([NO_COLUMN] if role in _MAY_BE_NONE else []), *found.columns],
            format_func=partial(_column_label, empty),
            key=draft.draft_key(path),
            persist_state="session",
            help=f"{knobs()[path].help} {say.TICK}",
        )


def _column_label(empty: str, column: str) -> str:
    if column == NO_COLUMN:
        return "(no column)"
    return empty if column == RECOGNIZED else column or "(column without a name)"


def _on_broken_lines() -> OnError:
    skip = st.toggle(
        knobs()["data.on_error"].label,
        key=draft.draft_key(KEY_SKIP),
        persist_state="session",
        help=knobs()["data.on_error"].help,
    )
    return OnError.SKIP if skip else OnError.FAIL


def _before_and_after(found: Preview) -> None:
    rows = range(1, len(found.rows) + 1)
    left, right = st.columns(2)
    with left:
        st.caption("As found")
        cells = {c: [cell_text(row.get(c)) for row in found.rows] for c in found.columns}
        _table(pd.DataFrame(cells, index=rows), "The first rows as found", "rows-as-found")
    with right:
        st.caption("As it will be read")
        if found.layout is None:
            st.info("Shown as soon as the columns are known.", icon=":material/table:")
            return
        parts = {
            role.capitalize(): [cell_text(sample[role]) for sample in found.samples]
            for role in ("instruction", "input", "output")
            if role != "input" or any(sample[role] for sample in found.samples)
        }
        if any(found.problems):
            parts = {"Problem": [problem or "" for problem in found.problems], **parts}
        _table(
            pd.DataFrame(parts, index=rows), "The first rows as they will be read", "rows-as-read"
        )


def _table(frame: pd.DataFrame, said: str, name: str) -> None:
    height = 35 * (min(len(frame), 8) + 1) + 3  # pixels; both tables the same
    widths = {"Problem": st.column_config.TextColumn(width=190)}
    st.dataframe(frame, height=height, column_config=widths, alt=said)
    table_menu(lambda: frame, name, len(frame))


def _check(config: DataConfig, name: str, found: Preview) -> DataCheck | None:
    """Every row, unless that takes long and nobody asked for it."""
    if found.layout is None:
        return None
    path = config.path or ""
    size = sum(paths.stamp(path)[::2])
    asked = 0 < size <= _AT_ONCE or st.button(
        "Check every row",
        key=draft.draft_key("check"),
        help=f"{labels.size(size)} to read." if size else "The whole data set is read.",
    )
    if not asked:
        st.caption("Only the first rows have been read. The run itself checks every row.")
        return None
    try:
        check = look(check_data, config, what="Checking every row", files=[path], bounds=ALL_ROWS)
    except ExceededError as error:
        st.warning(labels.plain(str(error)), icon=":material/timer_off:")
        return None
    if check.error is not None:
        _say_trouble(check.error, config, name)
    else:
        _say_check(check)
    return check


def _say_check(check: DataCheck) -> None:
    unusable = check.rows - check.valid
    if not unusable:
        st.success(
            f"{labels.plural(check.rows, 'row')}, all usable.", icon=":material/check_circle:"
        )
    else:
        st.warning(
            f"{labels.plural(check.rows, 'row')}: {labels.count(check.valid)} usable, "
            f"{labels.count(unusable)} not. Those stay in the run as invalid, with the reason; to use "
            "them, correct the file and choose it again.",
            icon=":material/warning:",
        )
        table = pd.DataFrame([(p.id, p.problem) for p in check.problems], columns=["Id", "Problem"])
        st.dataframe(
            table,
            hide_index=True,
            column_config={
                "Id": st.column_config.TextColumn(width=120),
                "Problem": st.column_config.TextColumn(width=640),
            },
            alt="Rows that cannot be used",
        )
        table_menu(lambda: table, "rows-not-usable", len(table))
        if unusable > len(check.problems):
            st.caption(f"The first {len(check.problems)} of {labels.count(unusable)}.")
    for note in check.notes:
        st.caption(labels.plain(note))


def shown(config: RunConfig) -> dict[str, Any]:
    """What the boxes of this part say for a config, beside its fields."""
    path = config.data.path or ""
    here = paths.exists(path)
    part = {
        f"data.fields.{role}": NO_COLUMN
        for role in _MAY_BE_NONE
        if getattr(config.data.fields, role) == ""
    }
    source = {KEY_SOURCE: PATH if here else HUB, KEY_PATH: path if here else "", KEY_HUB: path}
    return {**source, KEY_SKIP: config.data.on_error is OnError.SKIP, **part}
