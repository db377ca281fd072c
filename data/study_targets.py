"""Write ``data/demo/targets.jsonl``: the development questions of the demo as examples for ``rds-plus``.

The tables and tests of the demo's study leave these questions out, so whoever chooses by them has not seen
what is measured.

    python data/study_targets.py
"""

from __future__ import annotations

import json
from pathlib import Path

from paser_core.study.results import development_items
from paser_core.study.settings import Split

DEMO = Path(__file__).parent / "demo"


def main() -> None:
    rows = [json.loads(line) for line in (DEMO / "heldout.jsonl").read_text().splitlines()]
    chosen = development_items([row["id"] for row in rows], Split().development)
    with (DEMO / "targets.jsonl").open("w") as file:
        for row, inside in zip(rows, chosen, strict=True):
            if inside:
                example = {"id": row["id"], "instruction": row["question"], "input": row["input"],
                           "output": row["answer"]}  # fmt: skip
                file.write(json.dumps(example, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
