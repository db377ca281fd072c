"""Write the demo's pool and held-out split: ``python data/make_dataset.py``.

The pool is what PASER selects from: generated samples of every family, all natural samples, and a
few rows that are deliberately unusable, because real pools have them. The held-out split shares no
(instruction, input) with the pool or with the training text.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path

from families import FAMILIES, judged_by
from families.sample import Sample

HERE = Path(__file__).resolve().parent
DEMO = HERE / "demo"
POOL_PER_FAMILY = 310
HELDOUT_PER_FAMILY = 65
SEED = 20260

UNUSABLE: tuple[dict[str, str | None], ...] = (
    {"instruction": "Summarize the meeting notes.", "input": "The notes were lost.", "output": ""},
    {"instruction": "", "input": "What comes next?", "output": "Nothing."},
    {"instruction": "Translate into Spanish: the green door", "input": "", "output": "   "},
    {"instruction": "Name a prime number.", "input": "", "output": None},
    {"instruction": None, "input": "", "output": "42"},
    {"instruction": "Write a haiku about rain.", "input": "", "output": "\n\n"},
    {"instruction": "Sort the numbers.", "input": "3, 1, 2", "output": ""},
    {"instruction": "  ", "input": "", "output": "Yes."},
    {"instruction": "Which city is the capital of Atlantis?", "input": "", "output": None},
    {"instruction": "", "input": "", "output": ""},
)


def key(row: Mapping[str, object] | Sample) -> tuple[str, str]:
    """What makes a question the same question."""
    if isinstance(row, Sample):
        return row.instruction, row.input
    return str(row["question" if "question" in row else "instruction"]), str(row["input"])


def natural() -> list[dict[str, str]]:
    """The individually written samples, in file order."""
    return [
        json.loads(line)
        for path in sorted((HERE / "natural").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def reserved() -> dict[str, list[Sample]]:
    """What no model is trained on: the first draws of a stream of their own."""
    drawn = {}
    for capability in FAMILIES:
        stream = generate(capability, f"{SEED}-heldout")
        drawn[capability] = [next(stream) for _ in range(HELDOUT_PER_FAMILY)]
    return drawn


def heldout() -> dict[str, list[Sample]]:
    """The held-out samples of each family: the reserved ones that no natural sample asks too."""
    written = {key(row) for row in natural()}
    return {c: [s for s in samples if key(s) not in written] for c, samples in reserved().items()}


def generate(capability: str, seed: str) -> Iterator[Sample]:
    """Endless distinct samples of a family, until it runs dry."""
    rng = random.Random(f"{seed}-{capability}")
    seen: set[tuple[str, str]] = set()
    misses = 0
    while misses < 10_000:
        sample = FAMILIES[capability](rng)
        if key(sample) in seen:
            misses += 1
            continue
        misses = 0
        seen.add(key(sample))
        yield sample


def training(sizes: dict[str, int]) -> list[tuple[str, Sample]]:
    """So many training samples of each family, the held-out ones left out."""
    hidden = {key(s) for samples in reserved().values() for s in samples}
    rows = []
    for capability in FAMILIES:
        stream = generate(capability, f"{SEED}-train")
        kept = 0
        for sample in stream:
            if key(sample) not in hidden:
                rows.append((capability, sample))
                kept += 1
            if kept == sizes[capability]:
                break
    return rows


def pool() -> list[dict[str, object]]:
    """All pool rows, shuffled, with ids."""
    hidden = {key(s) for samples in reserved().values() for s in samples}
    rows: list[dict[str, object]] = []
    for capability in FAMILIES:
        # The pool is the beginning of the training stream: the model has seen what it may relearn.
        fresh = (s for s in generate(capability, f"{SEED}-train") if key(s) not in hidden)
        for number in range(POOL_PER_FAMILY):
            sample = next(fresh)
            rows.append(
                {
                    "id": f"gen-{capability}-{number:03d}",
                    "instruction": sample.instruction,
                    "input": sample.input,
                    "output": sample.output,
                    "capability": capability,
                    "source": "generated",
                }
            )
    rows += [
        {
            **{k: row[k] for k in ("id", "instruction", "input", "output", "capability")},
            "source": "natural",
        }
        for row in natural()
    ]
    rows += [
        {"id": f"bad-{number}", **row, "capability": "unusable", "source": "generated"}
        for number, row in enumerate(UNUSABLE)
    ]
    random.Random(SEED).shuffle(rows)
    return rows


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    print(f"{path.relative_to(HERE.parent)}: {len(rows):,} rows")


def main() -> None:
    write(DEMO / "pool.jsonl", pool())
    write(
        DEMO / "heldout.jsonl",
        [
            {
                "id": f"heldout-{capability}-{number:03d}",
                "capability": capability,
                "question": s.instruction,
                "input": s.input,
                "answer": s.output,
                "check": judged_by(capability, s)[0],
                "facts": list(judged_by(capability, s)[1]),
            }
            for capability, samples in heldout().items()
            for number, s in enumerate(samples)
        ],
    )


if __name__ == "__main__":
    main()
