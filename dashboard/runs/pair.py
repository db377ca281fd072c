"""The two models of a run in words, read from their folders where these are at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard.runs.opening import remembered
from dashboard.serving import DEMO, started_in
from paser_core import runs as core_runs
from paser_core.runs import Run
from paser_core.workspace import paths


@dataclass(frozen=True)
class ModelCard:
    """One model of the pair."""

    role: str
    name: str
    facts: str  # "1,967,808 parameters, 7.9 MB, F32, 65.0 % of weights zero"; empty if not at hand


def model_cards(run: Run) -> tuple[ModelCard, ...]:
    """Original and compressed; empty without models."""
    if not run.has_models:
        return ()
    models = run.manifest["models"]
    return tuple(
        ModelCard(
            role.capitalize(),
            models[role]["name"],
            # What was written down at measuring: the folder may be gone, or hold another model now.
            models[role].get("facts") or _facts(_folder(run, models[role]["name"])),
        )
        for role in ("original", "compressed")
    )


def model_name(run: Run, role: str) -> str:
    """What a command may call a model of the run: its folder where that is at hand, else its name."""
    name = str(run.manifest["models"][role]["name"])
    folder = _folder(run, name)
    return folder if paths.is_folder(folder) else name


def data_file(run: Run) -> str | None:
    """Where the data of a run is, if that is at hand; else what its config names, if anything."""
    name = run.config.data.path
    if name is None:
        return None
    place = _folder(run, name)
    return place if paths.exists(place) else name


def _folder(run: Run, name: str) -> str:
    """Where the model is, if it is a folder. A relative path starts where the server was started.

    Not where it works, which is beside the app. Those of the bundled demo start at the project.
    """
    start = DEMO.parents[2] if run.path.resolve() == DEMO else started_in()
    return str(start / Path(name).expanduser())


@st.cache_resource(max_entries=16, show_spinner=False)
def _facts(folder: str) -> str:
    from paser_core.models.compression import describe_checkpoint

    found = describe_checkpoint(Path(folder))
    return "" if found is None else str(found)


@remembered(16)
def token_scale(run: Run) -> float:
    """Bits that the darkest shade of a token stands for, in the whole run."""
    return core_runs.token_scale(run)
