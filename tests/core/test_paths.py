"""Asking what lies at a path never raises."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from paser_core.workspace import paths

ODD = ["x" * 5000, "a\x00b", "~nobody-of-this-name/x", "", "a/" * 3000, "\ud800"]


@pytest.mark.parametrize("text", ODD)
def test_nothing_usable_lies_at_an_odd_path(text):
    for path in (text, paths.home(text)):
        assert not paths.is_file(path)
        if text:
            assert not paths.is_folder(path)
            assert not paths.exists(path)
    assert paths.size(text) == 0


def test_what_is_there_is_told_apart(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"abc")
    assert paths.is_file(file)
    assert not paths.is_folder(file)
    assert paths.is_folder(tmp_path)
    assert paths.exists(tmp_path)
    assert paths.size(file) == 3
    assert paths.entries(tmp_path) == [file]
    assert paths.entries(file) == []
    assert not paths.exists(file / "below")
    assert paths.trouble(file / "below") is None


def test_trouble_says_why():
    assert "too long" in paths.trouble("x" * 5000)
    assert paths.trouble("nowhere") is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter every folder")
def test_a_folder_that_may_not_be_entered(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "a").write_text("x")
    closed.chmod(0)
    try:
        assert not paths.is_file(closed / "a")
        assert paths.trouble(closed / "a") == "Permission denied"
        assert paths.entries(closed) == []
    finally:
        closed.chmod(0o700)


def test_a_link_in_a_circle_is_nothing(tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert not paths.exists(Path(loop))


def test_nobody_asks_a_path_itself():
    """What raises in the middle of a page is asked through :mod:`paser_core.workspace.paths`."""
    top = Path(paths.__file__).parents[1]
    asked = [
        f"{file.relative_to(top)}:{node.lineno}"
        for folder in ("paser_core", "dashboard", "pages")
        for file in sorted((top / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"is_file", "is_dir", "exists"}
        and not (node.args or node.keywords)  # else it is another's method, or ours
    ]
    assert asked == []
