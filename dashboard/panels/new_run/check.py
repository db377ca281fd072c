"""New run: both models with the data, looked at before the start."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import labels
from dashboard.charts.data import lengths_data
from dashboard.charts.lengths import lengths_figure
from dashboard.widgets.download import Offer
from dashboard.widgets.parts import figure
from dashboard.widgets.waiting import MODELS, look
from paser_core.config import RunConfig
from paser_core.errors import ExceededError
from paser_core.measure.checks import PairCheck, check_pair
from paser_core.notices import Severity
from paser_core.workspace.paths import is_folder


def models_with_data(config: RunConfig) -> str | None:
    """What the run will find of its models, and how long the prompts are; why it cannot start.

    Only where both models lie on this machine: a name may stand for gigabytes to be downloaded.
    """
    pair = (config.models.original, config.models.compressed)
    if any(name is None or not is_folder(Path(name)) for name in pair):
        return None
    st.header("Models with this data", anchor=False)
    try:
        found = look(
            check_pair,
            config.models,
            config.divergence,
            config.data,
            what="Reading samples as the models will read them",
            files=[name for name in (*pair, config.data.path) if name is not None],
            bounds=MODELS,
        )
    except ExceededError as error:
        st.warning(labels.plain(str(error)), icon=":material/timer_off:")
        return None
    if found.error is not None:
        st.error(labels.plain(found.error), icon=":material/error:")
        return "The models cannot be used."
    for notice in found.notices:
        st.text(f"{'Note' if notice.severity is Severity.INFO else 'Attention'}: {notice.text}")
    _lengths(found)
    return None


def _lengths(found: PairCheck) -> None:
    whole = found.samples == found.of
    looked = labels.plural(found.samples, "sample")
    looked += "" if whole else f", spread over {labels.count(found.of)}"
    st.caption(
        f"Prompts of {looked}: {labels.share(found.lost, found.samples)} leave no room for a "
        f"response, {labels.share(found.cut, found.samples)} lose the end of their response."
    )
    figure(
        lengths_figure(found.edges, found.counts, found.max_length),
        "prompt-lengths",
        offer=Offer(
            "prompt-lengths",
            f"Prompts of {looked}",
            lambda: lengths_data(found.edges, found.counts),
        ),
    )
