"""Rows of a small data set, and how the tests of reading read them."""

from __future__ import annotations

import json

from paser_core.config import DataConfig
from paser_core.records import read_records

ROWS = [{"instruction": f"Add {i} and 1.", "output": str(i + 1)} for i in range(4)]
LINES = "".join(json.dumps(r) + "\n" for r in ROWS)


def read(path, **settings):
    return read_records(DataConfig(path=str(path), **settings))


def outputs(records):
    return records.frame["output"].tolist()
