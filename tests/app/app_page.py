"""The app on a run, opened at a page, without a browser."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo" / "run"


def open_at(page: str, monkeypatch, runs: Path, **address: str) -> AppTest:
    """The page ``pages/{page}.py``, first asked for with these words in the address."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PASER_RUNS", str(runs))
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run().switch_page(f"pages/{page}.py").run()


def box_of(app: AppTest, key: str):
    """The choice with this key, whatever its widget is called since its labels have changed."""
    (box,) = [box for box in app.selectbox if str(box.key).split("~")[0] == key]
    return box


def pills_of(app: AppTest, key: str):
    """The same of pills."""
    (box,) = [box for box in app.pills if str(box.key).split("~")[0] == key]
    return box


def chosen_label(app: AppTest, key: str) -> str:
    """What the option is called that is chosen."""
    box = box_of(app, key)
    return str(box.format_func(box.value))


def chips(app: AppTest) -> dict[str, str]:
    """What narrows the page, by the key of the button that takes it away."""
    shown = [b for b in app.button if str(b.key).startswith(("unlink", "release-"))]
    return {b.key: b.label.replace("\\", "") for b in shown if b.key != "release-all"}


def lines_of(app: AppTest, alt: str) -> list[list[str]]:
    """The cells of the small table that is called ``alt``, without its head."""
    shown = [html.proto.body for html in app.get("html")]
    given = [json.loads(one.proto.json or "{}") for one in app.get("bidi_component")]
    shown += [data["table"] for data in given if "table" in data]
    bodies = [body for body in shown if "<table" in body]
    ends = [(body.index("<table"), body.index("</table>") + len("</table>")) for body in bodies]
    tables = [
        ElementTree.fromstring(body[begin:end])
        for body, (begin, end) in zip(bodies, ends, strict=True)
    ]
    (table,) = [table for table in tables if table.get("aria-label") == alt]
    return [["".join(cell.itertext()) for cell in line] for line in table.iterfind("tbody/tr")]
