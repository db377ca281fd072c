"""What stands beside a page: a sample over a cluster over a connection; each is left for the one below."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from app_page import DEMO, box_of, lines_of, open_at

from paser_core.explain.audit import members, standing
from paser_core.review import Kind, Review, Wanted
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run
from paser_core.stages.scoring import FEW

RUN = Run.open(DEMO)
SELECTION = select_from_run(RUN, Setting.of(RUN))
ORDER = np.argsort(-SELECTION.ranking.cds, kind="stable").tolist()
ALT = "The cluster in numbers"


def heads(app) -> list[str]:
    return [head.value.replace("\\", "") for head in app.header]


def keys(app) -> set[str]:
    return {str(button.key) for button in app.button}


@pytest.mark.parametrize(
    "page", ["overview", "map", "clusters", "budget", "concepts", "ledger", "compare"]
)
def test_a_cluster_of_the_address_stands_beside_every_page_that_is_about_samples(monkeypatch, page):
    cluster = ORDER[1]
    app = open_at(page, monkeypatch, DEMO, beside=str(cluster))
    assert not app.exception
    assert RUN.names[cluster] in heads(app)
    told = {line[0]: line[1] for line in lines_of(app, ALT)}
    size = len(members(RUN, cluster))
    assert told["Samples"] == f"{size:,}"
    assert told["Selected"] == f"{int(SELECTION.accepted[cluster]):,}"
    assert told["Rejected"] == f"{int(SELECTION.rejected[cluster]):,}"
    assert float(told["CDS"]) == pytest.approx(SELECTION.ranking.cds[cluster], abs=5e-4)
    assert (SELECTION.ranking.sizes[cluster] < FEW) == any(
        "too few to trust" in w.value for w in app.warning
    )


def test_next_and_previous_go_by_damage_and_end(monkeypatch):
    app = open_at("budget", monkeypatch, DEMO, beside=str(ORDER[0]))
    assert app.button(key="cluster-previous").disabled
    app.button(key="cluster-next").click().run()
    assert RUN.names[ORDER[1]] in heads(app)
    assert app.query_params["beside"] == str(ORDER[1])
    app.button(key="cluster-previous").click().run()
    assert RUN.names[ORDER[0]] in heads(app)
    app = open_at("budget", monkeypatch, DEMO, beside=str(ORDER[-1]))
    assert app.button(key="cluster-next").disabled
    app.button(key="close-cluster").click().run()
    assert "cluster-next" not in keys(app)
    assert "beside" not in app.query_params


def test_a_cluster_is_chosen_without_a_mouse(monkeypatch):
    app = open_at("budget", monkeypatch, DEMO)
    assert "cluster-next" not in keys(app)
    box_of(app, "beside-box").set_value(ORDER[2]).run()
    assert RUN.names[ORDER[2]] in heads(app)


def test_a_sample_lies_over_its_cluster_and_closed_shows_it_again(monkeypatch):
    row = int(members(RUN, ORDER[0])[0])
    app = open_at("ledger", monkeypatch, DEMO, sample=RUN.ids[row])
    assert "Sample" in heads(app)
    app.button(key="cluster-of-sample").click().run()
    assert "Sample" not in heads(app)
    assert RUN.names[ORDER[0]] in heads(app)
    # Both in the address: the sample is on top, and closed, the cluster is there.
    app = open_at("ledger", monkeypatch, DEMO, sample=RUN.ids[row], beside=str(ORDER[3]))
    assert "close-sample" in keys(app)
    assert "close-cluster" not in keys(app)
    app.button(key="close-sample").click().run()
    assert RUN.names[ORDER[3]] in heads(app)


def test_the_page_of_the_cluster_is_a_click_away(monkeypatch):
    app = open_at("map", monkeypatch, DEMO, beside=str(ORDER[4]))
    app.button(key="pick-beside").click().run()
    assert any(f"{len(members(RUN, ORDER[4])):,} samples" in head for head in heads(app))
    app.button(key="cluster-page").click().run()
    assert not app.exception
    assert "close-cluster" not in keys(app)


@pytest.mark.parametrize("asked", ["99", "x", "-1", "1.5"])
def test_a_cluster_that_is_none_is_told(monkeypatch, asked):
    app = open_at("map", monkeypatch, DEMO, beside=asked)
    (told,) = [info.value for info in app.info if "The address asks" in info.value]
    assert "beside" in told
    assert f"0 to {RUN.n_clusters - 1}" in told
    assert "close-cluster" not in keys(app)


@pytest.mark.parametrize("page", ["map", "clusters", "budget"])
def test_a_cluster_that_people_have_made_and_taken_back_is_let_go(monkeypatch, copy, run, page):
    review = Review.of(run)
    wanted = Wanted(Kind.SPLIT, samples=run.ids[:9], name="Odd ones")
    seen = review.revision()
    made = review.correct(wanted, author="Ben", reason="apart", seen=seen, names=run.names)
    number = str(run.n_clusters)
    app = open_at(page, monkeypatch, copy, beside=number, cluster=number)
    assert "Odd ones" in heads(app)
    review.undo(made.id, author="Ben", seen=review.revision())
    app.run()
    assert not app.exception
    assert "close-cluster" not in keys(app)
    assert "beside" not in app.query_params


def test_its_standing_is_that_of_the_side_bar(monkeypatch):
    app = open_at("budget", monkeypatch, DEMO, beside="0", temperature="2.0")
    by = Setting.of(RUN).changed(temperature=2.0)
    cds = select_from_run(RUN, by).ranking.cds[0]
    told = {line[0]: line[1] for line in lines_of(app, ALT)}
    assert float(told["CDS"]) == pytest.approx(cds, abs=5e-4)
    assert standing(RUN, None).sizes[0] == int(told["Samples"].replace(",", ""))


def test_what_an_address_asked_of_one_run_is_not_said_of_the_next(
    monkeypatch, tmp_path, copy, without_models
):
    runs = tmp_path / "runs"
    runs.mkdir()
    copy.rename(runs / "demo")
    shutil.copytree(without_models, runs / "small")
    app = open_at("map", monkeypatch, runs, run="demo", clusters="99")
    assert any("The address asks for clusters" in info.value for info in app.info)
    box_of(app, "run").set_value(runs / "small").run()
    assert not app.exception
    assert not any("The address asks" in info.value for info in app.info)
