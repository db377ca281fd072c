"""Which recovered models belong to a run, and what they retain: on real, tiny ones, and by hand."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from report_page import read
from tiny_run import TOPICS, loaders, write_workspace

import paser_core as paser
from paser_core.cli import main
from paser_core.errors import RunError
from paser_core.explain.recoveries import files_of, recoveries_of
from paser_core.explain.retention import cds_by_capability, retentions
from paser_core.explain.training_cost import cost_of
from paser_core.measure import run_pipeline
from paser_core.models.checkpoint import fingerprint_of
from paser_core.recover.cost import TrainingConfig
from paser_core.runs import discover

EVALUATED = ("original", "compressed", "first")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A run, two models recovered on selections of it (one not evaluated), and evaluations."""
    home = tmp_path_factory.mktemp("home")
    config = write_workspace(home, 9)
    run_pipeline(config, home / "run", loaders(config))
    questions = [
        {
            "id": f"{topic}-{i}",
            "capability": topic,
            "question": q.format(a=i, b=i, c=i),
            "answer": a,
        }
        for topic, (q, _) in TOPICS.items()
        for i, a in enumerate("abcd")
    ]
    tasks = f"jsonl:{home / 'q.jsonl'}"
    (home / "q.jsonl").write_text("".join(json.dumps(q) + "\n" for q in questions))
    run = paser.open(home / "run")
    options = {"template": "alpaca", "epochs": 1, "batch": 4}
    for name, budget in (("first", 5), ("second", 3)):
        run.select(budget=budget, concepts={"per_sample": 0}).export(home / "exports" / name)
        paser.recover(
            home / "compressed", home / "exports" / name, out=home / "recovered" / name, **options
        )
    for name in EVALUATED:
        model = home / "recovered" / "first" if name == "first" else home / name
        out = model / "evaluation" if name == "first" else home / "evaluations" / name
        paser.evaluate(model, [tasks], out=out, template="alpaca", answer_tokens=4)
    return home


@pytest.mark.parametrize(
    ("place", "what", "file"),
    [
        ("exports/first", "an export", "train.jsonl"),
        ("recovered/first", "a recovered model", "model.safetensors"),
        ("evaluations/original", "an evaluation", "results.json"),
    ],
)
def test_verify_knows_what_is_no_run_and_looks_at_its_files(
    home, tmp_path, capsys, place, what, file
):
    assert main(["verify", str(home / place)]) == 0
    assert f"It is {what}, not a run" in capsys.readouterr().out
    with pytest.raises(RunError, match=f"this is {what}, not a run"):
        paser.open(home / place)
    assert discover(home / place) == []
    spoiled = shutil.copytree(home / place, tmp_path / "spoiled")
    with (spoiled / file).open("ab") as out:
        out.write(b"!")
    assert main(["verify", str(spoiled)]) == 1
    said = capsys.readouterr().out
    assert f"{file}: DAMAGED" in said
    assert said.count("DAMAGED") == 1
    (spoiled / file).unlink()
    assert main(["verify", str(spoiled)]) == 1
    assert f"damaged ({file})" in capsys.readouterr().out


def test_verify_says_what_it_cannot_look_at(copy, tmp_path, capsys):
    folder = copy / "evaluations" / "original"
    rewrite(folder / "manifest.json", lambda tree: tree.update(state="running"))
    assert main(["verify", str(folder)]) == 2
    assert "an evaluation that is not finished" in capsys.readouterr().err
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "compression.json").write_text("{}")
    assert main(["verify", str(tmp_path / "small")]) == 2
    assert "this is a compressed model" in capsys.readouterr().err
    assert discover(tmp_path) == []


def test_only_runs_are_found_among_all_that_lies_in_a_folder(home):
    for place in (home, home / "exports", home / "recovered", home / "evaluations"):
        assert discover(place) == ([home / "run"] if place == home else [])


@pytest.fixture
def copy(home, tmp_path):
    """The same, to be changed."""
    shutil.copytree(home / "recovered", tmp_path / "recovered")
    shutil.copytree(home / "evaluations", tmp_path / "evaluations")
    return tmp_path


def rewrite(file, change):
    tree = json.loads(file.read_text())
    change(tree)
    file.write_text(json.dumps(tree))


def run_of(home):
    return paser.open(home / "run").artifact


