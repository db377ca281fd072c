from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from paser_core.config import ConceptsConfig, Order
from paser_core.errors import RunError, SchemaError, SelectionError
from paser_core.runs import Run, discover, pack_concepts, read_manifest, unpack_concepts
from paser_core.selection import Setting
from paser_core.selection.of_run import candidates, select_from_run
from paser_core.stages.concepts import build_table, filter_concepts
from paser_core.workspace.events import Events, read_events
from paser_core.workspace.files import digest_of
from paser_core.workspace.keys import key_of
from paser_core.workspace.store import Store


def test_a_run_reads_from_anywhere(copy, finished):
    run = Run.open(copy)
    assert run.name == "copy"
    assert run.fingerprint == finished.fingerprint
    assert run.samples.equals(finished.samples)


def test_a_few_columns_are_those_of_the_whole_table(copy):
    lazy, eager = Run.open(copy), Run.open(copy)
    assert len(eager.samples) == eager.n
    np.testing.assert_array_equal(lazy.labels, eager.labels)
    np.testing.assert_array_equal(lazy.tokens, eager.tokens)
    assert lazy.problems == eager.problems
    assert "samples" not in vars(lazy)  # the texts were not read for them


def test_a_sample_is_its_row(finished):
    for row in range(finished.n):
        sample, values = finished.sample(row), finished.samples.iloc[row]
        assert (sample.id, sample.output) == (values["id"], values["output"])
        assert sample.cluster == values["cluster"]
        assert sample.tokens == values["prompt_tokens"] + values["response_tokens"]
        assert 0 < sample.membership <= 1
        assert sample.problem is None


def test_divergence_at_a_node_is_what_is_stored(finished):
    for column, temperature in enumerate(finished.nodes):
        np.testing.assert_allclose(
            finished.divergence_at(float(temperature)),
            finished.node_divergence[:, column],
            atol=1e-6,
        )


def test_the_curve_over_k_is_complete(finished):
    assert set(finished.errors_per_k) == set(finished.scores_per_k)
    assert finished.n_clusters in finished.errors_per_k
    assert finished.reason_for_k
    assert len(set(finished.names)) == finished.n_clusters == len(finished.clusters)


def test_arrays_are_read_not_mapped(finished):
    for array in (finished.embeddings, finished.node_divergence):
        assert not isinstance(array, np.memmap)
        assert not array.flags.writeable  # everybody gets the same one


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("samples.parquet", lambda run: run.samples),
        ("samples.parquet", lambda run: run.labels),
        ("clusters.parquet", lambda run: run.names),
        ("tokens.parquet", lambda run: run.token_divergence(0)),
        ("divergence.npy", lambda run: run.divergence_at(1.0)),
        ("embeddings.npy", lambda run: run.embeddings),
        ("manifold.npz", lambda run: run.coordinates),
        ("clustering.npz", lambda run: run.errors_per_k),
        ("concepts.npz", lambda run: run.concepts),
    ],
)
def test_a_damaged_file_is_named(copy, name, use):
    file = copy / name
    run = Run.open(copy)
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)
    with pytest.raises(RunError, match="damaged") as caught:
        use(run)  # the size is what it was: it is the content that is compared
    assert str(file) in str(caught.value)
    file.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(
        RunError, match=rf"damaged \(it has [\d,]+ bytes, and {len(whole):,}"
    ) as caught:
        Run.open(copy)
    assert str(file) in str(caught.value)


def test_a_missing_file_is_named(copy):
    (copy / "embeddings.npy").unlink()
    with pytest.raises(RunError, match=r"incomplete; embeddings\.npy is missing.*`paser run`"):
        Run.open(copy)


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', "{}", '{"schema": 1}'])
def test_a_bad_manifest_is_an_error(copy, content):
    (copy / "manifest.json").write_text(content)
    with pytest.raises(RunError) as caught:
        Run.open(copy)
    assert "manifest" in str(caught.value) or isinstance(caught.value, SchemaError)


