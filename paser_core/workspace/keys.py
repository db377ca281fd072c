"""What a result is known by."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def key_of(*parts: Any) -> str:
    """A short hash of everything that determines a stage."""
    return digest_of_tree(parts)[:16]


def digest_of_tree(tree: Any) -> str:
    """sha256 of plain values, whatever the order of their keys."""
    text = json.dumps(tree, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
