"""Driving the dashboard in a browser: what the browser tests share."""

from __future__ import annotations

from real_app import DEMO, FLAGS, NO_CHROMIUM, ROOT, Server, find_chromium

__all__ = [
    "ALLOWED",
    "DEMO",
    "FLAGS",
    "NO_CHROMIUM",
    "ROOT",
    "Server",
    "canvas_painted",
    "find_chromium",
    "ids_in_sight",
    "lasso",
    "pick_line",
    "quiet",
    "serious",
]

# Streamlit asks a deep link's folder for its health before it asks the root.
ALLOWED = ("GPU stall due to ReadPixels", "/_stcore/")


def quiet(page) -> None:
    """Wait until Streamlit has stopped running, and does not start again at once.

    A slider tells of its move only after 200 ms, and until then nothing runs; what a run has drawn may
    ask for another one.
    """
    page.wait_for_timeout(250)
    idle = page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
    while True:
        idle.wait_for()
        page.wait_for_timeout(150)
        if idle.count():
            return


def canvas_painted(page) -> None:
    """Bring the map into sight, and wait until it is drawn."""
    page.wait_for_function(
        # By script: a rerun may put another canvas in its place, and the next look takes that one.
        "() => { const find = (n) => { for (const e of n.querySelectorAll('*')) {"
        " if (e.matches('canvas[role=img]')) return e;"
        " if (e.shadowRoot) { const f = find(e.shadowRoot); if (f) return f; } } return null; };"
        " const canvas = find(document); if (canvas === null) return false;"
        " canvas.scrollIntoView({block: 'nearest'}); return 'painted' in canvas.dataset; }"
    )


def lasso(page, corners) -> None:
    """Draw a lasso with Shift held; ``corners`` are shares of the canvas."""
    box = page.locator("canvas[role=img]").bounding_box()
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
    page.keyboard.down("Shift")
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()
    page.keyboard.up("Shift")


def pick_line(page, line: int = 0) -> None:
    """Click a line of the first table; its cells are drawn on a canvas, so by place."""
    # By script: a rerun may put another grid in its place between two steps.
    box = page.wait_for_function(
        "() => { const grid = document.querySelector('[data-testid=stDataFrame]'); if (!grid) return null;"
        " grid.scrollIntoView({block: 'nearest'}); const { x, y } = grid.getBoundingClientRect();"
        " return { x, y }; }"
    ).json_value()
    page.mouse.click(box["x"] + 18, box["y"] + 35 + 35 * line + 17)
    page.get_by_role("heading", name="Sample", exact=True).wait_for()
    quiet(page)


def ids_in_sight(table) -> list[str]:
    """What the first column of a table holds, for the lines that are in sight."""
    table.scroll_into_view_if_needed()
    cells = table.locator('td[aria-colindex="1"]')
    cells.first.wait_for(state="attached")
    return cells.all_inner_texts()


def serious(page) -> list[str]:
    """What axe-core finds serious or critical on the page."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {v['help']} — {[n['target'] for n in v['nodes'][:4]]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
