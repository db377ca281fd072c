"""The report says what the selection says, shows texts as texts, and needs nothing but itself."""

from __future__ import annotations

import json
import multiprocessing
import re
import resource
import shlex
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from report_page import number, read, rows, section
from tiny_run import loaders, write_workspace

from paser_core.answer import select_from_run
from paser_core.cli import main
from paser_core.config import ConceptsConfig, Order, SelectionConfig
from paser_core.errors import ExportError
from paser_core.palette import cluster_color
from paser_core.pipeline import run_pipeline
from paser_core.report import build_report, write_report
from paser_core.review import Review
from paser_core.run import Run
from paser_core.scoring import cluster_scores
from paser_core.selection import Overrides, Status

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
SETTINGS = [
    SelectionConfig(),
    SelectionConfig(1500, 2.3),
    SelectionConfig(500, order=Order.CLUSTERWISE),
]

HOSTILE = [
    "<script>document.title = 'taken over'</script>",
    '"><img src=x onerror="document.title=1">',
    "$x^2$ and ![picture](http://example.com/p.png) and [link](javascript:alert(1))",
    "&lt;b&gt; &amp;amp; &#60;i&#62;",
    "مرحبا بالعالم \u202e reversed",
    "emoji 👩‍🔬 and e\u0301",
    "</style></title></main><h1>broken out</h1>",
    "control \x0b\x1b[31m characters and \r\n line ends",
]
LONG = "long " * 20_000


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


