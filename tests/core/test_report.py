"""The report says what the selection says, and needs nothing but itself."""

from __future__ import annotations

import json
import re
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from report_page import assert_self_contained, number, read, rows, section
from run_damage import reseal
from tiny_run import loaders, write_workspace

from paser_core.cli import main
from paser_core.config import Order
from paser_core.measure import run_pipeline
from paser_core.palette import cluster_color
from paser_core.report import build_report
from paser_core.report.atlas import thinned
from paser_core.runs import Run
from paser_core.runs.originals import GROUP
from paser_core.selection import Setting, Status
from paser_core.selection.of_run import select_from_run
from paser_core.stages.scoring import cluster_scores

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
SETTINGS = [
    Setting(),
    Setting(1500, 2.3),
    Setting(500, order=Order.CLUSTERWISE),
]


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


@pytest.fixture(scope="module", params=SETTINGS, ids=["default", "warm", "clusterwise"])
def case(demo, request):
    selection = select_from_run(demo, request.param)
    return selection, read(build_report(demo, selection, request.param))


def test_the_headline_and_the_funnel_are_those_of_the_selection(demo, case):
    selection, page = case
    (lead,) = page.having("class", "lead")
    assert f"{selection.n_selected:,} of the {demo.n:,} samples" in lead.text
    (table,) = section(page, "funnel").all("table")
    shown = {cells[0]: number(cells[2]) for cells in rows(table)}
    statuses = np.bincount(selection.status, minlength=len(Status))
    assert shown == {
        "Samples": demo.n,
        "Valid": demo.n - statuses[Status.INVALID.code],
        "In a cluster": int((demo.labels >= 0).sum()),
        "Considered": statuses[[Status.SELECTED.code, Status.CONFLICT.code]].sum(),
        "Rejected": statuses[Status.CONFLICT.code],
        "Selected": statuses[Status.SELECTED.code],
    }


def test_every_cluster_has_its_damage_its_interval_and_its_color(demo, case):
    selection, page = case
    divergence = selection.ranking.candidates.divergence
    scores = cluster_scores(divergence, demo.labels, demo.n_clusters, demo.valid, demo.config.seed)
    (table,) = section(page, "capabilities").all("table")
    order = np.argsort(-scores.cds, kind="stable")
    body = table.all("tbody")[0].all("tr")
    assert len(body) == demo.n_clusters
    for k, cells, row in zip(order, rows(table), body, strict=True):
        assert cells[0].startswith(demo.names[k])
        assert number(cells[1]) == scores.sizes[k]
        assert cells[3] == f"{scores.cds[k]:.3f}"
        assert cells[4] == f"{scores.low[k]:.3f} to {scores.high[k]:.3f}"
        assert number(cells[5]) == pytest.approx(
            100 * selection.accepted[k] / selection.n_selected, abs=0.051
        )
        (bar,) = row.all("rect")
        assert bar.attributes["fill"] == cluster_color(int(k))
        widths = 200 * scores.cds[k] / scores.high.max()
        assert float(bar.attributes["width"]) == pytest.approx(widths, abs=0.051)


def test_the_budget_is_split_as_the_selection_splits_it(demo, case):
    selection, page = case
    (table,) = section(page, "budget").all("table")
    by_name = {cells[0]: cells for cells in rows(table)}
    damage = selection.ranking.candidates.divergence
    taken = selection.rank > 0
    for k, name in enumerate(demo.names):
        cells = by_name[name]
        assert number(cells[1]) == selection.accepted[k]
        assert number(cells[3]) == selection.rejected[k]
        assert cells[4] == f"{damage[taken & (demo.labels == k)].mean():.3f}"
        nested = selection.ranking.budget is None
        assert len(cells) == 5 + nested
    if nested:
        more = round(0.1 * selection.budget)
        assert sum(number(cells[5]) for cells in by_name.values()) == more
    carried = damage[taken].sum() / np.nansum(damage)
    assert (
        f"carry {100 * carried:.1f}\N{NO-BREAK SPACE}%" in section(page, "budget").text
    ) == nested


def test_the_rejected_sample_stands_beside_those_that_reject_it(demo, case):
    selection, page = case
    ids = demo.samples["id"].tolist()
    cases = section(page, "rejections").all("article")
    assert cases
    for article in cases:
        shown = [card.all("bdi") for card in article.having("class", "sample")]
        rejected, *sources = (next(b.text for b in bdi if b.text in ids) for bdi in shown)
        assert selection.status_of(ids.index(rejected)) is Status.CONFLICT
        assert len(sources) == 2
        for source in sources:
            assert selection.ranking.rank[ids.index(source)] > 0
            assert (
                selection.ranking.rank[ids.index(source)]
                <= selection.ranking.rejected_at[ids.index(rejected)]
            )


def test_the_map_draws_each_sample_once_in_the_color_of_its_cluster(demo, case):
    selection, page = case
    placed = np.isfinite(demo.samples[["x", "y"]].to_numpy(float)).all(axis=1)
    rows = np.flatnonzero((demo.labels >= 0) & placed)
    drawn = rows[thinned(len(rows), demo.config.seed)]
    dots = {
        (p.attributes["stroke"], p.attributes["class"]): p.attributes["d"].count("M")
        for p in section(page, "map").all("path")
    }
    assert sum(dots.values()) == len(drawn)
    for k in range(demo.n_clusters):
        for style, chosen in (("dots", selection.rank > 0), ("dots muted", selection.rank == 0)):
            expected = int((chosen & (demo.labels == k))[drawn].sum())
            assert dots.get((cluster_color(k), style), 0) == expected


