"""A component of ours out of its files in this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent


def component(name: str, *files: str) -> Any:
    """Mount scripts and styles under a name, each kind as one text in the order given.

    What Streamlit mounts cannot import its neighbors.
    """
    texts = [(_HERE / file).read_text(encoding="utf-8") for file in files]
    css, js = (
        "\n".join(text for text, file in zip(texts, files, strict=True) if file.endswith(ending))
        for ending in (".css", ".js")
    )
    return st.components.v2.component(name, css=css or None, js=js)
