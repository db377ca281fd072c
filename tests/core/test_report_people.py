"""What people wrote is shown as text, what they decided with its author; both travel on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from report_page import assert_self_contained, read, rows, section
from tiny_run import loaders, write_workspace

from paser_core.cli import main
from paser_core.config import ConceptsConfig
from paser_core.explain.precision import Rejections, precision, told
from paser_core.measure import run_pipeline
from paser_core.report import build_report
from paser_core.review import Kind, Review, Verdict
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
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


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A run whose every text, id and column is hostile, with a rejection among them."""
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
    """Everything is shown: two samples are forced, the third is rejected, one waits."""
    review = Review.of(hostile)
    ids = hostile.samples["id"]
    for row in (0, 1):
        review.force_in(ids[row], author="<b>Ann</b>", reason=HOSTILE[0], seen=review.revision())
    names = hostile.names
    seen = review.revision()
    review.rename(0, "<i>Sums</i> & $x$", author="Bo", seen=seen, automatic=names)
    review.note(0, HOSTILE[1], author="Cy <script>")
    concepts = ConceptsConfig(max_document_frequency=1.0)
    knobs = Setting(5, concepts=concepts, forced_in=review.state().forced_in)
    selection = select_from_run(hostile, knobs)
    assert selection.n_rejected
    return build_report(hostile, selection, knobs, review.state())


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


def test_a_decision_on_many_is_a_few_lines_and_verdicts_are_a_figure(demo, tmp_path):
    review = Review.open(tmp_path, "a" * 64)
    knobs = Setting(2000)
    rejections = Rejections.of_run(demo, knobs)
    ids = [demo.ids[row] for row in rejections.rows[:30].tolist()]
    made = review.decide(Kind.FORCE_IN, ids[:20], author="Ann", reason="ours", seen=0)
    review.force_in(ids[20], author="Ben", reason="rare", seen=made.edit.id)
    for row, verdict in zip(rejections.rows.tolist(), (Verdict.TRUE, Verdict.FALSE), strict=False):
        review.judge(rejections.clash(row), verdict, author="Ann")
    knobs = Setting(2000, forced_in=review.state().forced_in)
    page = read(build_report(demo, select_from_run(demo, knobs), knobs, review.state()))
    people = section(page, "people")
    (table,) = people.all("table")
    lines = rows(table)
    assert len(lines) == 6  # five of the twenty, and the one
    assert "and 15 samples more by the same decision" in lines[4][0]
    assert [line[3] for line in lines] == ["Ann"] * 5 + ["Ben"]
    first = told(precision(rejections, review.state()))[0]
    assert "1 of 2 conflicts" in first
    assert first in people.text


def test_the_same_input_gives_the_same_bytes(hostile, hostile_report, demo):
    knobs = Setting()
    pages = [
        build_report(run, select_from_run(run, knobs), knobs) for run in (demo, Run.open(DEMO))
    ]
    assert pages[0] == pages[1]
    assert pages[0] != hostile_report


def test_a_report_and_the_export_of_its_recipe_agree(hostile, hostile_report, tmp_path, capsys):
    """People's decisions travel: run -> export -> selection.yaml -> report."""
    run, knobs = str(hostile.path), ["--budget", "5"]
    first, second = tmp_path / "first.html", tmp_path / "second.html"
    assert main(["report", run, *knobs, "--out", str(first)]) == 0
    assert main(["select", run, *knobs, "--out", str(tmp_path / "export")]) == 0
    recipe = str(tmp_path / "export" / "selection.yaml")
    assert main(["report", "--config", recipe, "--out", str(second)]) == 0
    a, b = (read(f.read_text(encoding="utf-8")) for f in (first, second))
    for part in ("funnel", "capabilities", "budget", "rejections"):
        assert section(a, part).text == section(b, part).text
    assert "<b>Ann</b>" in section(a, "people").text
    assert "not recorded" in section(b, "people").text  # a recipe has the ids, not the reasons
    plain = tmp_path / "plain.html"
    assert main(["report", run, *knobs, "--no-review", "--out", str(plain)]) == 0
    assert section(read(plain.read_text(encoding="utf-8")), "people").all("table") == []
    assert "parameters" in a.having("class", "lead")[0].text + a.text
