"""Made-up data files through the reader: no traceback, no hang, rows in = rows out.

``python scripts/fuzz_reading.py 1000`` writes and reads a thousand of them; ``--seed`` names the
first. Each file follows from its number alone, so that one that fails can be made again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from fuzz_files import Case, make_case

from paser_core.errors import DataError
from paser_core.records import preview, read_records

_SECONDS = 60  # for one file of a few rows; the machine may be busy


def check(case: Case) -> str:
    """Read a case; returns how it went.

    Raises:
        AssertionError: rows were lost or made up.
    """
    try:
        preview(case.config, 5)
    except DataError as error:
        _proper(error)
    try:
        records = read_records(case.config)
    except DataError as error:
        _proper(error)
        if case.rows is not None:
            raise AssertionError("an intact file was refused") from error
        return "refused"
    n = len(records.frame)
    if case.rows is not None:
        assert n == case.rows, f"{n} rows of {case.rows}"
    assert records.frame["id"].is_unique
    assert n == len(records.conversations) == len(records.originals)
    valid = records.valid
    for row in range(n):
        json.loads(records.originals[row])
        records.originals[row].encode()
        whole = records.conversations[row]
        assert (whole is not None) == bool(valid[row])
        if whole is not None:
            json.dumps(whole.messages).encode()
            assert records.frame["output"][row].strip()
            assert whole.messages[whole.answer]["role"] == "assistant"
    if case.rows is not None:
        assert valid.all(), records.frame["problem"].dropna().iloc[0]
    return "read"


def _proper(error: DataError) -> None:
    text = str(error)
    assert 20 < len(text) < 5000, text[:200]
    assert text.rstrip().endswith((".", "?", ")")), text[-200:]


def main() -> int:
    """Make and read them; 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    signal.signal(signal.SIGALRM, _stop)
    failed, slowest, went = [], 0.0, {"read": 0, "refused": 0}
    for number in range(arguments.seed, arguments.seed + arguments.files):
        folder = Path(tempfile.mkdtemp(prefix="paser-fuzz-"))
        start = time.process_time()
        signal.alarm(_SECONDS)
        try:
            went[check(make_case(number, folder))] += 1
        except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
            failed.append(number)
            sys.stderr.write(f"--- file {number}\n{traceback.format_exc(limit=-6)}\n")
        finally:
            signal.alarm(0)
            shutil.rmtree(folder)
        slowest = max(slowest, time.process_time() - start)
    sys.stdout.write(
        f"{arguments.files} files: {went['read']} read, {went['refused']} refused, "
        f"{len(failed)} failed {failed[:20]}; the slowest took {slowest:.2f} s\n"
    )
    return 1 if failed else 0


def _stop(*_: Any) -> None:
    raise TimeoutError(f"more than {_SECONDS} seconds")


if __name__ == "__main__":
    raise SystemExit(main())
