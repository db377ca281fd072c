"""Numbers are written in one style: 1,199 and never 1199, on every page."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.serving import DEMO

ROOT = DEMO.parents[2]
PAGES = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "pages").glob("[!_]*.py"))
SAID = ("title", "header", "subheader", "caption", "text", "markdown", "metric", "info", "success",
        "warning", "error", "button", "expander", "tabs")  # fmt: skip
# Four digits or more that stand alone: not the decimals of a number, not part of an id, a digest, a
# version or a path. Years may stand as they are.
BARE = re.compile(r"(?<![\w.,/#&:=+-])(?!(?:19|20)\d\d\b)\d{4,}(?![\w/=-])(?!,\d|\.\d+\.)")


def shown(app):
    """What the page says itself; samples are shown in elements of ours, which are not asked."""
    for kind in SAID:
        for element in getattr(app, kind):
            for part in ("value", "label", "delta", "help"):
                text = getattr(element, part, None)
                if isinstance(text, str):
                    yield f"{kind}.{part}", text


def test_the_rule_finds_numbers_and_leaves_the_others():
    for text in ("of 1199 samples", "1199", "(4178)", "10000 rows.", "1234.5 MB"):
        assert BARE.search(text), text
    for text in (
        "1,199",
        "in 2024.",
        "0.0145",
        "s1199",
        "a1b2c3d4",
        "ab12345f",
        "v1.2.3456",
        "#1199",
    ):
        assert not BARE.search(text), text


@pytest.mark.parametrize("page", PAGES)
def test_every_number_has_its_separators(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PASER_RUNS", str(DEMO))
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    app.switch_page(page).run()
    assert not app.exception
    texts = list(shown(app))
    large = [text for _, text in texts if re.search(r"\d,\d{3}", text)]
    assert large or page == "pages/new_run.py"  # else there was nothing to see
    bare = [(where, text[:200]) for where, text in texts if BARE.search(text)]
    assert bare == []
