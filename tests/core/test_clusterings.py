"""The other clusterings of the paper: they find what is there, replace S2RIC alone, and cost their stages."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import numpy as np
import pytest
from pipeline_runs import events
from tiny_bert import save_bert
from tiny_run import loaders, write_workspace

from paser_core.cli import main
from paser_core.config import ClusteringConfig, dump_config, of_count, parse_config, to_tree
from paser_core.errors import ConfigError
from paser_core.explain.composition import mutual_information
from paser_core.measure import run_pipeline
from paser_core.models.sentence_encoder import BUNDLED
from paser_core.registry import CLUSTERINGS, SELECTORS
from paser_core.runs import Run
from paser_core.selection import Setting, kept, selector_of
from paser_core.selection.of_run import select_from_run
from paser_core.selection.regrouped import clusters_of
from paser_core.stages.clusterings.method import (
    ClusteringMethod,
    Material,
    clustering_of,
    indicator,
)

OF_TEXTS = ("nmf-tfidf", "lda-tfidf", "kmeans-tfidf")
OF_VECTORS = ("spectral-mteb", "spectral-bert")
WORDS = (
    ["river", "lake", "mountain", "valley", "ocean", "island", "desert", "forest"],
    ["matrix", "integral", "theorem", "equation", "fraction", "algebra", "number", "proof"],
    ["python", "function", "variable", "compiler", "loop", "string", "array", "class"],
)


@pytest.fixture(scope="module")
def planted():
    """Ninety texts of three subjects, and vectors that know them."""
    rng = np.random.default_rng(1)
    subject = np.repeat(np.arange(3), 30)
    texts = [" ".join(rng.choice(WORDS[s], 6)) for s in subject]
    vectors = (np.eye(3, 8)[subject] + 0.2 * rng.normal(size=(90, 8))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return subject, Material(rng.normal(size=(90, 3)), texts, "en", vectors)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clusterings")
    config = write_workspace(folder, 30)
    return config, run_pipeline(config, folder / "run", loaders(config))


def agreement(one, other) -> float:
    cells = np.zeros((one.max() + 1, other.max() + 1), np.int64)
    np.add.at(cells, (one, other), 1)
    return mutual_information(cells)


@pytest.mark.parametrize("name", [*OF_TEXTS, *OF_VECTORS])
def test_each_finds_the_subjects_that_are_there(planted, name):
    subject, material = planted
    found = clustering_of(name).fit(material, ClusteringConfig(n_clusters=3), 0)
    # Topics by variational inference depend on where they start.
    assert agreement(subject, found.labels) > (0.6 if name == "lda-tfidf" else 0.95)
    assert found.labels.tolist() == found.memberships.argmax(axis=1).tolist()
    np.testing.assert_allclose(found.memberships.sum(axis=1), 1, rtol=1e-5)
    again = clustering_of(name).fit(material, ClusteringConfig(n_clusters=3), 0)
    np.testing.assert_array_equal(again.labels, found.labels)
    assert "K = 3 was asked for" in found.reason
    assert clustering_of(name).label in found.reason


@pytest.mark.parametrize("name", OF_TEXTS)
def test_a_text_that_shares_no_word_is_counted_and_told(planted, name):
    _, material = planted
    texts = [*material.texts[:60], "zyx", *material.texts[60:], ""]
    odd = Material(np.zeros((92, 3)), texts, "en")
    found = clustering_of(name).fit(odd, ClusteringConfig(n_clusters=3), 0)
    assert found.labels[[60, 91]].tolist() == [0, 0]  # the largest
    assert "2 samples say nothing that another one says too" in found.reason


def test_as_many_clusters_as_s2ric_finds(made):
    _, run = made
    inside = np.flatnonzero(run.labels >= 0)
    texts = run.samples["instruction"].iloc[inside].tolist()
    material = Material(run.coordinates[inside], texts, "en")
    config = run.config.clustering
    ours = clustering_of("s2ric").fit(material, config, 0)
    theirs = clustering_of("kmeans-tfidf").fit(material, config, 0)
    assert theirs.memberships.shape[1] == ours.n_clusters
    assert theirs.errors == ours.errors
    assert "as many clusters as S2RIC finds" in theirs.reason
    np.testing.assert_array_equal(ours.labels, run.labels[inside])


def test_a_run_with_another_clustering_is_what_the_selector_of_that_name_sees(made, tmp_path):
    config, run = made
    (tmp_path / "pool.yaml").write_text(dump_config(config))
    out = tmp_path / "other"
    command = ["run", str(tmp_path / "pool.yaml"), "--from", str(run.path), "--out", str(out)]
    assert main([*command, "--set", "clustering.method=kmeans-tfidf"]) == 0
    assert events(out, "stage_started") == ["clustering", "summary"]
    other = Run.open(out)
    assert other.config.clustering.method == "kmeans-tfidf"
    assert other.clusters_print != run.clusters_print
    assert "k-means on TF-IDF" in other.reason_for_k
    np.testing.assert_array_equal(clusters_of(run, "kmeans-tfidf").labels, other.labels)
    # The selector changes the clusters alone: PASER on the other run selects the same.
    there = select_from_run(other, Setting(of_count(12)))
    here = select_from_run(run, Setting(of_count(12), selector="kmeans-tfidf"))
    assert here.rows.tolist() == there.rows.tolist()
    np.testing.assert_array_equal(here.ranking.candidates.labels, run.labels)
    np.testing.assert_array_equal(here.ranking.seats(12), there.allocated)
    # The same command finds everything done.
    assert main([*command, "--set", "clustering.method=kmeans-tfidf"]) == 0
    assert events(out, "stage_started") == ["clustering", "summary"]


def test_what_a_clustering_cannot_tell_apart_is_said_of_its_selection(tmp_path, recwarn):
    """Two texts in many copies, and one that shares no word: fewer groups than the run has clusters."""
    config = write_workspace(tmp_path, 30)
    run = run_pipeline(config, tmp_path / "run", loaders(config))
    texts = [("Name a river", "Add the numbers")[i % 2] for i in range(run.n)]
    texts[7] = "Zyxwv"
    known = run.samples.assign(instruction=texts, input="")
    run.__dict__["samples"] = known  # what the clustering reads
    selection = select_from_run(run, Setting(of_count(5), selector="kmeans-tfidf"))
    assert selection.ranking.own.n_clusters == 2 < run.n_clusters
    told = " ".join(selection.warnings)
    assert f"fall into 2 clusters, where the run has {run.n_clusters}" in told
    assert "1 of 30 samples says nothing that another one says too" in told
    assert not [w for w in recwarn if "distinct clusters" in str(w.message)]


def test_every_clustering_is_a_selector_but_the_papers_own():
    assert {*CLUSTERINGS} - {*SELECTORS} == {"s2ric"}
    paser = selector_of("paser")
    for name in (*OF_TEXTS, *OF_VECTORS):
        rule = selector_of(name)
        assert (rule.score, rule.weights, rule.graph) == (paser.score, paser.weights, paser.graph)
        assert rule.clusters is not None


def test_an_encoder_is_asked_for_where_it_is_needed(made, tmp_path):
    config, run = made
    for name in OF_VECTORS:
        with pytest.raises(ConfigError, match=f"{name} groups.*none is named.*--encoder"):
            select_from_run(run, Setting(of_count(5), selector=name))
    tree = to_tree(config)
    tree["clustering"]["method"] = "spectral-bert"
    with pytest.raises(ConfigError, match=r"BERT checkpoint.*clustering\.encoder"):
        run_pipeline(parse_config(tree), tmp_path / "run", loaders(config))


def test_a_real_bert_groups_the_samples(made, tmp_path):
    config, run = made
    bert = str(save_bert(tmp_path / "bert"))
    setting = Setting(of_count(8), selector="spectral-bert", encoder=bert)
    selection = select_from_run(run, setting)
    own = selection.ranking.own
    assert own is not None
    assert 1 < own.n_clusters <= run.n_clusters
    assert (own.labels[run.labels >= 0] >= 0).all()
    # A run remembers the weights, wherever they lie, and is not made again for another place.
    tree = to_tree(config)
    tree["clustering"] |= {"method": "spectral-bert", "encoder": bert}
    other = run_pipeline(parse_config(tree), tmp_path / "run", loaders(config))
    np.testing.assert_array_equal(other.labels, own.labels)
    moved = tmp_path / "moved"
    (tmp_path / "bert").rename(moved)
    tree["clustering"]["encoder"] = str(moved)
    run_pipeline(parse_config(tree), tmp_path / "run", loaders(config))
    assert "clustering" in events(tmp_path / "run", "stage_reused")


def test_the_encoder_of_the_run_is_not_run_again(made, monkeypatch):
    _, run = made
    fresh = Run.open(run.path)
    tree = to_tree(run.config)
    tree["embedding"] |= {"precomputed": None, "model": BUNDLED}
    fresh.__dict__["config"] = parse_config(tree)
    monkeypatch.setattr(
        "paser_core.models.sentence_encoder.load_encoder", lambda *_: pytest.fail("it was loaded")
    )
    assert clusters_of(fresh, "spectral-mteb", BUNDLED).n_clusters > 1


def test_what_took_long_is_kept_beside_the_run(made, monkeypatch, tmp_path):
    _, run = made
    calls = []

    def make():
        calls.append(1)
        return np.arange(run.n)

    monkeypatch.setattr(kept, "_LONG", -1.0)
    for _ in range(2):
        assert kept.kept_array(Run.open(run.path), "numbers", 1, make).tolist() == list(
            range(run.n)
        )
    assert len(calls) == 1
    (file,) = (run.path / kept.FOLDER).glob("numbers-*.npz")
    kept.kept_array(Run.open(run.path), "numbers", 2, make)  # another fact, another array
    assert len(calls) == 2
    file.write_bytes(b"torn")
    kept.kept_array(Run.open(run.path), "numbers", 1, make)
    assert len(calls) == 3
    Run.open(run.path).check_content()
    # A place that cannot be written costs time alone.
    monkeypatch.setattr(kept, "FOLDER", "manifest.json/kept")
    assert len(kept.kept_array(Run.open(run.path), "numbers", 3, make)) == run.n
    assert len(calls) == 4


def test_a_clustering_of_a_package_is_a_selector_too(made, monkeypatch):
    _, run = made
    halves = ClusteringMethod("halves", lambda m, k, _: indicator(np.arange(len(m.texts)) % 2, k))
    brought = {"halves": EntryPoint("halves", "nowhere:CLUSTERING", CLUSTERINGS.group)}
    monkeypatch.setattr(CLUSTERINGS, "_brought", brought)
    monkeypatch.setitem(CLUSTERINGS._loaded, "halves", halves)
    monkeypatch.delitem(SELECTORS.__dict__, "_made", raising=False)
    try:
        assert ClusteringConfig(method="halves").method == "halves"
        found = select_from_run(run, Setting(of_count(6), selector="halves"))
        assert found.ranking.own.n_clusters == 2
        assert selector_of("halves").label == "PASER, clusters by halves"
    finally:
        SELECTORS.__dict__.pop("_made", None)
        SELECTORS._loaded.pop("halves", None)
