"""The loop of the guide on the demo: compress, run, select, recover, evaluate, one shell line each.

The lines are read from docs/guide.md, so that what is measured is what a reader types; only the
folder is another one. A line that fails, or all of them taking longer than the limit, fails this.

    taskset -c 0,1 python benchmarks/bench_loop.py
"""

from __future__ import annotations

import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "guide.md"
HEAD = "## 8. Did it help? (compress, recover, evaluate)"
FOLDER = "loop"  # of the guide
LIMIT = 600.0  # seconds, on two cores


def lines() -> list[list[str]]:
    """The commands in the first block of shell lines below the heading."""
    below = GUIDE.read_text(encoding="utf-8").partition(HEAD)[2]
    block = below.split("```", 2)[1].removeprefix("bash")
    commands = [shlex.split(line, comments=True) for line in block.splitlines()]
    return [words for words in commands if words and words[1] != "serve"]


def main() -> int:
    """Run every line; returns 1 if one fails, or all together miss the limit."""
    verbs = [words[1] for words in lines()]
    needed = ["compress", "run", "select", "recover", "evaluate"]
    if list(dict.fromkeys(verbs)) != needed:
        print(f"The guide has {', '.join(verbs)}; it shall go {', '.join(needed)}.")
        return 1
    print(f"{len(os.sched_getaffinity(0))} cores")
    total, before = 0.0, resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        for words in lines():
            place = [w.replace(f"{FOLDER}/", f"{folder}/") for w in words[1:]]
            began = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "paser_core.cli", *place], cwd=ROOT, check=False,
                capture_output=True, text=True,
            )  # fmt: skip
            took = time.perf_counter() - began
            total += took
            print(f"{took:7.1f} s  {shlex.join(words)}", flush=True)
            if done.returncode:
                print(done.stdout, done.stderr, sep="\n")
                return 1
        print(done.stdout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{worked:7.1f} s of processor time")
    print(f"{total:7.1f} s  of {LIMIT:.0f} s{'' if total <= LIMIT else ': MISSED'}")
    return int(total > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
