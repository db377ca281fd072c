"""A page with a map on it, as the map's tests drive it."""

from __future__ import annotations

import io
import math
import re

import numpy as np
from PIL import Image

SCRIPT = "tests/browser/map_app.py"
CANVAS = "canvas[role=img]"
# The map's own view of itself: used to aim the mouse and to count, never as the thing tested.
MAPS = "window.__paserMaps"
MAP = f"{MAPS}.map0.map"
# Each map's overlay says which lasso Python has worked with.
ANSWERED = """() => Object.values(window.__paserMaps ?? {}).every(({ map, parts }) =>
  !map || parts.overlay?.header.held === (map.lasso?.drawn ?? 0))"""


class MapPage:
    """A page with a map, and what goes over its wire from now on."""

    def __init__(self, page, name: str = "map0") -> None:
        self.page = page
        self.map = f"{MAPS}.{name}.map"
        self.down: list[int] = []
        self.up: list[int] = []
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.webSocketFrameReceived", lambda event: self._count(self.down, event))
        wire.on("Network.webSocketFrameSent", lambda event: self._count(self.up, event))

    def _count(self, frames: list[int], event) -> None:
        # Frames of bytes are reported in base64.
        frames.append(len(event["response"]["payloadData"]) * 3 // 4)

    def painted(self) -> None:
        self.page.locator(f"{CANVAS}[data-painted]").first.wait_for()
        self.quiet()

    def quiet(self) -> None:
        """Wait until Python has answered the newest lasso and Streamlit has stopped running."""
        self.page.wait_for_function(ANSWERED)
        self.page.wait_for_timeout(100)
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        self.page.wait_for_timeout(100)

    @property
    def canvas(self):
        return self.page.locator(CANVAS).first

    def drag(self, path, *, shift: bool = False, button: str = "left") -> None:
        """``path``: shares of the canvas, from the left and from the top."""
        box = self.canvas.bounding_box()
        places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in path]
        if shift:
            self.page.keyboard.down("Shift")
        self.page.mouse.move(*places[0])
        self.page.mouse.down(button=button)
        for place in places[1:]:
            self.page.mouse.move(*place, steps=2)
        self.page.mouse.up(button=button)
        if shift:
            self.page.keyboard.up("Shift")
        self.quiet()

    def lasso(self, size: float = 0.3) -> None:
        around = [k * 2 * math.pi / 40 for k in range(40)]
        self.drag(
            [(0.5 + 0.6 * size * math.cos(a), 0.5 + size * math.sin(a)) for a in around],
            shift=True,
        )

    def place(self, row: int) -> tuple[float, float]:
        """Where a point is on the screen."""
        x, y = self.page.evaluate(
            f"(i) => {{ const {{ view }} = {self.map};"
            " return view.toPixel(...view.look(view.position(i))); }",
            row,
        )
        box = self.canvas.bounding_box()
        return box["x"] + x, box["y"] + y

    def python(self, which: int = 0) -> tuple[int, int]:
        """Members and corners as numpy has them."""
        text = self.page.get_by_text(re.compile("^members")).nth(which).inner_text()
        _, members, _, corners = text.split()
        return int(members), int(corners)

    def browser(self, which: int = 0) -> int | None:
        """Members as the browser says them."""
        text = self.page.locator(".line [role=status]").nth(which).inner_text()
        found = re.search(r"([\d,]+) of [\d,]+ in the lasso", text)
        return int(found[1].replace(",", "")) if found else None

    def picture(self) -> np.ndarray:
        self.page.mouse.move(2, 2)
        self.page.wait_for_timeout(250)
        return np.asarray(Image.open(io.BytesIO(self.canvas.screenshot())).convert("RGB")).astype(
            int
        )

    def shows(self, color: str) -> int:
        """How many pixels have a color, nearly."""
        rgb = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
        return int((np.abs(self.picture() - rgb).max(axis=2) < 40).sum())
