"""New run: what turns samples into vectors, and the two models that are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import labels
from dashboard.drafts.form import knobs
from dashboard.drafts.typed import absolute
from dashboard.jobs.compression import Compression
from dashboard.panels.new_run import compress
from dashboard.panels.new_run import labels as say
from dashboard.panels.new_run.data import Given
from dashboard.panels.new_run.options import one_of, typed
from dashboard.serving import started_in
from dashboard.state import draft
from dashboard.widgets.fields import field
from dashboard.widgets.waiting import ALL_ROWS, look
from paser_core.config import EmbeddingConfig, RunConfig
from paser_core.errors import ExceededError
from paser_core.measure import checks
from paser_core.measure.checks import Finding, Verdict

BUNDLED, COLUMN, FILE, OTHER = ENCODERS = (
    "Bundled encoder",
    "A column of vectors",
    "A .npy file",
    "Another encoder",
)
KEY_ENCODER, KEY_COLUMN, KEY_FILE = "encoder", "column", "file"  # of the draft
PAIR, COMPRESS = SOURCES = ("I have a compressed model", "Compress the original first")
KEY_SOURCE = "models-from"
_ICONS = {Verdict.GOOD: "check_circle", Verdict.UNKNOWN: "cloud", Verdict.BAD: "error"}


@dataclass(frozen=True)
class Chosen:
    """Values for fields of the config, and why they cannot be used."""

    values: Mapping[str, Any]
    trouble: str | None = None
    compression: Compression | None = None  # the compressed model is made first


def embedding(given: Given) -> Chosen:
    """Where the vectors come from."""
    st.header("Embedding", anchor=False)
    source = one_of("Where do the vectors come from?", ENCODERS, KEY_ENCODER)
    if source == COLUMN:
        return _column(given)
    if source == FILE:
        return _file(given)
    if source == OTHER:
        return _named("embedding.model", checks.check_encoder, "Name the encoder.")
    st.caption(say.BUNDLED)
    return Chosen({})


def _column(given: Given) -> Chosen:
    columns = checks.vector_columns(given.found)
    if not columns:
        st.info(say.NO_VECTORS, icon=":material/info:")
        return Chosen({}, "There is no column of vectors; choose another source of them.")
    column = st.selectbox("Column", columns, key=draft.draft_key(KEY_COLUMN))
    assert given.config.path is not None
    try:
        finding = look(
            checks.check_vector_column,
            given.config,
            column,
            what="Reading the vectors",
            files=[given.config.path],
            bounds=ALL_ROWS,
        )
    except ExceededError as error:
        finding = Finding(Verdict.UNKNOWN, str(error))
    return _vectors(column, finding)


def _file(given: Given) -> Chosen:
    told = knobs()["embedding.precomputed"].help
    text = typed(KEY_FILE, "Path of the .npy file", told, placeholder="data/vectors.npy")
    if not text:
        return Chosen({}, "Name the .npy file.")
    path = absolute(text, started_in(), local=True)
    rows = given.check.rows if given.check else None
    return _vectors(path, checks.check_vectors(path, rows))


def _vectors(source: str, finding: Finding) -> Chosen:
    _say(finding)
    trouble = "The vectors cannot be used." if finding.verdict is Verdict.BAD else None
    return Chosen({"embedding.precomputed": source}, trouble)


def models() -> Chosen:
    """The pair that is compared, or none, and how."""
    st.header("Models", anchor=False)
    source = one_of("Which models?", SOURCES, KEY_SOURCE)
    if source == PAIR:
        st.caption(say.NO_MODELS)
        return pair()
    st.caption(say.COMPRESS)
    found = _named("models.original", checks.check_model, None)
    compression, trouble = compress.choose(found.values.get("models.original"))
    return Chosen({**found.values, **_how()}, found.trouble or trouble, compression)


def pair() -> Chosen:
    """The two names with what is known of them, and how they are run."""
    found = {}
    for role, cell in zip(("original", "compressed"), st.columns(2), strict=True):
        with cell:
            found[role] = _named(f"models.{role}", checks.check_model, None)
    values = {path: value for chosen in found.values() for path, value in chosen.values.items()}
    trouble = next((c.trouble for c in found.values() if c.trouble), None)
    return Chosen(values | _how(), trouble)


def _how() -> dict[str, Any]:
    """How the models are run."""
    values = {}
    for path, cell in zip(
        ("models.template", "models.device", "models.dtype"), st.columns(3), strict=True
    ):
        with cell:
            values[path] = field(knobs()[path], draft.draft_key(path))
    return values


def _named(path: str, check: Any, missing: str | None) -> Chosen:
    """A model by folder or hub name, with one sentence about it."""
    text = typed(path, placeholder="folder, or owner/name on the hub")
    if not text:
        return Chosen({}, missing)
    name = absolute(text, started_in())
    finding = check(name)
    _say(finding)
    bad = finding.verdict is Verdict.BAD
    return Chosen({path: name}, f"{knobs()[path].label}: it cannot be used." if bad else None)


def _say(finding: Finding) -> None:
    """A sentence with its sign; a path in it stays text."""
    sign = f":material/{_ICONS[finding.verdict]}:"
    if finding.verdict is Verdict.BAD:
        st.error(labels.plain(finding.sentence), icon=sign)
    else:
        st.caption(f"{sign} {labels.plain(finding.sentence)}")


def shown(config: RunConfig) -> dict[str, str]:
    """What the boxes of this part say for a config, beside its fields."""
    source = config.embedding.precomputed
    if source is None:
        bundled = config.embedding.model == EmbeddingConfig().model
        return {KEY_ENCODER: BUNDLED if bundled else OTHER}
    if source.endswith(".npy"):
        return {KEY_ENCODER: FILE, KEY_FILE: source}
    return {KEY_ENCODER: COLUMN, KEY_COLUMN: source}
