"""The Concepts page, run in-process: on the demo and on a run without models."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_page import DEMO, open_at
from streamlit.testing.v1 import AppTest

from paser_core.explain.graph import ConceptGraph, neighborhood, search, worst
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run


def opened(monkeypatch, run: Path, **address: str) -> AppTest:
    return open_at("concepts", monkeypatch, run, **address)


@pytest.fixture(scope="module")
def graph():
    return ConceptGraph.of(select_from_run(Run.open(DEMO), Setting(0.2)))


@pytest.fixture
def demo(monkeypatch):
    return opened(monkeypatch, DEMO)


def clean(app: AppTest) -> None:
    assert not app.exception
    assert not app.error


def plain(markdown: str) -> str:
    return markdown.replace("\\", "")


def texts(app: AppTest) -> str:
    return "\n".join(element.value for element in app.text)


def frame(app: AppTest, column: str):
    return next(f.value for f in app.dataframe if column in f.value.columns)


def show(app: AppTest, concept: str) -> AppTest:
    """As other pages do: they set the concept and switch."""
    app.session_state["concept"] = concept
    return app.run()


def pair(app: AppTest, first: str, second: str) -> AppTest:
    """What a click on a line leaves behind."""
    app.session_state["concept"] = first
    app.session_state["_pair"] = (first, (first, second))
    return app.run()


def test_the_numbers_are_those_of_the_core(demo, graph):
    clean(demo)
    said = plain("\n".join(m.value for m in demo.markdown))
    for number, name in (
        (graph.n_concepts, "concepts"),
        (graph.n_edges, "edges"),
        (graph.n_conflicts, "conflict pairs"),
        (graph.selection.n_rejected, "samples rejected"),
    ):
        assert f"**{number:,}** {name}" in said
    assert f"{100 * graph.selection.acceptance_rate:.1f} %" in said


def test_it_opens_at_the_concept_that_rejects_most(demo, graph):
    top = worst(graph, 50).concepts
    assert plain(demo.header[0].value) == top[0].name
    assert frame(demo, "rejections")["name"].tolist() == [c.name for c in top]


def test_typing_finds_concepts(demo, graph):
    demo.text_input(key="find").set_value("rhym").run()
    clean(demo)
    expected = search(graph, "rhym")
    assert expected.concepts
    assert frame(demo, "rejections")["name"].tolist() == [c.name for c in expected.concepts]
    demo.text_input(key="find").set_value("xylophone quartz").run()
    assert any("No concept of this graph" in c.value for c in demo.caption)


def test_a_concept_shows_its_samples_and_connections(demo, graph):
    name = worst(graph).concepts[0].name
    show(demo, name)
    clean(demo)
    number = graph.find(name)
    ids = Run.open(DEMO).samples["id"]
    rows = graph.samples_with(number)
    assert set(frame(demo, "instruction")["id"]) == set(ids.iloc[rows])
    around = neighborhood(graph, number, 60)
    near = frame(demo, "shared")
    assert len(near) == around.n_neighbors
    for other, shared in zip(near["name"], near["shared"], strict=True):
        assert shared == len(graph.samples_on(number, graph.find(other)))


def test_a_conflict_shows_both_samples_and_those_it_rejected(demo, graph):
    pairs, rejected = graph.conflicts()
    first, second = pairs[rejected.argmax()].tolist()
    ends = [graph.concept(c) for c in (first, second)]
    pair(demo, ends[0].name, ends[1].name)
    clean(demo)
    run = Run.open(DEMO)
    ids = run.samples["id"]
    assert [plain(h.value) for h in demo.header][-1] == f"{ends[0].name} × {ends[1].name}"
    rows = graph.rejected_on(first, second)
    assert set(frame(demo, "instruction")["id"]) == set(ids.iloc[rows])
    shown = [code.value for code in demo.code]
    for end in ends:
        assert any(run.sample(end.brought_by).instruction[:80] in text for text in shown)
    demo.button(key=f"bringer-{second}").click().run()
    clean(demo)
    assert demo.session_state["_sample"] == ids.iloc[ends[1].brought_by]
    assert "Selected as number" in texts(demo)


def test_the_cap_that_is_offered_takes_the_concept_away(demo, graph):
    pairs, rejected = graph.conflicts()
    first, second = (graph.concept(c).name for c in pairs[rejected.argmax()].tolist())
    pair(demo, first, second)
    demo.button(key="set-cap").click().run()
    clean(demo)
    assert any("more than the" in i.value for i in demo.info)
    demo.button(key="concept-way").click().run()
    clean(demo)
    assert not demo.info


def test_picked_samples_are_linked(demo, graph):
    name = worst(graph).concepts[0].name
    show(demo, name)
    demo.button(key="pick-with-concept").click().run()
    clean(demo)
    linked = demo.session_state["_linked"]
    ids = Run.open(DEMO).samples["id"]
    assert linked.ids == tuple(ids.iloc[graph.samples_with(graph.find(name))])


def test_earlier_concepts_are_one_click_away(demo, graph):
    names = [c.name for c in worst(graph, 3).concepts]
    for name in names:
        show(demo, name)
    assert plain(demo.button(key="trail-0").label) == names[1]
    demo.button(key="trail-1").click().run()
    assert plain(demo.header[0].value) == names[0]


def test_a_concept_of_a_larger_budget_says_which(demo):
    run = Run.open(DEMO)
    small = ConceptGraph.of(select_from_run(run, Setting(0.2)))
    large = ConceptGraph.of(select_from_run(run, Setting(0.5)))
    name = sorted(set(large.names) - set(small.names))[0]
    show(demo, name)
    clean(demo)
    assert "enters at a budget of" in plain(demo.info[0].value)
    demo.button(key="concept-way").click().run()
    clean(demo)
    assert plain(demo.header[0].value) == name
    assert demo.slider(key="budget").value == large.concept(large.find(name)).brought_at


@pytest.mark.parametrize("name", ["no such phrase", "<b>x</b>", "a" * 500, "*", " "])
def test_a_concept_that_no_sample_has_is_said(monkeypatch, name):
    app = opened(monkeypatch, DEMO, concept=name)
    clean(app)
    assert "No sample of this run has the phrase" in plain(app.info[0].value)
    app.button(key="concept-other").click().run()
    clean(app)
    assert not app.info


def test_a_pair_that_is_none_shows_the_concept(demo, graph):
    name = worst(graph).concepts[0].name
    pair(demo, name, "no such phrase")
    clean(demo)
    assert plain(demo.header[0].value) == name
    assert "Samples" in [h.value for h in demo.header]


def test_no_concepts_at_all_is_said(demo):
    demo.slider(key="concepts").set_value(0).run()
    clean(demo)
    assert any("no sample has a phrase that counts" in i.value for i in demo.info)


def test_a_run_without_models_shows_the_graph_of_its_pool(monkeypatch, without_models):
    app = opened(monkeypatch, without_models)
    clean(app)
    assert "no models yet" in app.info[0].value
    assert "rejections" not in frame(app, "samples").columns
    assert "accepted" not in texts(app)
    show(app, frame(app, "samples")["name"].iloc[1])
    clean(app)
    assert len(frame(app, "instruction"))
