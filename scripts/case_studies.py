"""Write docs/case-studies.md: the paper's Appendices I and J with the bundled demo's data.

python scripts/case_studies.py
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd

import paser_core as paser

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "case-studies.md"
_CLUSTERS, _SAMPLES, _CASES = 5, 3, 3
_LONGEST = 160  # characters of a text

_HEAD = """# Case studies

The paper's Appendices I (what is in a cluster) and J (why a sample is rejected), with the data of the bundled
demo. Written by `python scripts/case_studies.py`; a test keeps it current.

"""


def page() -> str:
    """The whole page."""
    run = paser.open(ROOT / "data" / "demo" / "run")
    return _HEAD + _clusters(run) + _rejections(run)


def _clusters(run: paser.Run) -> str:
    """The most damaged clusters, and what they ask for."""
    samples, lines = run.samples, ["## I. What is in a cluster\n"]
    lines.append(
        "The clusters were found from the texts alone. The pool's column `capability`, which says what a "
        "sample was written to ask for, was not read; the share in its most frequent value is what an audit "
        "would ask first. Shown are the most damaged clusters, each with its first exemplars.\n"
    )
    table = run.artifact.clusters.set_index("cluster")
    for cluster in table["cds"].sort_values(ascending=False).index[:_CLUSTERS]:
        row = table.loc[cluster]
        inside = samples[samples["cluster"] == cluster]
        name, most = Counter(inside["capability"].dropna()).most_common(1)[0]
        lines.append(
            f"**{row['name']}**: {row['size']:,} samples, CDS {row['cds']:.3f} ({row['cds_low']:.3f} to "
            f"{row['cds_high']:.3f}); {most / len(inside):.0%} are `{name}`.\n"
        )
        lines += [f"- {_asked(samples, one)}" for one in list(row["exemplars"])[:_SAMPLES]]
        lines.append("")
    return "\n".join(lines) + "\n"


def _rejections(run: paser.Run) -> str:
    """Samples that the concept graph rejects, and what speaks against them."""
    selection = run.select(budget=0.2)
    conflicts = selection.rejected.query("status == 'conflict'")
    samples, lines = run.samples, ["## J. Why a sample is rejected\n"]
    lines.append(
        f"At a budget of 20 %, {len(conflicts):,} samples are rejected because two of their concepts are "
        "both known from accepted samples, but never from one sample: the graph has both vertices and no "
        "edge between them.\n"
    )
    for one in conflicts["id"].head(_CASES):
        found = selection.explain(one)
        lines.append(f"**{found.id}**: {_asked(samples, found.id)}\n")
        lines.append(f"{found.reason}\n")
        for conflict in found.evidence:
            for concept, source in zip(conflict.concepts, conflict.brought_in_by, strict=True):
                lines.append(f"- “{concept}” first seen in {source}: {_asked(samples, source)}")
        lines.append("\n" + " ".join(found.what_if) + "\n")
    lines.append(
        "Whether rejecting them helps is another question: on the demo the graph changes little "
        "([evidence.md](evidence.md)).\n"
    )
    return "\n".join(lines)


def _asked(samples: pd.DataFrame, name: str) -> str:
    """What a sample asks, and what it answers, on one line."""
    row = samples.loc[name] if name in samples.index else samples.set_index("id").loc[name]
    asked = " ".join(f"{row['instruction']} {row['input']}".split())
    return f"“{_cut(asked)}” → “{_cut(' '.join(str(row['output']).split()))}”"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
