"""New run: the form from data to start, and the one that adds models to a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import labels
from dashboard.drafts.form import config_of, values_of
from dashboard.jobs import control, names
from dashboard.jobs.compression import compressed_folder, compression_step
from dashboard.jobs.folders import MODELS, Step
from dashboard.panels.new_run import data as new_run_data
from dashboard.panels.new_run import labels as say
from dashboard.panels.new_run import models as new_run_models
from dashboard.panels.new_run.check import models_with_data
from dashboard.panels.new_run.data import Given
from dashboard.panels.new_run.models import Chosen
from dashboard.panels.new_run.options import options, typed
from dashboard.serving import new_runs_folder
from dashboard.state import draft, messages
from dashboard.widgets.parts import button
from dashboard.widgets.starting import commands, start_button
from paser_core.config import ModelsConfig, RunConfig, dump_config, parse_config, to_tree
from paser_core.errors import PaserError
from paser_core.runs import read_manifest

_KEY_NAME = "name"
_PAIR = ("models.original", "models.compressed")


def form_or_models() -> None:
    """The form for a new run, or the one that gives an old one its models."""
    extended = draft.run_to_extend()
    if extended is not None:
        add_models(Path(extended))
    else:
        form()


def form() -> None:
    """Data, fields, embedding, models, options, start: each shown when the one before is known."""
    data = new_run_data.choose()
    given = new_run_data.map_fields(*data) if data is not None else None
    if given is None:
        return
    embedding = new_run_models.embedding(given)
    models = new_run_models.models()
    turned = options()
    _start(given, embedding, models, turned)


def _start(given: Given, embedding: Chosen, models: Chosen, turned: Mapping[str, Any]) -> None:
    checked = st.container()
    st.header("Start", anchor=False)
    folder = new_runs_folder()
    free = names.default_name(given.name, folder)
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        told = f"Its folder will be in {labels.plain(str(folder))}."
        name = typed(_KEY_NAME, "Name of the run", told, placeholder=free) or free
    data = {
        "data.path": given.config.path,
        "data.name": given.config.name,
        "data.split": given.config.split,
        "data.on_error": str(given.config.on_error),
    }
    fields = to_tree(given.config.fields)
    data |= {f"data.fields.{role}": column for role, column in fields.items()}
    trouble = given.trouble or embedding.trouble or models.trouble
    config = None
    try:
        names.check_name(name, folder)
        chosen = dict(models.values)
        if models.compression is not None and models.trouble is None:
            chosen["models.compressed"] = str(compressed_folder(folder.resolve(), name))
            names.check_name(name, folder / MODELS)
        config = config_of(data | dict(embedding.values) | chosen | dict(turned))
    except PaserError as error:
        trouble = trouble or str(error)
    if config is not None and trouble is None:
        with checked:
            trouble = models_with_data(config)
    before, off = _before(config, models), config is None
    with right:
        start_button(
            "Start the run", "start", trouble, _create, folder / name, config, before, off=off
        )
    if config is not None:
        _same_in_a_shell(config, (*before, control.run_step(folder / name)))


@messages.telling
def _create(run: Path, config: RunConfig, before: tuple[Step, ...]) -> None:
    control.create(config, run.parent, run.name, before=before)
    draft.watch(str(run.resolve()))
    # The data is done with; models and options stay for the next data set.
    draft.empty_uploader()
    texts = (_KEY_NAME, new_run_data.KEY_PATH, new_run_data.KEY_HUB)
    roles = (f"data.fields.{role}" for role in new_run_data.ROLES)
    draft.fill_draft(
        dict.fromkeys(texts, "")
        | dict.fromkeys(roles, new_run_data.RECOGNIZED)
        | {new_run_data.KEY_SKIP: False}
    )


def _before(config: RunConfig | None, models: Chosen) -> tuple[Step, ...]:
    """What makes the models first."""
    if config is None or models.compression is None or config.models.compressed is None:
        return ()
    return (compression_step(models.compression, config),)


def _same_in_a_shell(config: RunConfig, steps: Sequence[Step]) -> None:
    """The file that will be written, and the commands that will be started."""
    with st.expander("Config file and command line", icon=":material/terminal:"):
        st.caption(say.SAME_COMMAND)
        commands(steps)
        st.code(dump_config(config), language="yaml", wrap_lines=True)


def fill_in(config: RunConfig) -> None:
    """Put a config into the form, to start a run like it."""
    values = values_of(config)
    draft.fill_draft(values | new_run_data.shown(config) | new_run_models.shown(config))


def add_models(run: Path) -> None:
    """The form for a run that stopped after the clusters, or whose models were not usable."""
    st.header(f"Models for {labels.plain(run.name)}", anchor=False)
    st.caption(say.ADD_MODELS)
    chosen = new_run_models.pair()
    models, trouble = None, chosen.trouble
    try:
        before = parse_config(read_manifest(run)["config"])
        values = values_of(before) | dict.fromkeys(_PAIR) | dict(chosen.values)
        models = config_of(values).models
        if models.original is None and before.models.original is None:
            trouble = trouble or "Name both models."
    except PaserError as error:
        trouble = trouble or str(error)
    off = models is None
    start_button("Go on with these models", "start", trouble, _go_on, run, models, off=off)
    button("Back", "back", None, draft.extend_run, None)


@messages.telling
def _go_on(run: Path, models: ModelsConfig) -> None:
    control.add_models(run, models)
    draft.watch(str(run))
    draft.extend_run(None)
