"""What is picked and pinned outlives a reload: the tab of the browser keeps it, by row and by knob."""

from __future__ import annotations

import base64
import json
import zlib
from functools import partial
from typing import Any

import numpy as np

from dashboard.components.remembered import remember
from dashboard.runs import opening
from dashboard.state import focus
from dashboard.widgets.frame import View
from paser_core.errors import PaserError
from paser_core.selection import Setting

_KEY = "kept"


def keep(view: View) -> None:
    """Keep it; a new session is told what the tab has kept, and goes on from there."""
    text = _text(view)
    remember(
        text,
        key=_KEY,
        forget=text is None and focus.has_picked(),
        on_known=partial(_restore, view),
        tab=True,
    )


def _text(view: View) -> str | None:
    picked, pinned = focus.linked(), focus.pinned()
    if picked is None and pinned is None:
        return None
    kept: dict[str, Any] = {"data": view.run.manifest["data"]["sha256"]}
    if picked is not None:
        rows = _packed(view.run.n, opening.rows_of(view.run, picked.ids))
        kept["picked"] = {"origin": picked.origin, "lasso": picked.lasso, "rows": rows}
    if pinned is not None:
        kept["pinned"] = {"run": pinned[0], **pinned[1].to_tree()}
    return json.dumps(kept)


def _packed(n: int, rows: Any) -> str:
    """A bit for each row, so that a lasso around fifty thousand samples is a few kilobytes."""
    marked = np.zeros(n, bool)
    marked[rows] = True
    return base64.b64encode(zlib.compress(np.packbits(marked).tobytes())).decode("ascii")


def _unpacked(n: int, text: str) -> Any:
    unpack = zlib.decompressobj()
    bits = unpack.decompress(base64.b64decode(text, validate=True), n // 8 + 1)
    return np.flatnonzero(np.unpackbits(np.frombuffer(bits, np.uint8), count=n))


def _restore(view: View, text: str) -> None:
    """Pick and pin what was kept; what is of other data, or of another version of us, is left."""
    if focus.has_picked():
        return
    try:
        kept = json.loads(text)
        if kept["data"] != view.run.manifest["data"]["sha256"]:
            return
        if "picked" in kept:
            picked = kept["picked"]
            ids = opening.ids_of(view.run, _unpacked(view.run.n, picked["rows"]))
            focus.link(focus.Linked(str(picked["origin"]), ids, lasso=int(picked["lasso"])))
        if "pinned" in kept:
            pinned = kept["pinned"]
            focus.pin((str(pinned["run"]), Setting.of_tree(pinned)))
    except (KeyError, TypeError, ValueError, zlib.error, PaserError):
        return  # nothing of ours
