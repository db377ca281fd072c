"""Detail beside the page: a drawer at the right that the page makes room for; on a phone it is the page.

Streamlit has dialogs, which cover what they are about, and one side bar, which is taken. So this is a
container with a place of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.components import escape

_KEY = "drawer"
_ESCAPE = "drawer-escape"
# Below so many pixels there is no room for both, and the drawer lies over the page. Its ground is that of
# Streamlit's two themes: the page has no variable for it.
_CSS = f"""
<style>
.st-key-{_KEY} {{ position: fixed; top: 0; right: 0; bottom: 0; width: 27rem; z-index: 90;
  padding: 4.2rem 1.25rem 2rem; overflow-y: auto; overscroll-behavior: contain;
  background: light-dark(#ffffff, #171614); border-left: 1px solid rgba(128, 128, 128, .3); }}
.st-key-{_ESCAPE} {{ position: absolute; max-width: 1px; }}
@media (min-width: 1101px) {{
  .stMain:has(.st-key-{_KEY}) .stMainBlockContainer {{ padding-left: 2rem; padding-right: 28.5rem; }}
  /* What stood side by side has half the room: columns that would be too narrow go below each other. */
  .stMain:has(.st-key-{_KEY}) .stColumn {{ min-width: 9.5rem; }}
}}
@media (max-width: 1100px) {{
  .st-key-{_KEY} {{ box-shadow: -6px 0 24px rgba(0, 0, 0, .25); width: min(27rem, 100vw); }}
}}
</style>
"""


@contextmanager
def drawer() -> Iterator[None]:
    """What is drawn within stands in the drawer, one below the other."""
    st.html(_CSS)
    escape.one_at_a_time(f".st-key-{_KEY}", key=_ESCAPE)
    with st.container(key=_KEY):
        yield
