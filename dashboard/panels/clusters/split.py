"""Cut a cluster up: as a new run beside this one, so that both can be compared."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import labels
from dashboard.jobs import control, names
from dashboard.serving import new_runs_folder
from dashboard.state import draft, messages
from dashboard.widgets.frame import View
from paser_core import __version__
from paser_core.runs.corrected import CorrectedRun

_HELP = (
    "A new run is made beside this one. It takes over vectors, map, concepts and the models' "
    "measurements; only the clusters and what follows from them are made again. Compare then shows "
    "what the cut changes. Decisions of people stay with this run."
)


def offer(view: View, cluster: int, places: int) -> None:
    """A button that cuts a cluster into its places, or into two halves where it hangs together."""
    if isinstance(view.run, CorrectedRun):
        st.caption(
            "People have put clusters of this run right, which a new run would not have. Pick the "
            "samples of a part and move them into a new cluster instead: on the Map or the Ledger, "
            "“Decide on all of these samples”."
        )
        return
    made_by = str(view.run.manifest["version"])
    if made_by != __version__:
        st.caption(
            labels.plain(
                f"It can be split once the run is made again: this version ({__version__}) may number "
                f"the clusters otherwise than the one that made the run ({made_by})."
            )
        )
        return
    st.button(
        f"Split it into {max(places, 2)}, as a new run",
        key="split-cluster",
        icon=":material/call_split:",
        help=_HELP,
        on_click=_split,
        args=(view, cluster),
    )


@messages.telling
def _split(view: View, cluster: int) -> None:
    run, folder = view.run, new_runs_folder()
    clustering = run.config.clustering
    split = (*clustering.split, cluster)
    config = replace(run.config, clustering=replace(clustering, split=split))
    name = names.default_name(f"{run.name}-split-{cluster}", folder)
    control.create(config, folder, name, run.path.resolve())
    draft.watch(str((folder / name).resolve()))
    messages.leave(messages.Message(f"The run {name} is being made; New run shows how far it is."))
