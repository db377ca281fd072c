"""``embedding.dtype: auto``: what was chosen is said, is part of the run, and is not chosen again."""

from __future__ import annotations

import copy

import pytest
from pipeline_runs import changed

from paser_core.config import Precision, to_tree
from paser_core.measure import run_pipeline
from paser_core.measure.encoding import precision_notices
from paser_core.measure.loading import loaders
from paser_core.measure.resume import facts_of
from paser_core.models import precision
from paser_core.runs.identity import clusters_print, fingerprint_of


@pytest.fixture
def config(workspace):
    _, config = workspace
    models = {"original": None, "compressed": None}
    return changed(config, embedding={"precomputed": None}, models=models)


def has(monkeypatch, fastest):
    monkeypatch.setattr(precision, "_fastest", lambda: fastest)


def test_a_run_says_what_was_chosen_and_keeps_it_on_another_processor(
    config, tmp_path, monkeypatch
):
    def made(config):
        seen = []
        run = run_pipeline(config, tmp_path / "run", loaders(config), seen.append)
        return run, {e["stage"] for e in seen if e["event"] == "stage_started"}

    has(monkeypatch, Precision.BFLOAT16)
    run, started = made(config)
    assert "embedding" in started
    assert run.manifest["encoder"]["dtype"] == "bfloat16"
    told = [
        n["text"] for n in run.manifest["notices"]["embedding"] if n["code"] == "encoder-precision"
    ]
    assert "bfloat16" in told[0]
    has(monkeypatch, Precision.FLOAT32)
    assert made(config)[1] == set()
    assert made(changed(config, embedding={"dtype": "bfloat16"}))[1] == set()
    run, started = made(changed(config, embedding={"dtype": "float32"}))
    assert "embedding" in started
    assert run.manifest["encoder"]["dtype"] == "float32"
    assert made(config)[1] == set()


def test_float32_is_what_runs_without_the_field_were_made_in(config, tmp_path, monkeypatch):
    has(monkeypatch, Precision.FLOAT32)
    run = run_pipeline(config, tmp_path / "run", loaders(config))

    def prints(dtype, used):
        manifest = copy.deepcopy(run.manifest)
        manifest["config"]["embedding"]["dtype"] = dtype
        manifest["encoder"]["dtype"] = used
        if dtype is None:
            del manifest["config"]["embedding"]["dtype"], manifest["encoder"]["dtype"]
        asked = changed(config, embedding={"dtype": dtype or "auto"})
        facts = facts_of(asked, manifest, lambda _: None).get("embedding.dtype")
        return fingerprint_of(manifest), clusters_print(manifest), facts

    older = prints(None, None)
    assert older[2] is None
    assert prints("auto", "float32") == prints("float32", "float32") == older
    assert prints("auto", "bfloat16") == prints("bfloat16", "bfloat16")
    assert not set(prints("auto", "bfloat16")) & set(older)
    assert to_tree(config)["embedding"]["dtype"] == "auto"


def test_only_what_nobody_asked_for_is_told():
    assert precision_notices(Precision.AUTO, Precision.FLOAT32) == []
    assert precision_notices(Precision.BFLOAT16, Precision.BFLOAT16) == []
    assert len(precision_notices(Precision.AUTO, Precision.BFLOAT16)) == 1
