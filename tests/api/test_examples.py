"""The examples in docstrings run, on the bundled demo."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import paser_core as paser
import paser_core.api

ROOT = Path(__file__).parents[2]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
MODULES = [
    *(module.name for module in pkgutil.walk_packages(paser_core.api.__path__, "paser_core.api.")),
]


def examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name))]
    return [test for test in found if test.examples]


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_example(example, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    example.globs |= {"paser": paser, "folder": tmp_path}
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    said = []
    runner.run(example, out=said.append)
    assert not runner.failures, "".join(said)
