"""Damage to run folders, made by a seed; and folders whose record fits what a test has put in."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from paser_core.workspace.files import digest_of_file

# What stands in the place of a value: other types, empty, huge, no numbers, half characters.
STRANGERS: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    7,
    2**70,
    0.5,
    -1e300,
    float("nan"),
    float("inf"),
    "",
    "x",
    "\ud800",
    "../../etc/passwd",
    "a" * 5000,
    [],
    [None],
    ["x", "x"],
    [[[]]],
    {},
    {"": {}},
    {"schema": 2},
)


def reseal(folder: Path) -> None:
    """Record the files as they are now: whoever changes a table on purpose changes the record, too."""
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text())
    if "files" in manifest:
        manifest["files"] = {name: digest_of_file(folder / name) for name in manifest["files"]}
        file.write_text(json.dumps(manifest))


def places(tree: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a tree, itself left out."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        yield (*where, key)
        if isinstance(value, (dict, list)):
            yield from places(value, (*where, key))


def mutated(tree: dict[str, Any], chance: random.Random) -> tuple[str, dict[str, Any]]:
    """A manifest with one or two values taken out, doubled, or replaced by a stranger."""
    tree, said = copy.deepcopy(tree), []
    for _ in range(chance.choice((1, 1, 1, 2))):
        *way, last = chance.choice(list(places(tree)))
        parent = tree
        for step in way:
            parent = parent[step]
        kind = chance.choice(("drop", "replace", "replace", "replace", "nest"))
        if kind == "drop":
            del parent[last]
        elif kind == "nest":
            parent[last] = {"a": [parent[last]]}
        else:
            parent[last] = chance.choice(STRANGERS)
        said.append(f"{kind} {'.'.join(map(str, (*way, last)))}")
    return "; ".join(said), tree


def spoiled(content: bytes, chance: random.Random) -> tuple[str, bytes]:
    """A file with bits flipped, cut, grown or with a piece taken out."""
    at = chance.randrange(len(content))
    kind = chance.choice(("flip", "flip", "cut", "grow", "hole", "zeros"))
    if kind == "flip":
        spoilt = bytearray(content)
        for _ in range(chance.choice((1, 1, 8))):
            spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
        return kind, bytes(spoilt)
    length = chance.randrange(1, 64)
    return kind, {
        "cut": content[:at],
        "grow": content + chance.randbytes(length),
        "hole": content[:at] + content[at + length :],
        "zeros": content[:at] + bytes(min(length, len(content) - at)) + content[at + length :],
    }[kind]


def first_schema(folder: Path) -> None:
    """What an earlier version would have written: no hashes."""
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text())
    del manifest["files"], manifest["data"]["samples"]
    file.write_text(json.dumps(manifest | {"schema": 1}))
