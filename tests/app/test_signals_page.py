"""Other damage signals in the app: chosen in the side bar, held in the address, said on every page."""

from __future__ import annotations

import json
import shutil

import numpy as np
from app_page import DEMO, box_of, lines_of, open_at

from paser_core.config import SelectionConfig, of_count
from paser_core.explain.signals import standings, usual_measures
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

RANKS = "Rank of every cluster by every signal, with its 95 % interval"


def told(app) -> str:
    """All that stands in boxes of information."""
    return " ".join(box.value for box in app.info).replace("\\", "")


def test_the_address_chooses_the_damage_and_the_temperature_has_no_part(monkeypatch):
    address = {"signal": "loss_gap", "aggregate": "sum", "budget": "300", "temperature": "2.0"}
    app = open_at("budget", monkeypatch, DEMO, **address)
    assert not app.exception
    assert box_of(app, "signal").value == "loss_gap"
    assert str(box_of(app, "aggregate").value) == "sum"
    assert app.slider(key="temperature").disabled
    assert "Damage is the sum of the loss gap (nats), at temperature 1" in told(app)
    setting = Setting(of_count(300), signal="loss_gap", aggregate="sum")
    selection = select_from_run(Run.open(DEMO), setting)
    cards = {metric.label: metric.value for metric in app.metric}
    assert cards["Rejected"] == f"{selection.n_rejected:,}"
    box_of(app, "signal").set_value("jsd").run()
    box_of(app, "aggregate").set_value(box_of(app, "aggregate").options[0]).run()
    assert not app.exception
    assert not app.slider(key="temperature").disabled
    assert "Damage is the" not in told(app)


def test_clusters_shows_the_ranks_of_the_core(monkeypatch):
    app = open_at("clusters", monkeypatch, DEMO, signal="top1")
    assert not app.exception
    run = Run.open(DEMO)
    found = standings(run, usual_measures(run, SelectionConfig(signal="top1")))
    lines = lines_of(app, RANKS)
    order = np.argsort(found.ranks[0], kind="stable")
    assert [line[0] for line in lines] == [run.names[k] for k in order]
    for line, k in zip(lines, order, strict=True):
        assert [int(cell.split()[0]) for cell in line[1:]] == found.ranks[:, k].tolist()
        arrows = [cell[-1] in "↑↓" for cell in line[1:]]
        assert arrows == found.moved[:, k].tolist()


def test_an_older_run_has_the_paper_s_signal_and_says_how_others_are_measured(
    monkeypatch, tmp_path
):
    older = tmp_path / "run"
    shutil.copytree(DEMO, older, ignore=shutil.ignore_patterns("review.sqlite*"))
    (older / "signals.parquet").unlink()
    manifest = json.loads((older / "manifest.json").read_text())
    manifest["stages"]["divergence"]["files"].remove("signals.parquet")
    del manifest["files"]["signals.parquet"]
    (older / "manifest.json").write_text(json.dumps(manifest))
    app = open_at("clusters", monkeypatch, older, signal="kl")
    assert not app.exception
    assert len(box_of(app, "signal").options) == len(box_of(app, "aggregate").options) == 1
    assert "asks for signal “kl”" in told(app)
    assert f"paser run CONFIG --out {older} --again divergence" in told(app)
    assert "--again" not in told(open_at("clusters", monkeypatch, older, signal="kll"))
    assert "--again divergence" in told(open_at("clusters", monkeypatch, older, aggregate="sum"))
    assert any("--again divergence" in text.value for text in app.text)


def test_tables_colors_and_orders_are_called_as_the_damage_is(monkeypatch):
    other = {"signal": "kl", "aggregate": "max"}
    for address, title in (({}, "Divergence"), (other, "Highest KL")):
        shown = open_at("map", monkeypatch, DEMO, **address)
        assert not shown.exception
        assert title in list(box_of(shown, "color").options)
        listed = open_at("ledger", monkeypatch, DEMO, **address)
        assert f"{title}, highest first" in list(box_of(listed, "ledger-order").options)


def test_a_sample_says_what_shades_its_tokens_and_offers_no_temperature(monkeypatch):
    run = Run.open(DEMO)
    selection = select_from_run(run, Setting(of_count(300), signal="kl"))
    address = {"budget": "300", "sample": run.ids[int(selection.rows[0])]}
    app = open_at("ledger", monkeypatch, DEMO, **address)
    assert app.button(key="what-if").label == "Try other temperatures"
    said = [caption.value.replace("\\", "") for caption in app.caption]
    (shades,) = [text for text in said if text.startswith("Divergence of each token")]
    assert "Damage is" not in shades
    app = open_at("ledger", monkeypatch, DEMO, signal="kl", **address)
    assert not app.exception
    assert "what-if" not in [button.key for button in app.button]
    said = [caption.value.replace("\\", "") for caption in app.caption]
    (shades,) = [text for text in said if text.startswith("Divergence of each token")]
    assert "Damage is the mean KL divergence (nats), at temperature 1, which no run keeps" in shades


def test_nothing_is_called_divergence_where_damage_is_another(monkeypatch):
    other = {"signal": "loss_gap", "aggregate": "sum"}
    app = open_at("budget", monkeypatch, DEMO, selector="divergence", **other)
    assert not app.exception
    captions = " ".join(caption.value for caption in app.caption).replace("\\", "")
    assert "Highest damage." in captions
    assert "Highest divergence" not in captions
