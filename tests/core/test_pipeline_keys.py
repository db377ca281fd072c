"""Keys decide: an option that changes in a run folder costs the stages it determines, and no other."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from importlib import import_module

import pytest
from pipeline_runs import changed, events
from test_pipeline_resume import Alphabet, counting
from tiny_run import assert_same_run, contents, loaders, write_workspace

from paser_core.cli import main
from paser_core.config import RunConfig, determining, dump_config, to_tree
from paser_core.config.tree import LATER
from paser_core.errors import RunError
from paser_core.measure import run_pipeline
from paser_core.measure.plan import STAGES
from paser_core.runs import Run, read_manifest
from paser_core.runs.identity import determining_fields

FROM_MANIFOLD = ["manifold", "clustering", "layout", "summary"]


@pytest.fixture
def copy(finished, tmp_path):
    """The finished run, without its events."""
    folder = tmp_path / "run"
    shutil.copytree(finished.path, folder, ignore=shutil.ignore_patterns("events.jsonl"))
    return folder


@pytest.mark.parametrize(
    ("sections", "made"),
    [
        ({"clustering": {"k_max": 2}}, ["clustering", "summary"]),
        ({"manifold": {"n_neighbors": 3, "n_components": 2}}, FROM_MANIFOLD),
        ({"seed": 5}, FROM_MANIFOLD),
        ({"concepts": {"per_sample": 2}}, ["concepts", "summary"]),
        ({"divergence": {"max_length": 60}}, ["divergence", "summary"]),
        ({"models": {"template": "none"}}, ["divergence", "summary"]),
        (
            {"data": {"language": "en"}},
            ["embedding", "manifold", "clustering", "layout", "concepts", "summary"],
        ),
        ({"divergence": {"batch_tokens": 200}, "selection": {"budget": 3}}, []),
    ],
)
def test_a_changed_option_costs_its_stages_and_no_other(workspace, copy, tmp_path, sections, made):
    _, before = workspace
    config = changed(before, **sections)
    files = {f for stage in STAGES if stage.name in made for f in stage.files}
    others = [p for p in copy.iterdir() if p.name not in files and p.suffix in (".npy", ".npz")]
    kept = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in others}
    counted, models = counting(config)
    run = run_pipeline(config, copy, counted)
    assert events(copy, "stage_started") == events(copy, "stage_finished") == made
    assert len(models) == ("divergence" in made)  # else they are not even loaded
    assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in others} == kept
    assert run.config == config
    # The same run as if nothing had been there before.
    run_pipeline(config, tmp_path / "fresh", loaders(config))
    assert_same_run(copy, tmp_path / "fresh")


def test_vectors_give_way_to_an_encoder(workspace, copy, tmp_path):
    _, config = workspace
    config = changed(config, embedding={"precomputed": None})
    encoder = dataclasses.replace(loaders(config), encoder=Alphabet)
    run_pipeline(config, copy, encoder)
    assert events(copy, "stage_started") == ["embedding", *FROM_MANIFOLD]
    run_pipeline(config, tmp_path / "fresh", encoder)
    assert_same_run(copy, tmp_path / "fresh")


def test_what_is_made_again_is_said_with_the_reason(workspace, copy, tmp_path, capsys):
    _, config = workspace
    (tmp_path / "run.yaml").write_text(dump_config(config))
    command = ["run", str(tmp_path / "run.yaml"), "--out", str(copy), "--set"]
    assert main([*command, "clustering.k_max=2"]) == 0
    told = capsys.readouterr().out
    assert "made again: clustering, summary, because clustering.k_max changed\n" in told
    assert "layout: already done" in told
    assert main([*command, "clustering.k_max=2", "--set", "seed=0"]) == 0
    assert "made again" not in capsys.readouterr().out


class StopError(Exception):
    """Something that ends a stage in its middle."""


def stop_in(monkeypatch, function):
    def stop(*_, **__):
        raise StopError

    monkeypatch.setattr(f"paser_core.measure.stages.{function}", stop)


def test_a_start_that_ends_in_the_middle_loses_nothing(workspace, finished, copy, monkeypatch):
    _, before = workspace
    config = changed(before, manifold={"n_components": 2})
    with monkeypatch.context() as patch:
        stop_in(patch, "layout_map")
        with pytest.raises(StopError):
            run_pipeline(config, copy, loaders(config))
    with pytest.raises(RunError, match="not finished"):
        Run.open(copy)
    halfway = shutil.copytree(copy, copy.with_name("halfway"))
    # It goes on where it was …
    (copy / "events.jsonl").unlink()
    run_pipeline(config, copy, loaders(config))
    assert events(copy, "stage_started") == ["layout", "summary"]
    # … or back to what it was.
    (halfway / "events.jsonl").unlink()
    run_pipeline(before, halfway, loaders(before))
    assert events(halfway, "stage_reused") == [
        "embedding",
        "layout",
        "concepts",
        "divergence",
        "summary",
    ]
    assert_same_run(halfway, finished.path)


def test_nothing_is_made_again_for_an_option_that_could_not_be_used(
    workspace, finished, copy, monkeypatch
):
    _, before = workspace
    config = changed(before, clustering={"split": [40]})
    with pytest.raises(Exception, match="cluster 40"):
        run_pipeline(config, copy, loaders(config))
    (copy / "events.jsonl").unlink()
    run_pipeline(before, copy, loaders(before))
    assert events(copy, "stage_started") == []
    assert contents(copy) == contents(finished.path)


def test_an_unfinished_run_keeps_what_a_changed_option_leaves(workspace, tmp_path):
    _, config = workspace
    whole, models = counting(config)
    run_pipeline(config, tmp_path / "whole", whole)
    batches = models[0].batches
    stopping, models = counting(config, batches - 1)
    with pytest.raises(KeyboardInterrupt):
        run_pipeline(config, tmp_path / "run", stopping)
    other = changed(config, clustering={"k_max": 2})
    going, models = counting(other)
    run_pipeline(other, tmp_path / "run", going)
    made = events(tmp_path / "run", "stage_started")
    assert made[made.index("divergence") + 1 :] == ["clustering", "divergence", "summary"]
    assert models[0].batches < batches  # scored chunks are not scored again


def test_a_folder_is_bound_to_data_and_models(workspace, finished, copy, tmp_path):
    folder, config = workspace
    before, manifest = contents(copy), (copy / "manifest.json").read_bytes()
    shutil.copytree(folder / "original", tmp_path / "other")
    (tmp_path / "pool.jsonl").write_text((folder / "pool.jsonl").read_text().replace("Add", "Sum"))
    for sections, words in (
        ({"data": {"limit": 5}}, r"data\.limit was not set, now 5"),
        ({"data": {"path": str(tmp_path / "pool.jsonl")}}, "data"),
        ({"models": {"original": None, "compressed": None}}, r"models\.original was .*None"),
        ({"models": {"compressed": str(tmp_path / "other")}}, r"models\.compressed was .*other"),
        (
            {"models": {"compressed": str(tmp_path / "other")}, "data": {"limit": 5}},
            r"data\.limit was not set, now 5; models\.compressed was",
        ),
    ):
        other = changed(config, **sections)
        with pytest.raises(RunError, match=words) as caught:
            run_pipeline(other, copy, loaders(other))
        assert "--out" in str(caught.value)
    assert contents(copy) == before
    assert (copy / "manifest.json").read_bytes() == manifest
    assert Run.open(copy).fingerprint == finished.fingerprint


def test_data_and_models_may_move(workspace, copy, tmp_path):
    folder, config = workspace
    moved = shutil.copytree(folder, tmp_path / "moved")
    config = changed(
        config,
        data={"path": str(moved / "pool.jsonl")},
        embedding={"precomputed": str(moved / "vectors.npy")},
        models={role: str(moved / role) for role in ("original", "compressed")},
    )
    run_pipeline(config, copy, loaders(config))
    assert events(copy, "stage_started") == []


def rewritten(folder, change):
    manifest = read_manifest(folder)
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_run_that_says_nothing_of_its_keys_is_not_made_again(workspace, copy):
    def forget(manifest):
        for stage in manifest["stages"].values():
            del stage["inputs"]
            stage["key"] = "of an earlier kind"

    _, config = workspace
    rewritten(copy, forget)
    run_pipeline(config, copy, loaders(config))
    assert events(copy, "stage_started") == []
    rewritten(copy, forget)
    config = changed(config, clustering={"k_max": 2})
    run_pipeline(config, copy, loaders(config))
    assert events(copy, "stage_started") == ["clustering", "summary"]


def test_a_finished_run_of_an_earlier_version_stays_until_it_changes(workspace, copy, tmp_path):
    def age(manifest):
        manifest["version"] = "0.0.9"
        for stage in manifest["stages"].values():
            stage["inputs"]["version"] = "0.0.9"
            stage["key"] = "of that version"

    _, config = workspace
    rewritten(copy, age)
    assert run_pipeline(config, copy, loaders(config)).manifest["version"] == "0.0.9"
    assert events(copy, "stage_started") == []
    config = changed(config, clustering={"k_max": 2})
    run_pipeline(config, copy, loaders(config))
    assert len(events(copy, "stage_started")) == len(STAGES)  # no run is of two versions
    run_pipeline(config, tmp_path / "fresh", loaders(config))
    assert_same_run(copy, tmp_path / "fresh")


def test_every_option_determines_a_stage(workspace):
    _, config = workspace
    tree = determining_fields(to_tree(config))
    del tree["data"]  # it is bound, but for the language
    names = ["data.language"]
    for section, fields in tree.items():
        names += [f"{section}.{name}" for name in fields] if isinstance(fields, dict) else [section]
    for name in names:
        sections = [s for stage in STAGES for s in stage.sections]
        assert any(f"{name}.".startswith(f"{s}.") for s in sections), name


@pytest.mark.parametrize("path", LATER)
def test_a_field_that_came_later_determines_nothing_at_its_default(path):
    section, name = path.split(".")
    tree = to_tree(RunConfig())
    assert name not in determining(tree)[section]
    other = {**tree, section: tree[section] | {name: "another value"}}
    assert determining(other)[section][name] == "another value"


def test_the_stages_are_in_order_and_their_work_is_there():
    seen = set()
    for stage in STAGES:
        assert seen.issuperset(stage.needs)
        seen.add(stage.name)
        module, _, function = stage.work.partition(":")
        assert callable(getattr(import_module(module), function))
    files = [f for stage in STAGES for f in stage.files]
    assert len(set(files)) == len(files)


def test_the_list_of_stages_loads_no_library_of_their_work():
    code = (
        "import sys; import paser_core.measure; "
        "heavy = {'torch', 'transformers', 'umap', 'sklearn', 'sentence_transformers'}; "
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_damaged_file_and_a_changed_option_are_told_apart(tmp_path, capsys):
    config = write_workspace(tmp_path, 9, models=False)
    run_pipeline(config, tmp_path / "run", loaders(config))
    for name in ("clustering.npz", "layout.npz"):
        (tmp_path / "run" / name).write_bytes(b"")
    (tmp_path / "run.yaml").write_text(dump_config(changed(config, clustering={"k_max": 2})))
    assert main(["run", str(tmp_path / "run.yaml"), "--out", str(tmp_path / "run")]) == 0
    told = capsys.readouterr().out
    assert "made again: clustering, summary, because clustering.k_max changed" in told
    assert "layout.npz is damaged" in told
    assert "clustering.npz is damaged" not in told
