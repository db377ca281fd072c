"""The Compare page opened with choices made, and what it shows, read back."""

from __future__ import annotations

from pathlib import Path

from app_page import DEMO, open_at
from streamlit.testing.v1 import AppTest

from dashboard.state import session


def open_compare(
    monkeypatch, runs: Path = DEMO, against: str | None = None, **widgets: object
) -> AppTest:
    """The page with these choices made, by key."""
    app = open_at("compare", monkeypatch, runs)
    if against is not None:
        app.selectbox(key=session.KEY_AGAINST).set_value(against).run()
    for key, value in widgets.items():
        kinds = (app.slider, app.number_input, app.selectbox, app.text_input)
        found = [w for kind in kinds for w in kind if w.key == key]
        assert len(found) == 1, key
        found[0].set_value(value).run()
    return app


def clean(app: AppTest) -> None:
    assert not app.exception, app.exception
    assert not app.error, app.error


def numbers(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def table(app: AppTest, *columns: str):
    """The table with these columns."""
    return next(d.value for d in app.dataframe if set(columns) <= set(d.value.columns))


def shifts(app: AppTest):
    """The table of the shift per cluster, which is in a tab of its own."""
    app.session_state["_choice_compare-view"] = "Table"
    app.run()
    return table(app, "shift").set_index("cluster")
