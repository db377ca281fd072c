"""Tables as files: Markdown and LaTeX for people, CSV and xlsx for programs and spreadsheets."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from paser_core.errors import StudyError
from paser_core.spreadsheet import spreadsheet_csv
from paser_core.study.table import Table
from paser_core.workspace import paths
from paser_core.workspace.files import disk_errors, write_file

MARKDOWN, SHEETS = "tables.md", "tables.xlsx"
_LONGEST = 31  # characters of a sheet's name
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))
_TEX = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_{}"}
    | {"±": "$\\pm$", "–": "--", "<": "$<$", ">": "$>$", "~": "\\textasciitilde{}",
       "^": "\\textasciicircum{}", "\\": "\\textbackslash{}"}
)  # fmt: skip


def write_tables(tables: Sequence[Table], out: Path) -> list[Path]:
    """Write all tables into a folder; what stands there under the same names is replaced.

    Args:
        tables: what to write.
        out: a folder.

    Returns:
        The files: ``tables.md``, ``tables.xlsx``, and of every table ``NAME.csv`` and ``NAME.tex``.

    Raises:
        StudyError: there is no table, or ``out`` is a file.
        RunError: it cannot be written.
    """
    if not tables:
        raise StudyError(
            "The study has no two arms whose cells are finished, so there is nothing to lay side by side. "
            "Go on with it first."
        )
    if paths.exists(out) and not paths.is_folder(out):
        raise StudyError(f"{out} is a file. Give a folder with --out.")
    files = {MARKDOWN: markdown(tables).encode(), SHEETS: sheets(tables)}
    for table in tables:
        files[f"{table.name}.csv"] = spreadsheet_csv(table.numbers)
        files[f"{table.name}.tex"] = latex(table).encode()
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_file(out / name, content)
    return [out / name for name in files]


def markdown(tables: Sequence[Table]) -> str:
    """All tables as one page."""
    parts = []
    for table in tables:
        columns = [str(c) for c in table.texts.columns]
        rows = [
            [
                f"**{text}**" if (number, column) in table.bold else str(text)
                for column, text in zip(columns, row, strict=True)
            ]
            for number, row in enumerate(table.texts.itertuples(index=False))
        ]
        lines = [columns, ["---"] * len(columns), *rows]
        grid = "\n".join(
            "| " + " | ".join(" ".join(c.split()).replace("|", "\\|") for c in line) + " |"
            for line in lines
        )
        notes = "".join(f"\n- {note}" for note in table.notes)
        parts.append(f"## {table.title}\n\n{grid}\n{notes}\n")
    return "\n".join(parts)


def latex(table: Table) -> str:
    """One table as LaTeX, for the package booktabs."""
    columns = list(table.texts.columns)
    lines = [
        "\\begin{table}\n\\centering",
        f"\\caption{{{table.title.translate(_TEX)}}}",
        f"\\begin{{tabular}}{{{'l' * len(columns)}}}\n\\toprule",
        " & ".join(str(c).translate(_TEX) for c in columns) + " \\\\\n\\midrule",
    ]
    for number, row in enumerate(table.texts.itertuples(index=False)):
        texts = [
            f"\\textbf{{{str(t).translate(_TEX)}}}"
            if (number, c) in table.bold
            else str(t).translate(_TEX)
            for c, t in zip(columns, row, strict=True)
        ]
        lines.append(" & ".join(texts) + " \\\\")
    lines.append("\\bottomrule\n\\end{tabular}")
    lines += [f"% {note}" for note in table.notes]
    return "\n".join([*lines, "\\end{table}\n"])


def sheets(tables: Sequence[Table]) -> bytes:
    """All tables as one workbook: a sheet each, numbers as numbers, notes below."""
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        names: set[str] = set()
        for table in tables:
            name = _sheet(table.title, names)
            numbers = table.numbers.map(
                lambda v: ", ".join(map(str, v)) if isinstance(v, list) else v
            )
            numbers.to_excel(writer, sheet_name=name, index=False)
            sheet = writer.sheets[name]
            sheet.freeze_panes(1, 1)
            for offset, note in enumerate((table.title, *table.notes)):
                sheet.write_string(len(numbers) + 2 + offset, 0, note)
    return buffer.getvalue()


def _sheet(title: str, names: set[str]) -> str:
    """A name that no other sheet has, as short as a spreadsheet wants it."""
    base = title.translate(_NOT_IN_NAMES)[:_LONGEST]
    name, number = base, 2
    while name.lower() in names:
        end = f" {number}"
        name, number = base[: _LONGEST - len(end)] + end, number + 1
    names.add(name.lower())
    return name
