"""The lock files hold what the requirements name, each with hashes, and nothing of torch."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(
    r"^([A-Za-z0-9._-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE
)


def locked(name):
    text = (ROOT / name).read_text()
    pins = {canonicalize_name(m[1]): m[2] for m in PIN.finditer(text)}
    lines = [x for x in text.splitlines() if x and not x.startswith(("#", " "))]
    assert len(pins) == len(lines)  # no line without a hash
    return pins


@pytest.mark.parametrize(
    ("wanted", "lock"),
    [("requirements.txt", "constraints.txt"), ("requirements-dev.txt", "constraints-dev.txt")],
)
def test_every_requirement_is_locked_at_its_version(wanted, lock):
    pins = locked("constraints.txt") | locked(lock)
    for line in (ROOT / wanted).read_text().splitlines():
        text = line.partition("#")[0].strip()
        if text and not text.startswith("torch=="):
            requirement = Requirement(text)
            assert f"=={pins[canonicalize_name(requirement.name)]}" == str(requirement.specifier)


def test_torch_is_chosen_elsewhere_and_nothing_is_locked_twice():
    app, dev = locked("constraints.txt"), locked("constraints-dev.txt")
    assert "torch" not in app | dev
    assert not set(app) & set(dev)
    # A reader of the driver's state in Python alone, which compression libraries ask for: no CUDA.
    names = {*app, *dev} - {"nvidia-ml-py"}
    assert not [name for name in names if name.startswith(("nvidia", "triton", "cuda"))]
