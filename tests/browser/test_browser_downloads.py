"""Tables and charts as files: all lines whatever the page shows, pictures made in the browser."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pandas as pd
import pytest
from app import canvas_painted, quiet

from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

pytestmark = pytest.mark.browser

SVG = {"svg": "http://www.w3.org/2000/svg"}


def menu(page, key: str):
    """Open the menu with this key; only one is open at a time."""
    button = page.locator(f".st-key-download-{key} button").first
    button.scroll_into_view_if_needed()
    button.click()
    body = page.locator('[data-testid="stPopoverBody"]')
    body.get_by_role("button").first.wait_for()
    return body


def taken(page, body, label: str) -> tuple[str, bytes]:
    """The name and the bytes of what a line of the menu gives."""
    with page.expect_download() as waiting:
        body.get_by_role("button", name=label).click()
    file = waiting.value
    return file.suggested_filename, Path(file.path()).read_bytes()


def png_size(content: bytes) -> tuple[int, int]:
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", content[16:24])


def test_a_table_in_pages_gives_all_of_its_lines(open_page, demo):
    page = open_page("ledger?budget=500&status=selected")
    quiet(page)
    selection = select_from_run(demo, Setting.of(demo, budget=500))
    wanted = {demo.ids[row] for row in np.flatnonzero(selection.rank > 0)}
    assert len(wanted) > 100  # more than a page
    body = menu(page, "ledger-all")
    name, content = taken(page, body, "CSV")
    assert name == f"{demo.path.name}-ledger-paser-500-T1.csv"
    table = pd.read_csv(io.BytesIO(content))
    assert table.columns[0] == "Id"
    assert set(table["Id"]) == wanted
    assert len(table) == len(wanted)
    _, content = taken(page, body, "Excel (xlsx)")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert {row[0].value for row in sheet.iter_rows(min_row=2)} == wanted
    _, content = taken(page, body, "Parquet")
    texts = dict(zip(demo.ids, demo.columns("instruction")["instruction"], strict=True))
    for identifier, text in pd.read_parquet(io.BytesIO(content))[["Id", "Instruction"]].values:
        assert text == texts[identifier]  # whole, where the page shows the beginning


def test_a_chart_gives_pictures_and_its_data(open_page, demo):
    page = open_page("budget?budget=500")
    page.locator(".st-key-budget-figure .main-svg").first.wait_for()
    quiet(page)
    box = page.locator(".st-key-budget-figure .js-plotly-plot").bounding_box()
    body = menu(page, "chart-budget-figure")
    body.get_by_role("button", name="PNG").wait_for()
    name, content = taken(page, body, "PNG")
    assert name == f"{demo.path.name}-budget-paser-500-T1.png"
    width, height = png_size(content)
    assert width == pytest.approx(2 * max(box["width"], 900), abs=4)
    assert height >= 2 * box["height"]
    name, content = taken(page, body, "SVG")
    assert name.endswith(".svg")
    drawing = content.decode()
    assert drawing.startswith("<svg")
    assert "Damage and budget" in drawing
    _, content = taken(page, body, "Data")
    table = pd.read_csv(io.BytesIO(content))
    selection = select_from_run(demo, Setting.of(demo, budget=500))
    assert table["Selected samples"].sum() == selection.n_selected
    assert np.sort(table["CDS"]) == pytest.approx(np.sort(selection.ranking.cds), rel=1e-12)
    # What the picture had for itself, the page has not kept.
    assert "Damage and budget" not in page.locator(".st-key-budget-figure").inner_text()


def test_the_map_and_the_network_give_pictures(open_page, demo):
    page = open_page("map")
    canvas_painted(page)
    quiet(page)
    box = page.locator("canvas[role=img]").bounding_box()
    body = menu(page, "chart-map")
    name, content = taken(page, body, "PNG")
    assert name.endswith(".png")
    assert png_size(content)[0] == pytest.approx(2 * box["width"], abs=4)
    assert colors_of(page, content) > 50  # points of many clusters, not an empty sheet
    _, content = taken(page, body, "Data")
    assert len(pd.read_csv(io.BytesIO(content))) == int(demo.valid.sum())
    name, content = taken(page, body, "SVG")
    assert name.endswith(".svg")
    sheet = ElementTree.fromstring(content)
    groups = sheet.findall("svg:svg/svg:g[@fill-opacity]", SVG)
    drawn = [len(group.findall("svg:circle", SVG)) for group in groups]
    # By layer: left out, muted, bright, found; nothing is out of sight.
    selected = select_from_run(demo, Setting.of(demo)).n_selected
    assert drawn == [0, int((demo.labels >= 0).sum()) - selected, selected, 0]
    texts = "".join(text.text or "" for text in sheet.iter("{http://www.w3.org/2000/svg}text"))
    assert all(name[:12] in texts for name in demo.names)
    assert vector_colors(page, content) > 50

    page = open_page("concepts")
    page.locator(".network circle").first.wait_for()
    quiet(page)
    body = menu(page, "chart-network")
    _, content = taken(page, body, "PNG")
    assert colors_of(page, content) > 20
    name, content = taken(page, body, "SVG")
    assert name.endswith(".svg")
    assert content.decode().count("<circle") == page.locator(".network .nodes circle").count()


def vector_colors(page, content: bytes) -> int:
    """How many colors a browser draws a vector picture with."""
    return page.evaluate(
        """async (text) => {
          const image = new Image();
          image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
          pen.drawImage(image, 0, 0);
          const { data } = pen.getImageData(0, 0, image.width, image.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }""",
        content.decode(),
    )


def colors_of(page, content: bytes) -> int:
    """How many colors a picture has."""
    return page.evaluate(
        """async (bytes) => {
          const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
          const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
          pen.drawImage(image, 0, 0);
          const { data } = pen.getImageData(0, 0, image.width, image.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }""",
        list(content),
    )
