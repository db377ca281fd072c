"""The overview: its tables against the run and the core."""

from __future__ import annotations

import json

import numpy as np
from app_page import DEMO, lines_of, open_at

from paser_core.findings import findings
from paser_core.limits import LimitsConfig, Subject, check
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run


def test_the_most_damaged_cluster_comes_first_with_what_the_core_says(monkeypatch):
    app = open_at("overview", monkeypatch, DEMO)
    run = Run.open(DEMO)
    expected = select_from_run(run, Setting.of(run))
    lines = lines_of(app, "Clusters with their damage")
    assert [line[0] for line in lines] == [
        name
        for _, name in sorted(
            zip(expected.ranking.cds, run.names, strict=True), key=lambda x: -x[0]
        )
    ]
    for name, cds, size, selected, keywords in lines:
        k = run.names.index(name)
        assert cds == f"{expected.ranking.cds[k]:.3f}"
        assert int(size.replace(",", "")) == int((run.labels == k).sum())
        assert int(selected) == int(expected.accepted[k])
        assert keywords == ", ".join(run.clusters["keywords"][k])
    assert sum(int(line[3]) for line in lines) == expected.n_selected


def test_the_provenance_says_all_that_determines_the_run(monkeypatch):
    app = open_at("overview", monkeypatch, DEMO)
    manifest = json.loads((DEMO / "manifest.json").read_text())
    told = dict(lines_of(app, "Provenance"))
    assert told["Run fingerprint"] == Run.open(DEMO).fingerprint
    assert told["Data sha256"] == manifest["data"]["sha256"]
    assert manifest["models"]["compressed"]["fingerprint"][:12] in told["Compressed model"]
    assert set(manifest["versions"]) <= set(told)
    assert {f"Stage {name}" for name in manifest["stages"]} <= set(told)


def test_what_the_findings_say_is_said_by_topic(monkeypatch):
    app = open_at("overview", monkeypatch, DEMO)
    run = Run.open(DEMO)
    setting = Setting.of(run)
    selection = select_from_run(run, setting)
    subject = Subject(run, selection, setting, run.names, LimitsConfig.of().values)
    told = [
        text.value.replace("\\", "").replace("\N{NO-BREAK SPACE}", " ") for text in app.markdown
    ]
    places = [
        next(i for i, text in enumerate(told) if text.endswith(finding.text))
        for finding in findings(subject)
    ]
    assert len(set(places)) == len(places)
    folded = [text.value for box in app.expander for text in box.markdown]
    assert not any("could not be used" in text for text in folded)  # it is told, not asked for
    heads = [
        told.index(f"**{head}**") for head in ("Damage", "This budget", "In doubt", "Next", "Also")
    ]
    assert heads == sorted(heads)
    assert any("T = 2 would still be selected" in text for text in told)
    warned = [finding for finding in findings(subject) if finding.warning]
    assert warned
    assert sum(":material/warning:" in text for text in told) == len(warned)


def test_a_cluster_that_is_named_is_a_step_away(monkeypatch):
    app = open_at("overview", monkeypatch, DEMO)
    run = Run.open(DEMO)
    worst = int(np.argmax(select_from_run(run, Setting.of(run)).ranking.cds))
    app.button(key=f"in-short-Damage-{worst}").click().run()
    assert not app.exception
    assert app.session_state["_cluster"] == worst
    assert app.title[0].value == "Clusters"


def test_checks_are_those_of_the_command_with_what_is_missed_first(monkeypatch):
    app = open_at("overview", monkeypatch, DEMO)
    run = Run.open(DEMO)
    setting = Setting.of(run)
    expected = {
        judged.title: judged
        for judged in check(run, select_from_run(run, setting), setting, run.names).limits
    }
    lines = lines_of(app, "Checks")
    assert {line[0] for line in lines} == set(expected)
    for title, _, accepted, verdict, told in lines:
        judged = expected[title]
        assert verdict.endswith(str(judged.verdict))
        assert accepted == judged.bound_told
        assert told == judged.told
    order = ["missed", "not measured", "met"]
    places = [order.index(str(expected[line[0]].verdict)) for line in lines]
    assert places == sorted(places)
    caption = next(c.value for c in app.caption if "by default:" in c.value)
    for verdict in set(map(str, (judged.verdict for judged in expected.values()))):
        count = sum(str(judged.verdict) == verdict for judged in expected.values())
        assert f"{count} {verdict}" in caption
