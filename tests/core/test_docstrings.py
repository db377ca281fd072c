"""What a reader of the code is owed: a function with many arguments says what each of them is."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import paser_core

MANY = 4  # parameters; fewer are told by their names and types
ROOT = Path(paser_core.__file__).parent


def public_functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function and method of the core without an underscore, with where it is."""

    def within(node: ast.AST, where: str) -> Iterator[tuple[str, ast.FunctionDef]]:
        for child in ast.iter_child_nodes(node):
            name = getattr(child, "name", "_")
            if name.startswith("_"):
                continue
            if isinstance(child, ast.ClassDef):
                yield from within(child, f"{where}.{name}")
            elif isinstance(child, ast.FunctionDef):
                yield f"{where}.{name}", child

    for path in sorted(ROOT.rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        yield from within(ast.parse(path.read_text(encoding="utf-8")), module)


def parameters(function: ast.FunctionDef) -> list[str]:
    found = function.args
    names = [a.arg for a in (*found.posonlyargs, *found.args, *found.kwonlyargs)]
    return [name for name in names if name not in ("self", "cls")]


def described(function: ast.FunctionDef) -> list[str]:
    """The names in the Args section, in its order."""
    text = inspect.cleandoc(ast.get_docstring(function) or "")
    section = re.search(r"^Args:\n((?:    .*\n?|\n)+)", text, re.MULTILINE)
    return re.findall(r"^    (\w+):", section.group(1), re.MULTILINE) if section else []


LONG = [(name, f) for name, f in public_functions() if len(parameters(f)) >= MANY]


def test_there_is_something_to_look_at():
    assert len(LONG) > 50


@pytest.mark.parametrize(("name", "function"), LONG, ids=[name for name, _ in LONG])
def test_many_arguments_are_said_one_by_one(name, function):
    told = [n for n in described(function) if n in parameters(function)]
    assert told == parameters(function), (
        f"{name}: its docstring needs a section Args: with a line for each of "
        f"{', '.join(parameters(function))}, in this order"
    )