def test_what_belongs_to_a_run_is_found_by_content(home, copy):
    run = run_of(home)
    found = recoveries_of(run, [home, home, home / "nowhere"])
    assert {r.name for r in found.recoveries} == {"first", "second"}
    assert found.unread == ()
    for recovered in found.recoveries:
        # From the digests in the manifest, and equal to what reading the weights gives.
        assert recovered.fingerprint == fingerprint_of(str(recovered.path))
        assert (recovered.selector, recovered.of) == ("paser", 9)
    assert {r.name: r.selected for r in found.recoveries} == {"first": 5, "second": 3}
    assert {e.fingerprint for e in found.evaluations} >= {
        run.manifest["models"][role]["fingerprint"] for role in ("original", "compressed")
    }

    file = copy / "recovered" / "first" / "recovery.json"
    rewrite(file, lambda tree: tree["data"]["chosen"].update(run="another"))
    (copy / "recovered" / "second" / "recovery.json").write_text("{")
    found = recoveries_of(run, [copy])
    assert found.recoveries == ()
    assert len(found.unread) == 1
    assert "second" in found.unread[0]
    assert file in files_of([copy])


def test_retention_is_what_a_direct_reading_of_the_results_gives(home):
    run = run_of(home)
    found = recoveries_of(run, [home])
    divergence = run.divergence_at(1.0)
    table = retentions(run, found, divergence)
    assert {line.name for line in table.lines} == set(TOPICS)
    damage = [line.cds for line in table.lines]
    assert damage == sorted(damage, reverse=True)
    assert table.column == "topic"
    place = [r.name for r in table.recoveries].index("first")
    results = {
        name: json.loads(
            (
                home
                / ("recovered/first/evaluation" if name == "first" else f"evaluations/{name}")
                / "results.json"
            ).read_text()
        )["tasks"]
        for name in EVALUATED
    }
    (task,) = results["original"]
    for line in table.lines:
        figures = {n: results[n][task]["capabilities"][line.capability] for n in EVALUATED}
        share = line.recovered[place]
        assert (share.score, share.low, share.high, share.n) == tuple(
            figures["first"][name] for name in ("score", "low", "high", "n")
        )
        best, chance = figures["original"]["score"], figures["original"]["chance"]
        expected = (share.score - chance) / (best - chance) if best > chance else None
        assert share.retention == (expected if expected is None else min(expected, 1.0))
        rows = (run.samples["topic"] == line.capability) & run.valid & np.isfinite(divergence)
        assert line.cds == pytest.approx(divergence[rows].mean())
        assert line.recovered[1 - place] is None
    assert table.notes == (f"second was not measured on {task}.",)
    assert table.recovered[1 - place].capabilities == 0


def test_only_the_same_questions_in_the_same_prompt_are_compared(home, copy):
    run = run_of(home)
    for file, change in (
        ("evaluations/compressed", lambda tree: tree.update(template="none")),
        (
            "recovered/first/evaluation",
            lambda tree: next(iter(tree["tasks"].values()))["facts"].update(questions="others"),
        ),
    ):
        rewrite(copy / file / "results.json", change)
    table = retentions(run, recoveries_of(run, [copy]), run.divergence_at(1.0))
    assert all(line.compressed is None and not any(line.recovered) for line in table.lines)
    said = " ".join(table.notes)
    assert said.count("other questions or another prompt template") == 2


def test_a_mean_and_the_worst_capability(home, copy):
    """By hand: the scores of a real result are replaced."""
    run = run_of(home)
    scores = {
        "evaluations/original": (0.9, 0.5, 0.25),
        "recovered/first/evaluation": (0.45, 0.75, 0.1),
    }
    for file, given in scores.items():

        def put(tree, given=given):
            (task,) = tree["tasks"].values()
            for figure, score in zip(task["capabilities"].values(), given, strict=True):
                figure.update(score=score, chance=0.25)

        rewrite(copy / file / "results.json", put)
    table = retentions(run, recoveries_of(run, [copy]), run.divergence_at(1.0))
    place = [r.name for r in table.recoveries].index("first")
    # 0.2 / 0.65; more than the original is 1; where the original is at chance, nobody can tell.
    expected = dict(zip(TOPICS, (0.2 / 0.65, 1.0, None), strict=True))
    found = {line.name: line.recovered[place].retention for line in table.lines}
    assert found == pytest.approx(expected)
    total = table.recovered[place]
    assert total.capabilities == 2
    assert total.mean == pytest.approx((0.2 / 0.65 + 1) / 2)
    assert (total.worst, total.worst_name) == (pytest.approx(0.2 / 0.65), next(iter(TOPICS)))