@pytest.fixture(scope="module", params=SETTINGS, ids=["default", "warm", "clusterwise"])
def case(demo, request):
    selection = select_from_run(demo, request.param)
    return selection, read(build_report(demo, selection, request.param))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A run whose every text, id and column is hostile, with a refusal among them."""
    folder = tmp_path_factory.mktemp("hostile")
    config = write_workspace(folder, 9)
    phrases = ["red apple. green pear", "blue plum. ripe fig", "red apple. blue plum"]
    lines = [json.loads(line) for line in (folder / "pool.jsonl").read_text().splitlines()]
    for i, row in enumerate(lines):
        text = HOSTILE[i % 8]
        row["id"] = f"{i} {text[:60]}"
        row["instruction"] = f"{phrases[i % 3]}. {text}"
        row["input"] = HOSTILE[(7 - i) % 8]
        row["output"] = f"{text} {LONG}"[:100_000]
    text = "".join(json.dumps(row) + "\n" for row in lines)
    (folder / "pool.jsonl").write_text(text, encoding="utf-8")
    return run_pipeline(config, folder / "run", loaders(config))


@pytest.fixture(scope="module")
def hostile_report(hostile):
    """Everything is shown: two samples are forced, the third is refused, one waits."""
    knobs = SelectionConfig(5)
    concepts = ConceptsConfig(max_document_frequency=1.0)
    review = Review.open(hostile.path, hostile.fingerprint)
    ids = hostile.samples["id"]
    for row in (0, 1):
        review.force_in(ids[row], author="<b>Ann</b>", reason=HOSTILE[0], seen=review.revision())
    names = hostile.names
    seen = review.revision()
    review.rename(0, "<i>Sums</i> & $x$", author="Bo", seen=seen, automatic=names)
    review.note(0, HOSTILE[1], author="Cy <script>")
    overrides = Overrides(forced_in=(0, 1))
    selection = select_from_run(hostile, knobs, overrides, concepts)
    assert selection.n_refused
    return build_report(hostile, selection, knobs, concepts, review.state())


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
        "Refused": statuses[Status.CONFLICT.code],
        "Selected": statuses[Status.SELECTED.code],
    }


def test_every_cluster_has_its_damage_its_interval_and_its_colour(demo, case):
    selection, page = case
    divergence = selection.walk.candidates.divergence
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
    damage = selection.walk.candidates.divergence
    taken = selection.rank > 0
    for k, name in enumerate(demo.names):
        cells = by_name[name]
        assert number(cells[1]) == selection.accepted[k]
        assert number(cells[3]) == selection.refused[k]
        assert cells[4] == f"{damage[taken & (demo.labels == k)].mean():.3f}"
        nested = selection.walk.budget is None
        assert len(cells) == 5 + nested
    if nested:
        more = round(0.1 * selection.budget)
        assert sum(number(cells[5]) for cells in by_name.values()) == more
    carried = damage[taken].sum() / np.nansum(damage)
    assert (
        f"carry {100 * carried:.1f}\N{NO-BREAK SPACE}%" in section(page, "budget").text
    ) == nested


def test_the_refused_sample_stands_beside_those_that_refuse_it(demo, case):
    selection, page = case
    ids = demo.samples["id"].tolist()
    cases = section(page, "refusals").all("article")
    assert cases
    for article in cases:
        shown = [card.all("bdi") for card in article.having("class", "sample")]
        refused, *sources = (next(b.text for b in bdi if b.text in ids) for bdi in shown)
        assert selection.status_of(ids.index(refused)) is Status.CONFLICT
        assert len(sources) == 2
        for source in sources:
            assert selection.walk.rank[ids.index(source)] > 0
            assert (
                selection.walk.rank[ids.index(source)]
                <= selection.walk.refused_at[ids.index(refused)]
            )


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


def assert_self_contained(page):
    names = {e.name for e in page.everything()}
    assert not names & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
        "base",
    }
    for element in page.everything():
        for name, value in element.attributes.items():
            assert name != "src"
            assert not name.startswith("on")
            assert name != "href" or value.startswith("#")
            if name == "style":
                assert re.fullmatch(r"(background:#[0-9A-F]{6}|width:[\d.]+%|--damage:\d+%)", value)
    (sheet,) = page.all("style")
    assert "url(" not in sheet.text
    assert "@import" not in sheet.text
    policy = page.having("http-equiv", "Content-Security-Policy")[0].attributes["content"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


def test_nothing_is_loaded_from_anywhere(case):
    assert_self_contained(case[1])


def test_hostile_texts_are_texts(hostile, hostile_report):
    page = read(hostile_report)
    assert_self_contained(page)
    assert len(page.all("h1")) == 1
    shown = page.text
    for i, text in enumerate(HOSTILE):
        assert text[:400].replace("\r\n", "\n").translate({0x0B: 0xFFFD, 0x1B: 0xFFFD}) in shown, i
    assert "<i>Sums</i> & $x$" in shown
    assert "<b>Ann</b>" in shown
    assert "Cy <script>" in shown
    # 100,000 characters, cut at 500 and said so.
    assert "… 99,500 more characters" in shown
    for block in page.having("class", "text"):
        assert block.attributes["dir"] == "auto"
        assert len(block.text) <= 500


def test_people_are_told_with_author_reason_and_time(hostile, hostile_report):
    tables = {
        t.all("caption")[0].text: rows(t)
        for t in section(read(hostile_report), "people").all("table")
    }
    forced = tables["Samples forced in or out"]
    assert [row[1] for row in forced] == ["In", "In"]
    for row, cells in enumerate(forced):
        assert cells[0].startswith(hostile.samples["id"][row])
        assert cells[2:4] == [HOSTILE[0], "<b>Ann</b>"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", cells[4])
    ((name, automatic, author, _),) = tables["Capabilities named by people"]
    assert (name, automatic, author) == ("<i>Sums</i> & $x$", hostile.names[0], "Bo")
    ((about, note, author, _),) = tables["Notes"]
    assert (about, note, author) == ("capability <i>Sums</i> & $x$", HOSTILE[1], "Cy <script>")
    page = read(hostile_report)
    assert any(
        c[0].startswith("<i>Sums</i> & $x$") for c in rows(section(page, "budget").all("table")[0])
    )


def test_the_same_input_gives_the_same_bytes(hostile, hostile_report, demo):
    knobs = SelectionConfig()
    pages = [
        build_report(run, select_from_run(run, knobs), knobs) for run in (demo, Run.open(DEMO))
    ]
    assert pages[0] == pages[1]
    assert pages[0] != hostile_report


def test_without_models_it_says_what_is_missing(tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    run = run_pipeline(config, tmp_path / "run", loaders(config))
    text = build_report(run, None, run.config.selection)
    page = read(text)
    assert_self_contained(page)
    assert "models.original" in section(page, "short").text
    (table,) = section(page, "capabilities").all("table")
    assert sum(number(cells[1]) for cells in rows(table)) == 9
    found = {s.attributes["aria-labelledby"] for s in page.all("section")}
    assert found == {"short", "funnel", "capabilities", "map", "people", "made", "words"}
    assert not re.search(r"\bnan\b", text.lower())


def test_a_budget_of_nothing_is_a_report_too(demo):
    knobs = SelectionConfig(0)
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
    tokens = pq.read_table(folder / "tokens.parquet")
    pq.write_table(pa.concat_tables([tokens] * times), folder / "tokens.parquet")
    table = demo.concepts
    indptr = np.concatenate([[0], np.cumsum(np.tile(np.diff(table.indptr), times))])
    with np.load(folder / "concepts.npz") as stored:
        np.savez(
            folder / "concepts.npz",
            **{**stored, "indptr": indptr, "ids": np.tile(table.ids, times)},
        )
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "n_samples": len(samples)}))
    run = Run.open(folder)
    knobs = SelectionConfig()
    selection = select_from_run(run, knobs)
    text = build_report(run, selection, knobs)
    assert run.n > 44_000
    assert len(text.encode()) < 1_500_000
    assert "4,000 of" in section(read(text), "map").text


def shown_commands(page):
    (block,) = (p.text for p in section(page, "made").all("pre") if p.text.startswith("paser"))
    return [shlex.split(line)[1:] for line in block.splitlines()]


def test_the_commands_it_shows_make_it_again(demo, tmp_path, monkeypatch, capsys):
    knobs = SelectionConfig(0.123456789, 1.7, order=Order.CLUSTERWISE)
    selection = select_from_run(demo, knobs)
    page = read(build_report(demo, selection, knobs))
    select, report = shown_commands(page)
    assert select[-2:] == ["--out", "export"]
    shutil.copytree(DEMO, tmp_path / "run", ignore=shutil.ignore_patterns("review*"))
    monkeypatch.chdir(tmp_path)
    assert main(report) == 0
    assert f"{selection.n_selected:,} selected" in capsys.readouterr().out
    again = read(Path("report.html").read_text(encoding="utf-8"))
    assert section(again, "budget").text == section(page, "budget").text
    assert shown_commands(again) == [select, report]


def test_what_options_cannot_say_is_left_to_the_recipe(demo):
    knobs, concepts = SelectionConfig(), ConceptsConfig(per_sample=4)
    selection = select_from_run(demo, knobs, concepts=concepts)
    page = read(build_report(demo, selection, knobs, concepts))
    assert all(c[1:3] == ["--config", "selection.yaml"] for c in shown_commands(page))


def test_a_report_and_the_export_of_its_recipe_agree(hostile, hostile_report, tmp_path, capsys):
    """People's decisions travel: run -> export -> selection.yaml -> report."""
    run, knobs = str(hostile.path), ["--budget", "5"]
    first, second = tmp_path / "first.html", tmp_path / "second.html"
    assert main(["report", run, *knobs, "--out", str(first)]) == 0
    assert main(["select", run, *knobs, "--out", str(tmp_path / "export")]) == 0
    recipe = str(tmp_path / "export" / "selection.yaml")
    assert main(["report", "--config", recipe, "--out", str(second)]) == 0
    a, b = (read(f.read_text(encoding="utf-8")) for f in (first, second))
    for part in ("funnel", "capabilities", "budget", "refusals"):
        assert section(a, part).text == section(b, part).text
    assert "<b>Ann</b>" in section(a, "people").text
    assert "not recorded" in section(b, "people").text  # a recipe has the ids, not the reasons
    plain = tmp_path / "plain.html"
    assert main(["report", run, *knobs, "--no-review", "--out", str(plain)]) == 0
    assert section(read(plain.read_text(encoding="utf-8")), "people").all("table") == []
    assert "parameters" in a.having("class", "lead")[0].text + a.text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{tmp}", "--out", "{tmp}/r.html"], ["not a run folder"]),
        (["--out", "{tmp}/r.html"], ["--config"]),
        (["{run}", "--budget", "-1", "--out", "{tmp}/r.html"], ["budget", "-1"]),
        (["{run}", "--temperature", "9", "--out", "{tmp}/r.html"], ["temperature", "0.25"]),
        (["{run}", "--out", "{tmp}"], ["cannot be written", "--out"]),
        (["{run}", "--out", "{run}/manifest.json/r.html"], ["cannot be written"]),
    ],
)
def test_a_mistake_is_one_message(arguments, words, finished, tmp_path, capsys):
    places = {"tmp": tmp_path, "run": finished.path}
    assert main(["report", *(a.format(**places) for a in arguments)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("paser: ")
    assert said.count("\n") == 1
    assert all(word in said for word in words)
    assert list(tmp_path.iterdir()) == []


def test_a_report_replaces_the_one_before_and_leaves_nothing_else(tmp_path):
    for text in ("first", "second and longer"):
        write_report(text, tmp_path / "new" / "report.html")
        assert (tmp_path / "new" / "report.html").read_text() == text
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["report.html"]


def _write_on_a_small_disk(path, most_bytes, answer):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    try:
        write_report("x" * 10 * most_bytes, path)
    except ExportError as error:
        answer.send(str(error))
    else:
        answer.send("")


def test_a_full_disk_is_one_sentence_and_keeps_the_report_before(tmp_path):
    path = tmp_path / "report.html"
    write_report("before", path)
    ours, theirs = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("fork")
    process = spawn.Process(target=_write_on_a_small_disk, args=(path, 4096, theirs))
    process.start()
    said = ours.recv()
    process.join()
    assert "cannot be written" in said
    assert "\n" not in said
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


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
