"""A phone (400 pixels) and a page at 200 % (1280 pixels are 640 then): nothing overlaps or sticks out."""

from __future__ import annotations

import pytest
from app import serious
from test_browser_pages import PAGES, shown

pytestmark = pytest.mark.browser

# Lines of text that lie on another: where the letters are, not the boxes around them. Pictures place
# their labels themselves, and a grid's cells are drawn on its canvas.
OVERLAPS = """() => {
  const skip = 'svg, canvas, [aria-hidden=true], [data-testid=stDataFrame], [data-testid=stTooltipContent], '
    + 'option, script, style, noscript, [data-testid=stToolbar], '
    + '[data-testid=stFileUploaderDropzone]';  // Streamlit measures there what it cuts with an ellipsis
  const main = document.querySelector('[data-testid=stMain]');
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  const lines = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const owner = node.parentElement;
    const looks = { opacityProperty: true, visibilityProperty: true };
    if (!node.data.trim() || owner.closest(skip) || !owner.checkVisibility(looks)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects())
      if (r.width > 2 && r.height > 2) lines.push({ text: node.data.trim().slice(0, 30), owner, r });
  }
  // What a box cuts off is not seen.
  const seen = lines.filter(({ owner, r }) => {
    for (let e = owner; e && e !== main; e = e.parentElement) {
      if (getComputedStyle(e).overflow === 'visible') continue;
      const b = e.getBoundingClientRect();
      if (r.right <= b.left + 1 || r.left >= b.right - 1) return false;
      if (r.bottom <= b.top + 1 || r.top >= b.bottom - 1) return false;
    }
    return true;
  });
  const found = [];
  for (let i = 0; i < seen.length; i++)
    for (let j = i + 1; j < seen.length; j++) {
      const a = seen[i].r, b = seen[j].r;
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x > 3 && y > 4) found.push(`${seen[i].text} | ${seen[j].text}`);
    }
  return found;
}"""


@pytest.mark.parametrize("path", PAGES)
def test_nothing_overlaps_or_sticks_out(watched, server, path):
    page = watched(f"{server.url}/{path}", width=400, height=800)
    shown(page, path)
    assert page.evaluate(OVERLAPS) == []
    assert serious(page) == []
    page.set_viewport_size({"width": 640, "height": 800})
    shown(page, path)
    assert page.evaluate(OVERLAPS) == []


def test_an_overlap_would_be_noticed(watched, server):
    page = watched(f"{server.url}/", width=400, height=800)
    shown(page, "")
    page.evaluate(
        "() => { const h = document.querySelector('[data-testid=stMain] h1');"
        " const twin = h.cloneNode(true); twin.style.cssText = 'position:absolute;top:10px;left:20px';"
        " h.parentElement.style.position = 'relative'; h.parentElement.append(twin); }"
    )
    assert page.evaluate(OVERLAPS)