def test_headings_never_skip_a_level_and_tables_have_headers(case):
    _, page = case
    levels = [int(e.name[1]) for e in page.everything() if re.fullmatch("h[1-6]", e.name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    (root,) = page.all("html")
    assert root.attributes["lang"] == "en"
    for table in page.all("table"):
        assert {th.attributes["scope"] for th in table.all("th")} == {"col", "row"}
        assert table.all("caption")
    for figure in page.having("role", "img"):
        named = {page.having("id", i)[0].name for i in figure.attributes["aria-labelledby"].split()}
        assert named == {"title", "desc"}
    identifiers = [e.attributes["id"] for e in page.everything() if "id" in e.attributes]
    assert len(set(identifiers)) == len(identifiers)
    links = [a.attributes["href"] for a in page.all("a")]
    assert links
    assert all(link[0] == "#" and link[1:] in identifiers for link in links)


def test_nothing_is_loaded_from_anywhere(case):
    assert_self_contained(case[1])


def test_without_models_it_says_what_is_missing(tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    run = run_pipeline(config, tmp_path / "run", loaders(config))
    text = build_report(run, None, Setting.of(run))
    page = read(text)
    assert_self_contained(page)
    assert "models.original" in section(page, "short").text
    (table,) = section(page, "capabilities").all("table")
    assert sum(number(cells[1]) for cells in rows(table)) == 9
    found = {s.attributes["aria-labelledby"] for s in page.all("section")}
    assert found == {"short", "funnel", "capabilities", "checks", "map", "people", "made", "words"}
    assert not re.search(r"\bnan\b", text.lower())


def test_without_models_a_selector_that_reads_no_damage_is_not_lost_in_silence(tmp_path, capsys):
    config = write_workspace(tmp_path, 9, models=False)
    run = run_pipeline(config, tmp_path / "run", loaders(config))
    for selector, told in (("k-center", True), ("paser", False)):
        out = str(tmp_path / "report.html")
        assert main(["report", str(run.path), "--selector", selector, "--out", out]) == 0
        assert ("k-center reads no damage" in capsys.readouterr().out) is told
        page = read(Path(out).read_text(encoding="utf-8"))
        assert ("paser select writes what it selects" in page.text) is told


def test_a_budget_of_nothing_is_a_report_too(demo):
    knobs = Setting(0)
    page = read(build_report(demo, select_from_run(demo, knobs), knobs))
    assert f"0 of the {demo.n:,} samples" in page.text
    assert not re.search(r"\bnan\b", page.text.lower())
    assert section(page, "missed").having("class", "sample")


def test_a_large_run_makes_a_small_file(demo, tmp_path):
    """44,000 samples: the demo eleven times over, every sample with an id of its own."""
    shutil.copytree(DEMO, tmp_path / "large", ignore=shutil.ignore_patterns("review*"))
    folder, times = tmp_path / "large", 11
    samples = pd.concat(
        [demo.samples.assign(id=demo.samples["id"] + f"/{i}" * (i > 0)) for i in range(times)],
        ignore_index=True,
    )
    rng = np.random.default_rng(0)
    samples[["x", "y"]] += rng.normal(scale=0.05, size=(len(samples), 2))
    samples.to_parquet(folder / "samples.parquet")
    np.save(folder / "divergence.npy", np.tile(demo.node_divergence, (times, 1)))
    np.save(folder / "embeddings.npy", np.zeros((len(samples), 4), np.float32))  # not in a report
    for name in ("tokens.parquet", "originals.parquet", "reading.parquet", "signals.parquet"):
        if (folder / name).exists():
            table = pq.read_table(folder / name)
            pq.write_table(pa.concat_tables([table] * times), folder / name, row_group_size=GROUP)
    table = demo.concepts
    indptr = np.concatenate([[0], np.cumsum(np.tile(np.diff(table.indptr), times))])
    with np.load(folder / "concepts.npz") as stored:
        np.savez(
            folder / "concepts.npz",
            **{**stored, "indptr": indptr, "ids": np.tile(table.ids, times)},
        )
    with np.load(folder / "clustering.npz") as stored:
        places = np.tile(stored["places"], times)
        np.savez(folder / "clustering.npz", **{**stored, "places": places})
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "n_samples": len(samples)}))
    reseal(folder)
    run = Run.open(folder)
    knobs = Setting()
    selection = select_from_run(run, knobs)
    text = build_report(run, selection, knobs)
    assert run.n > 44_000
    assert len(text.encode()) < 1_500_000
    assert "4,000 of" in section(read(text), "map").text


def luminance(color):
    """WCAG 2.2, relative luminance."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize(
    ("text", "ground"),
    [("ink", "ground"), ("soft", "ground"), ("soft", "panel"), ("ink", "panel"),
     ("accent", "ground"), ("mark-ink", "mark")],
)  # fmt: skip
def test_text_has_contrast_in_light_and_in_dark(case, text, ground):
    (sheet,) = case[1].all("style")
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in
                   sheet.text.split("@media screen and (prefers-color-scheme: dark)"))  # fmt: skip
    for scheme in (light, light | dark):
        bright, dim = sorted((luminance(scheme[text]), luminance(scheme[ground])), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5