_FINISHED = {
    "fingerprint": "f",
    "n_samples": 9,
    "user_columns": [],
    "data": {"source": "pool.jsonl", "sha256": "d"},
}
_GOOD = {"schema": 1, "version": "", "config": {"models": {}}, "stages": {}, "state": "done"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 0}, r"schema 0; this version reads schema 1 and 2\. Make .* another --out"),
        ({"schema": "1"}, r"schema '1'"),
        ({"schema": True}, r"schema True"),
        ({"schema": 1.0}, r"schema 1\.0"),
        ({"schema": 3}, r"Update the workbench"),
        ({"schema": ...}, r"the manifest names no schema"),
        ({"version": ...}, r"lacks version"),
        ({"stages": []}, r"stages in the manifest is \[\]; schema 1 has an object there"),
        ({"stages": {"layout": 7}}, r"stages\.layout .* is 7"),
        (
            {"stages": {"layout": {"key": "k"}}},
            r"lacks stages\.layout\.files, stages\.layout\.seconds",
        ),
        ({"config": None}, r"config .* is None"),
        ({"config": {}}, r"lacks config\.models"),
        ({"fingerprint": ..., "n_samples": ...}, r"lacks fingerprint, n_samples"),
        ({"n_samples": "9"}, r"n_samples .* is '9'; .* a whole number"),
        ({"n_samples": True}, r"n_samples .* is True"),
        ({"user_columns": "topic"}, r"user_columns .* a list"),
    ],
)
def test_a_manifest_that_is_not_of_this_schema_says_what_is_wrong(tmp_path, change, words):
    tree = {**_GOOD, **_FINISHED, **change}
    tree = {name: value for name, value in tree.items() if value is not ...}
    (tmp_path / "manifest.json").write_text(json.dumps(tree))
    with pytest.raises(SchemaError, match=words) as caught:
        read_manifest(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_manifest_of_a_run_in_work_need_not_be_finished(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps({**_GOOD, "state": "running"}))
    assert read_manifest(tmp_path)["state"] == "running"
    (tmp_path / "manifest.json").write_text(json.dumps(_GOOD | _FINISHED))
    assert read_manifest(tmp_path)["state"] == "done"


def test_a_folder_without_a_run_says_what_to_do(copy, tmp_path):
    with pytest.raises(RunError, match="paser run"):
        Run.open(tmp_path / "nothing")
    with pytest.raises(RunError, match="contains runs, though: copy"):
        Run.open(tmp_path)
    assert discover(tmp_path) == [copy]
    assert discover(copy) == [copy]
    assert discover(tmp_path / "nothing") == []


def test_reading_a_run_loads_no_model_library():
    code = (
        "import sys; import paser_core.selection.of_run, paser_core.runs; "
        "heavy = {'torch', 'transformers', 'umap', 'sklearn', 'sentence_transformers', 'icu4py'}; "
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_equal_arrays_give_equal_bytes(tmp_path):
    store = Store(tmp_path)
    arrays = {"a": np.arange(5), "b": np.array("text")}
    store.write_arrays("one.npz", arrays)
    store.write_arrays("two.npz", arrays)
    assert digest_of([tmp_path / "one.npz"]) == digest_of([tmp_path / "two.npz"])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.npz", "two.npz"]


def test_a_key_changes_with_everything_it_is_made_of():
    parts = [
        ["a", {"x": 1, "y": [2, None]}],
        ["a", {"x": 2, "y": [2, None]}],
        ["b"],
        ["a", "b"],
        ["ab"],
    ]
    assert len({key_of(*p) for p in parts}) == len(parts)
    assert key_of({"x": 1, "y": 2}) == key_of({"y": 2, "x": 1})


def test_a_line_cut_short_does_not_spoil_the_next(tmp_path):
    Events(tmp_path, None).emit("first")
    with (tmp_path / "events.jsonl").open("a") as file:
        file.write('{"time": 1, "eve')
    text = "zwei\nZeilen\u2028und\x85mehr"
    Events(tmp_path, None).emit("second", text=text)
    first, second = read_events(tmp_path)
    assert first["event"] == "first"
    assert (second["event"], second["text"]) == ("second", text)
    for line in (tmp_path / "events.jsonl").read_text().split("\n")[2:-1]:
        json.loads(line)


def test_progress_counts_only_what_this_start_did(tmp_path):
    events = Events(tmp_path, None)
    report = events.progress("divergence")
    report(900, 1000)  # done by an earlier start
    report(1000, 1000)
    last = read_events(tmp_path)[-1]
    assert last["seconds_left"] == 0
    assert (last["done"], last["total"]) == (1000, 1000)


@pytest.mark.parametrize("phrases", [[], [()], [("größe", "interest rate"), (), ("größe",)]])
def test_concepts_survive_the_file(tmp_path, phrases):
    table = build_table(phrases)
    store = Store(tmp_path)
    store.write_arrays("c.npz", pack_concepts(table))
    back = unpack_concepts(store.read_arrays("c.npz"))
    assert back.vocabulary == table.vocabulary
    assert [back.of(r) for r in range(back.n)] == [table.of(r) for r in range(table.n)]


def test_the_answer_is_a_function_of_run_and_knobs(copy, finished):
    for temperature in (0.25, 0.7, 1.0, 4.0):
        for order in Order:
            knobs = Setting(4, temperature, order=order)
            one = select_from_run(finished, knobs)
            two = select_from_run(Run.open(copy), knobs)
            np.testing.assert_array_equal(one.status, two.status)
            np.testing.assert_array_equal(one.rank, two.rank)
            assert one.n_selected <= 4


def test_concept_knobs_are_live(finished):
    assert finished.samples["concepts"].map(tuple).tolist() == [
        filter_concepts(finished.concepts, finished.config.concepts).of(r)
        for r in range(finished.n)
    ]
    few = candidates(finished, Setting(concepts=ConceptsConfig(per_sample=1))).concepts
    assert np.diff(few.indptr).max() <= 1
    none = select_from_run(finished, Setting(9, concepts=ConceptsConfig(per_sample=0)))
    assert none.n_selected == 9  # nothing can conflict


def test_overrides_reach_the_selection(finished):
    free = select_from_run(finished, Setting(3))
    out = int(free.rows[0])
    taken = select_from_run(finished, Setting(3, forced_out=(finished.ids[out],)))
    assert out not in taken.rows


def test_a_run_without_models_says_how_to_add_them(copy):
    manifest = json.loads((copy / "manifest.json").read_text())
    del manifest["models"]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(SelectionError, match=r"models\.original"):
        select_from_run(Run.open(copy), Setting())
