"""Where ``sel.show()`` sends a person: the dashboard at the setting of the selection."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from app_page import DEMO, box_of, open_at

import paser_core as paser


def test_the_address_opens_the_dashboard_at_the_setting(monkeypatch, capsys):
    concepts = {"per_sample": 5, "max_words": 2, "max_document_frequency": 0.01}
    knobs = {"allocation": "paper", "order": "clusterwise", "concepts": concepts}
    sel = paser.open(DEMO).select(budget=0.1, temperature=1.7, **knobs)
    sel.show()
    command, address = capsys.readouterr().out.splitlines()
    assert command == f"paser serve {DEMO}"
    parts = urlsplit(address)
    app = open_at(parts.path.strip("/"), monkeypatch, DEMO, **dict(parse_qsl(parts.query)))
    assert not app.exception
    sliders = {str(slider.key): slider.value for slider in app.slider}
    shown = {name: sliders[name] for name in ("budget", "temperature", "concepts", "words")}
    assert shown == {"budget": 418, "temperature": 1.7, "concepts": 5, "words": 2}
    assert app.number_input(key="frequency").value == 1.0
    assert [box_of(app, name).value for name in ("allocation", "order")] == ["paper", "clusterwise"]
    assert not [info.value for info in app.info if "address" in info.value.lower()]
