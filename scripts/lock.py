"""``make lock``: write the lock files from what is installed, with the hashes of the package index.

``constraints.txt`` holds what requirements.txt pulls in, ``constraints-dev.txt`` what the
tests need beside it. torch is left out: its build (CPU, CUDA, MPS) is chosen by install_torch.sh.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
INDEX = "https://pypi.org/simple"
OURS = re.compile(r"-(py3|py2\.py3|cp3\d+|cp31[123])-.*\.whl$|\.tar\.gz$|\.zip$")
HEAD = """# What {source} pulls in: exact versions, and the sha256 of every file that may be installed.
# Made by: make lock. Installed as it is: pip install --no-deps --require-hashes -r {name}
# torch is left out: its build (CPU, CUDA, MPS) is chosen by scripts/install_torch.sh.
"""


def closure(requirements: list[Requirement]) -> dict[str, str]:
    """Name -> version of everything that these requirements pull in here, torch left out."""
    pinned: dict[str, str] = {}
    todo, seen = list(requirements), set()
    while todo:
        wanted = todo.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        found = importlib.metadata.distribution(wanted.name)
        if key[0] != "torch":
            pinned[found.metadata["Name"]] = found.version
        for text in found.requires or []:
            needed = Requirement(text)
            extras = ["", *wanted.extras]
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras):
                todo.append(needed)
    return pinned


def read(name: str) -> list[Requirement]:
    """The lines of a requirements file."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return [Requirement(line) for line in lines if line]


def hashes(name: str, version: str) -> list[str]:
    """sha256 of the files of one release that Python 3.11 to 3.13 can install."""
    request = urllib.request.Request(
        f"{INDEX}/{canonicalize_name(name)}/",
        headers={"Accept": "application/vnd.pypi.simple.v1+json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        files = json.load(answer)["files"]
    plain = re.sub(r"[-_.]+", "[-_.]+", re.escape(name).replace("\\", ""))
    mine = re.compile(rf"{plain}-{re.escape(version)}(-|\.tar\.gz|\.zip)", re.IGNORECASE)
    found = [
        f["hashes"]["sha256"]
        for f in files
        if mine.match(f["filename"]) and OURS.search(f["filename"])
    ]
    if not found:
        raise SystemExit(f"{name} {version}: the index has no file of this release")
    return sorted(found)


def write(name: str, source: str, pinned: dict[str, str]) -> None:
    """One lock file."""
    names = sorted(pinned, key=str.casefold)
    with ThreadPoolExecutor(6) as pool:
        found = pool.map(lambda n: hashes(n, pinned[n]), names)
    text = HEAD.format(source=source, name=name)
    for package, sums in zip(names, found, strict=True):
        text += f"{package}=={pinned[package]}"
        text += "".join(f" \\\n    --hash=sha256:{digest}" for digest in sums) + "\n"
    (ROOT / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    app = closure(read("requirements.txt"))
    extras = ("compress", "evaluate", "ray")
    names = ["requirements-dev.txt", *(f"requirements-{name}.txt" for name in extras)]
    dev = closure([line for name in names for line in read(name)])
    write("constraints.txt", "requirements.txt", app)
    write(
        "constraints-dev.txt",
        "requirements-dev.txt and the extras",
        {n: v for n, v in dev.items() if n not in app},
    )
