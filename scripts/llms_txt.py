"""Write docs/llms.txt, the index of the documents for people's assistants (llmstxt.org): a line a page.

python scripts/llms_txt.py
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGE = DOCS / "llms.txt"

_HEAD = """# PASER workbench

> Select, see and question the data that a compressed language model is recovered with: which capabilities a
> pool falls into, how badly compression hurt each, what a budget buys, which samples are rejected and why.
> A command line (`paser`), a Python package (`import paser_core as paser`) and a dashboard, all offline.
"""

# What each page is for, in the order of reading; a page without a line is an error.
_SECTIONS: dict[str, dict[str, str]] = {
    "Start": {
        "../README.md": "what it does, the commands, ten lines of Python, the pages of the dashboard",
        "guide.md": "a walk through one audit on the bundled demo, and a pilot on models of one's own",
        "python.md": "everything from Python: run, select, goals, limits, explain, compare, export",
        "notebook.ipynb": "the same as a notebook",
        "words.md": "what sample, cluster, divergence, CDS, IES, budget, covered and the statuses mean",
    },
    "Use": {
        "config.md": "every field of run.yaml with its default, range and reason; goals for a budget",
        "config.schema.json": "the same as a JSON schema, for editors",
        "selectors.md": "every selector: what it ranks by, what it needs, what it ignores, what it costs",
        "signals.md": "damage other than the paper's divergence: KL, loss gap, changed tokens, aggregates",
        "check.md": "`paser check`: limits for acceptance, intervals, lost rows, stability, contamination",
        "compress.md": "`paser compress`: pruning and quantizing, what is counted, calibration",
        "recover.md": "`paser recover`: training a compressed model on a selection, every setting",
        "evaluate.md": "`paser evaluate`: tasks, checks, questions of one's own, retention",
        "study.md": "`paser study`: which selector helps, over compressions, budgets, recoveries and seeds",
        "scale.md": "what a run costs, `paser plan`, workers of Ray, millions of rows",
    },
    "Why": {
        "evidence.md": "the study of the bundled demo: what helped, what did not, how sure that is",
        "case-studies.md": "what is in the demo's clusters, and why samples are rejected, as in the paper",
        "statistics.md": "the tests and intervals of a study",
        "design.md": "the three jobs, what each page is for and why it looks as it does",
        "decisions.md": "short answers to why it is done this way, with the measurements",
        "paper-and-code.md": "where the authors' script differs from their paper, and what is built here",
    },
    "Change": {
        "../CONTRIBUTING.md": "where things live, the rules, how to add a selector, signal, page or field",
        "../AGENTS.md": "the same in short, for assistants",
        "../CHANGELOG.md": "what changed",
    },
}


def page() -> str:
    """The whole index.

    Raises:
        SystemExit: a page of docs/ has no line here, or a line no page.
    """
    listed = {name for pages in _SECTIONS.values() for name in pages}
    there = {file.name for file in DOCS.iterdir() if file.is_file() and file != PAGE}
    here = {name for name in listed if not name.startswith("../")}
    if there != here:
        raise SystemExit(
            f"scripts/llms_txt.py and docs/ differ in {sorted(there ^ here)}; give each a line."
        )
    parts = [_HEAD]
    for section, pages in _SECTIONS.items():
        lines = [f"- [{_title(DOCS / name)}]({name}): {line}" for name, line in pages.items()]
        parts.append("\n".join([f"## {section}", "", *lines, ""]))
    return "\n".join(parts)


def _title(file: Path) -> str:
    """The heading of a page; the name of what has none."""
    if file.suffix != ".md":
        return file.name
    first = file.read_text(encoding="utf-8").split("\n", 1)[0]
    return first.removeprefix("# ").replace("`", "")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
