"""The Clusters page, run in-process: on the demo, on a copy that is edited, on a run without models."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from app_page import DEMO, box_of, chips, lines_of, open_at
from few_valid import with_few_valid
from run_damage import reseal
from streamlit.testing.v1 import AppTest

from dashboard.runs import audit
from paser_core.config import SelectionConfig
from paser_core.review import Review
from paser_core.runs import Run


def opened(monkeypatch, run: Path, **address: str) -> AppTest:
    return open_at("clusters", monkeypatch, run, **address)


@pytest.fixture
def demo(monkeypatch):
    return opened(monkeypatch, DEMO)


@pytest.fixture
def copy(tmp_path):
    target = tmp_path / "copy"
    shutil.copytree(DEMO, target, ignore=shutil.ignore_patterns("review.sqlite*"))
    return target


def clean(app: AppTest) -> None:
    assert not app.exception
    assert not app.error


def address(app: AppTest, name: str) -> str:
    """A parameter of the address; the test bed gives some as text and some as a list."""
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def plain(markdown: str) -> str:
    """What a text reads as that was escaped for Markdown."""
    return markdown.replace("\\", "")


def test_the_most_damaged_cluster_is_looked_at_first(demo):
    clean(demo)
    run = Run.open(DEMO)
    cds = run.clusters["cds"].to_numpy()
    assert plain(demo.header[0].value) == run.names[int(cds.argmax())]
    box = box_of(demo, "cluster-box")
    assert box.options == [run.names[k] for k in np.argsort(-cds, kind="stable")]
    shown = {metric.label: metric.value for metric in demo.metric}
    assert shown["CDS"] == f"{cds.max():.3f}"
    assert shown["Samples"] == str(run.clusters["size"][int(cds.argmax())])


def test_a_cluster_is_chosen_in_the_box_and_stands_in_the_address(demo):
    run = Run.open(DEMO)
    box_of(demo, "cluster-box").set_value(7).run()
    clean(demo)
    assert address(demo, "cluster") == "7"
    assert plain(demo.header[0].value) == run.names[7]
    # It stays on another page and on the way back.
    demo.switch_page("pages/budget.py").run()
    assert address(demo, "cluster") == "7"
    demo.switch_page("pages/clusters.py").run()
    assert plain(demo.header[0].value) == run.names[7]


def test_the_address_chooses_the_cluster(monkeypatch):
    app = opened(monkeypatch, DEMO, cluster="3")
    clean(app)
    assert plain(app.header[0].value) == Run.open(DEMO).names[3]


@pytest.mark.parametrize("given", ["99", "-1", "abc", "1e3", "٣"])
def test_an_address_that_names_no_cluster_shows_the_first(monkeypatch, given):
    app = opened(monkeypatch, DEMO, cluster=given)
    clean(app)
    run = Run.open(DEMO)
    assert plain(app.header[0].value) == run.names[int(run.clusters["cds"].to_numpy().argmax())]
    (said,) = [plain(info.value) for info in app.info if "The address asks" in info.value]
    assert f"cluster “{given}”" in said
    assert f"one number from 0 to {run.n_clusters - 1}" in said
    # Another choice, and it is said no longer.
    box_of(app, "cluster-box").set_value(2).run()
    assert not app.info


def test_picking_links_the_samples_on_every_page(demo):
    run = Run.open(DEMO)
    box_of(demo, "cluster-box").set_value(4).run()
    demo.button(key="pick-cluster").click().run()
    clean(demo)
    size = int((run.labels == 4).sum())
    demo.switch_page("pages/overview.py").run()
    assert chips(demo)["unlink"].startswith(f"{size} samples picked: in cluster")
    demo.button(key="unlink").click().run()
    assert not chips(demo)


def test_a_rename_is_seen_on_every_page_and_can_be_taken_back(monkeypatch, copy):
    app = opened(monkeypatch, copy, cluster="1")
    run = Run.open(copy)
    # The number of the first edit is that of the cluster: nothing may take one for the other.
    name = "Spanish <b>*and*</b> $more$"

    def rename(new: str) -> None:
        app.text_input(key="cluster-name-1").set_value(new)
        app.text_input(key="cluster-reason-1").set_value("they translate")
        app.button(key="rename-1").click().run()

    rename(name)
    assert "Say who you are first" in app.error[0].value
    # Nothing typed is lost: the name of the person is given, the same button works.
    app.text_input(key="reviewer-name").set_value("Ann").run()
    app.button(key="rename-1").click().run()
    clean(app)
    assert plain(app.header[0].value) == name
    assert name in box_of(app, "cluster-box").options
    assert app.text_input(key="cluster-name-1").value == ""
    made = Review.of(Run.open(copy)).history(1)[0]
    assert (made.author, made.value, made.reason) == ("Ann", name, "they translate")

    app.switch_page("pages/overview.py").run()
    clean(app)
    assert name in [line[0] for line in lines_of(app, "Clusters with their damage")]

    app.switch_page("pages/clusters.py").run()
    rename(run.names[5])
    assert "is the name of cluster 5 already" in plain(app.error[0].value)
    assert app.text_input(key="cluster-name-1").value == run.names[5]
    app.button(key="automatic-1").click().run()
    clean(app)
    assert plain(app.header[0].value) == run.names[1]


def test_an_edit_of_somebody_else_in_between_is_a_sentence(monkeypatch, copy):
    app = opened(monkeypatch, copy, cluster="5")
    run = Run.open(copy)
    app.text_input(key="reviewer-name").set_value("Bob").run()
    others = Review.of(Run.open(copy))
    others.rename(5, "Translation", author="Ann", seen=0, automatic=run.names)
    app.text_input(key="cluster-name-5").set_value("Spanish")
    app.button(key="rename-5").click().run()
    assert not app.exception
    said = plain(app.error[0].value)
    assert "Ann renamed this cluster to “Translation”" in said
    assert "after you had looked" in said
    assert plain(app.header[0].value) == "Translation"
    # Now Bob has seen it, and what he typed is still there.
    assert app.text_input(key="cluster-name-5").value == "Spanish"
    app.button(key="rename-5").click().run()
    clean(app)
    assert plain(app.header[0].value) == "Spanish"


def test_a_note_on_a_cluster_is_kept(monkeypatch, copy):
    app = opened(monkeypatch, copy, cluster="5")
    kept = Run.open(copy).fingerprint[:8]
    app.text_input(key="reviewer-name").set_value("Ann").run()
    app.text_area(key=f"note-{kept}-5").set_value("Half of it is *German*.")
    app.button(key=f"add-note-{kept}-5").click().run()
    clean(app)
    assert "Half of it is *German*." in [t.value for t in app.text]


def test_a_cluster_that_was_hardly_measured_is_marked(monkeypatch, tmp_path):
    # The most damaged of the demo has one valid sample: it is not what one sees first.
    cds = Run.open(DEMO).clusters["cds"].to_numpy()
    worst, second = (int(k) for k in np.argsort(-cds)[:2])
    run = with_few_valid(tmp_path / "run", {worst: 1, second: 0})
    app = opened(monkeypatch, run)
    clean(app)
    assert plain(app.header[0].value) == Run.open(run).names[int(np.argsort(-cds)[2])]
    box_of(app, "cluster-box").set_value(worst).run()
    clean(app)
    assert any("only 1 was measured" in warning.value for warning in app.warning)
    box_of(app, "cluster-box").set_value(second).run()
    clean(app)
    assert any("could be measured" in warning.value for warning in app.warning)
    assert {metric.label: metric.value for metric in app.metric}["CDS"] == "not measured"


def test_a_run_without_models_shows_all_but_the_damage(monkeypatch, without_models):
    app = opened(monkeypatch, without_models)
    clean(app)
    run = Run.open(without_models)
    largest = int(run.clusters["size"].to_numpy().argmax())
    assert plain(app.header[0].value) == run.names[largest]
    assert any("no models" in info.value for info in app.info)
    assert "CDS" not in [metric.label for metric in app.metric]
    assert "Is its damage real?" not in [s.value for s in app.subheader]
    assert app.text_input(key=f"cluster-name-{largest}").label == "New name"
    # Each topic of the data set is a cluster, and the user's column says so.
    assert any("100.0 % of it is" in t.value for t in app.text)
    app.session_state["cluster-belonging"] = "Who is at its edge?"
    app.run()
    clean(app)
    assert any(
        "of their membership here" in t.value or "at its edge, with" in t.value for t in app.text
    )
    assert not any("100.0 % of it is" in t.value for t in app.text)


def test_a_mixed_cluster_is_told_and_can_be_cut(monkeypatch):
    """Parts with several times the damage of others: one CDS for all is true of none."""
    run = Run.open(DEMO)
    made = audit.mixtures_of(run, SelectionConfig())
    mixed = next(k for k, m in enumerate(made) if m.uneven)
    app = opened(monkeypatch, DEMO, cluster=str(mixed))
    clean(app)
    told = [plain(w.value) for w in app.warning]
    assert any("places of the manifold" in text and "true of neither" in text for text in told)
    assert app.button(key="pick-place-1").label.startswith("Pick place 2")
    assert app.button(key="split-cluster").label == (
        f"Split it into {len(made[mixed].places)}, as a new run"
    )
    app.button(key="pick-place-1").click().run()
    clean(app)


def test_a_cluster_that_is_one_thing_has_no_warning(monkeypatch):
    made = audit.mixtures_of(Run.open(DEMO), SelectionConfig())
    whole = next(k for k, m in enumerate(made) if not m.mixed and not m.scattered)
    app = opened(monkeypatch, DEMO, cluster=str(whole))
    clean(app)
    assert not [w for w in app.warning if "places" in w.value]
    with pytest.raises(KeyError):
        app.button(key="split-cluster")


def stability_column(app: AppTest) -> list[float]:
    """What the table of all clusters says of each, in the order of the clusters."""
    app.session_state["_choice_cluster-view"] = "Table"
    app.run()
    clean(app)
    (frame,) = [d.value for d in app.dataframe if "stability" in d.value.columns]
    return frame.sort_index()["stability"].tolist()


def test_how_stable_the_clusters_are_is_shown_of_all_and_of_each(monkeypatch):
    run = Run.open(DEMO)
    each = run.stability_per_cluster
    weakest = int(np.argmin(each))
    app = opened(monkeypatch, DEMO, cluster=str(weakest))
    clean(app)
    told = [plain(c.value) for c in app.caption]
    assert any(f"agree with these clusters to {run.stability:.2f}" in text for text in told)
    assert any(f"mean Jaccard index {each[weakest]:.2f}" in text for text in told)
    assert sorted(stability_column(app)) == pytest.approx(sorted(each))


def test_a_cluster_that_is_not_found_again_is_named_before_anything_else(monkeypatch, copy):
    weak, partly = 3, 5
    with np.load(copy / "clustering.npz") as arrays:
        kept = dict(arrays)
    kept["stability_per_cluster"][[weak, partly]] = 0.41, 0.7
    np.savez(copy / "clustering.npz", **kept)
    reseal(copy)
    run = Run.open(copy)
    app = opened(monkeypatch, copy, cluster=str(weak))
    clean(app)
    told = [plain(c.value) for c in app.caption]
    (overall,) = [text for text in told if text.startswith("Stability:")]
    assert f"Not found again: {run.names[weak][:30]}" in overall
    assert run.names[partly] not in overall
    assert any("not found again; its edges are an accident" in text for text in told)
    box_of(app, "cluster-box").set_value(partly).run()
    clean(app)
    assert any("found again in part" in plain(c.value) for c in app.caption)


def test_a_run_whose_stability_was_not_measured_says_so(monkeypatch, copy):
    with np.load(copy / "clustering.npz") as arrays:
        kept = {name: a for name, a in arrays.items() if not name.startswith("stability")}
    np.savez(copy / "clustering.npz", **kept)
    reseal(copy)
    app = opened(monkeypatch, copy)
    clean(app)
    told = [plain(c.value) for c in app.caption]
    assert any("was not measured in this run" in text for text in told)
    assert not any("Jaccard" in text for text in told)
    app.session_state["_choice_cluster-view"] = "Table"
    app.run()
    clean(app)
    assert all("stability" not in d.value.columns for d in app.dataframe)
