"""What a row costs by itself, from the file to the run folder and out: ``python benchmarks/bench_rows.py``.

Real rows and more made from them, with given vectors; graph and models are stand-ins (made_rows.py). So it
is reading, checks, concepts, tables, and the export of a fifth with all scores, self-checked, that is
measured. Each run and each export has a process of its own; the processes that help with texts are beside its
memory. The ratio is the cost of a row to that in the smallest size: 1 where it is linear. Asked of a million
rows (``--sizes 44000 1000000``): 5 minutes and 6 GB up to the run folder, 90 s and 4 GB for the export.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from made_rows import Meter, made_rows, made_run


def run_alone(n: int, folder: Path) -> None:
    """Measure one run in this process, and print it as JSON."""
    made_rows(n)
    meter = Meter()

    def watch(event: dict[str, Any]) -> None:
        if event["event"] == "stage_finished":
            meter.part(event["stage"])

    made_run(n, folder, watch, with_models=True)
    meter.part("end")
    print(json.dumps(meter.parts))


def export_alone(run_folder: Path) -> None:
    """The same of its export."""
    from paser_core.export import ExportConfig, ExportFormat, write_export
    from paser_core.runs import Run
    from paser_core.selection import Setting
    from paser_core.selection.of_run import select_from_run

    meter = Meter()
    run = Run.open(run_folder)
    setting = Setting.of(run)
    selection = select_from_run(run, setting)
    meter.part("selection")
    out = run_folder.with_name("export")
    write_export(run, selection, setting, out, ExportConfig(ExportFormat.ALPACA))
    meter.part("export")
    print(json.dumps(meter.parts))


def measured(*arguments: str) -> dict[str, list[float]]:
    """What a process of its own prints."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        stdout=subprocess.PIPE, check=True, text=True, env=os.environ,
    )  # fmt: skip
    found: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[44_000, 200_000])
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--export", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run_alone(options.sizes[0], options.run)
        return 0
    if options.export:
        export_alone(options.export)
        return 0
    first: dict[str, float] = {}
    for n in options.sizes:
        made_rows(n)
        with tempfile.TemporaryDirectory() as folder:
            run = str(Path(folder) / "run")
            parts = measured("--sizes", str(n), "--run", run) | measured("--export", run)
        to_folder = [part for name, part in parts.items() if name not in ("selection", "export")]
        parts["up to the run folder"] = [
            sum(part[0] for part in to_folder),
            sum(part[1] for part in to_folder),
            max(part[2] for part in to_folder),
        ]
        print(
            f"{n:,} rows{'':<14} {'clock':>8} {'processor':>10} {'peak':>8}   a row against the smallest"
        )
        for name, (clock, work, peak) in parts.items():
            ratio = clock / n / first.setdefault(name, clock / n) if clock else 1.0
            print(f"  {name:<22} {clock:6.1f} s {work:8.1f} s {peak:5.2f} GB   {ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