def test_a_training_that_diverged_has_its_sentence_and_no_model(home, copy):
    run = run_of(home)
    rewrite(
        copy / "recovered" / "second" / "recovery.json",
        lambda tree: tree.update(status="diverged", why="The training diverged: …"),
    )
    found = recoveries_of(run, [copy])
    (second,) = (r for r in found.recoveries if r.name == "second")
    assert (second.fingerprint, second.trouble) == (None, "The training diverged: …")
    table = retentions(run, found, run.divergence_at(1.0))
    assert not any("second" in note for note in table.notes)


def test_an_evaluation_in_work_is_not_read(home, copy):
    rewrite(
        copy / "evaluations" / "original" / "manifest.json",
        lambda tree: tree.update(state="running"),
    )
    found = recoveries_of(run_of(home), [copy])
    assert found.unread == ()
    assert len(found.evaluations) == 2
    run = run_of(home)
    assert retentions(run, found, run.divergence_at(1.0)).lines == ()


def test_capabilities_without_a_column_have_no_damage(home):
    run = run_of(home)
    assert cds_by_capability(run, ["arithmetic", "poetry"], run.divergence_at(1.0)) == (None, {})
    assert cds_by_capability(run, [], run.divergence_at(1.0)) == (None, {})


def report_of(run_folder, target):
    paser.open(run_folder).select(budget=3, concepts={"per_sample": 0}).report(target)
    return read(target.read_text())


def cells(page, caption):
    """The table of a report with this caption, as texts."""
    (region,) = page.having("aria-label", caption)
    (body,) = region.all("tbody")
    return [
        [c.text for c in line.everything() if c.name in ("td", "th")] for line in body.all("tr")
    ]


def test_the_report_has_what_the_results_say(home, copy, tmp_path):
    """The scores of real results are replaced: those of models this small say nothing."""
    shutil.copytree(home / "run", copy / "run")
    scores = {
        "evaluations/original": (0.9, 0.5, 0.25),
        "recovered/first/evaluation": (0.45, 0.75, 0.1),
    }
    for file, given in scores.items():

        def put(tree, given=given):
            (task,) = tree["tasks"].values()
            for figure, score in zip(task["capabilities"].values(), given, strict=True):
                figure.update(score=score, chance=0.25, low=score - 0.05, high=score + 0.05)

        rewrite(copy / file / "results.json", put)
    page = report_of(copy / "run", tmp_path / "report.html")
    assert "What training gave back" in [h.text for h in page.all("h2")]
    lines = {line[0]: line for line in cells(page, "Retention by capability")}
    # (score − chance) / (the original's − chance), at most all of it; unknown where that is at chance.
    expected = {
        "90.0 % (85–95)": "30.8 % (23–38)",
        "50.0 % (45–55)": "100.0 % (100–100)",
        "25.0 % (20–30)": "–",
    }
    assert set(lines) == set(TOPICS)
    assert {line[2]: line[4] for line in lines.values()} == expected
    totals = {line[0]: line for line in cells(page, "Recovered models")}
    assert set(totals) == {"Compressed, before", "first", "second"}
    assert totals["first"][3] == "65.4 %"
    assert totals["first"][4] == f"30.8 % {next(iter(TOPICS))}"
    assert "Second was not measured on " in page.text


def test_the_report_on_other_data_has_no_such_section(home, copy, tmp_path):
    shutil.copytree(home / "run", copy / "run")
    for name in ("first", "second"):
        file = copy / "recovered" / name / "recovery.json"
        rewrite(file, lambda tree: tree["data"]["chosen"].update(run="another"))
    page = report_of(copy / "run", tmp_path / "report.html")
    assert "What training gave back" not in page.text
    (copy / "recovered" / "first" / "recovery.json").write_text("{")
    page = report_of(copy / "run", tmp_path / "report.html")
    (section,) = page.having("aria-labelledby", "recovered")
    assert "recovery.json" in section.text  # what could not be read is said
    assert not section.all("table")


def test_the_time_of_training_goes_by_the_last_recovery(home):
    run = paser.open(home / "run")
    found = recoveries_of(run.artifact, [home])
    last = found.recoveries[0]
    facts = json.loads((last.path / "recovery.json").read_text())
    assert (last.tokens, last.seconds) == (facts["tokens"]["read"], facts["seconds"])
    # An epoch of what it was trained on takes what it took.
    by = {"epochs": facts["settings"]["epochs"]}
    cost = cost_of(run.artifact, TrainingConfig(**by), found)
    assert cost.hours(last.tokens) == pytest.approx(facts["seconds"] / 3600)
    assert f"measured by the recovery {last.name}" in cost.how
    sel = run.select(budget=5, concepts={"per_sample": 0})
    assert f"the recovery {last.name}" not in sel.training_cost(device="L4")
