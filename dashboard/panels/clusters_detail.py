"""One cluster: what is in it, whether its damage is real, and who is at its edge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import palette, runs, state, words
from dashboard.charts import DivergenceBins, MembershipBins, divergence_figure, membership_figure
from dashboard.panels import clusters_names
from dashboard.panels import clusters_words as said
from dashboard.panels.cards import Card, cards
from dashboard.panels.clusters import standing
from dashboard.panels.frame import View, go_to
from dashboard.panels.sample import choose

_LINES = 5  # samples listed as examples
_KEY_BOX = "cluster-box"
_KEY_COLUMN = "cluster-column"
_PLAIN_CHART = {"displayModeBar": False}
# Lines of a list, not buttons of a form: Streamlit would give each the height of a button.
_LINES_CSS = """
<style>
[class*="st-key-lines-"] button { min-height: 1.6rem; padding-top: 0; padding-bottom: 0; }
[class*="st-key-lines-"] [data-testid="stCaptionContainer"] { padding-left: 1.55rem; }
</style>
"""


def show(view: View, cluster: int) -> None:
    """Everything about one cluster, in two columns."""
    st.html(_LINES_CSS)
    _head(view, cluster)
    _numbers(view, cluster)
    left, right = st.columns(2, gap="large")
    with left:
        _belonging(view, cluster)
    with right:
        if view.selection is not None:
            _damage(view, cluster)
        clusters_names.panel(view, cluster)


def _belonging(view: View, cluster: int) -> None:
    """What holds it together, or who might belong elsewhere; only what is looked at is drawn."""
    within, edge = st.tabs(
        ["Is it one thing?", "Who is at its edge?"], key="cluster-belonging", on_change="rerun"
    )
    if edge.open:
        with edge:
            _edge(view, cluster)
    else:
        with within:
            _content(view, cluster)


def _head(view: View, cluster: int) -> None:
    rows = runs.members(view.run, cluster)
    st.header(words.plain(view.names[cluster]), anchor=False)
    if view.names[cluster] != view.run.names[cluster]:
        st.caption(words.plain(f"Automatic name: {view.run.names[cluster]}"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _box(view, cluster)
        st.button(
            f"Pick its {words.plural(len(rows), 'sample')}",
            key="pick-cluster",
            icon=":material/select_all:",
            on_click=_link,
            args=(view, f"in cluster {view.names[cluster]}", rows),
            help="They stay picked on every page until you let them go.",
        )
        if st.button("Show on the map", key="map-cluster", icon=":material/scatter_plot:"):
            _link(view, f"in cluster {view.names[cluster]}", rows)
            go_to("pages/map.py")


def _link(view: View, origin: str, rows: NDArray[np.int64]) -> None:
    state.link(state.Linked(words.excerpt(origin, 60), runs.ids_of(view.run, rows)))


def _box(view: View, cluster: int) -> None:
    """The way to choose a cluster that needs no mouse."""

    def picked() -> None:
        state.choose_cluster(state.get(_KEY_BOX))

    state.put(_KEY_BOX, cluster)
    st.selectbox(
        "Cluster",
        standing(view).order.tolist(),
        format_func=lambda k: words.excerpt(view.names[k], 60),
        key=_KEY_BOX,
        on_change=picked,
        width=340,
    )


def _numbers(view: View, cluster: int) -> None:
    found, selection = standing(view), view.selection
    size = int(found.sizes[cluster])
    shown = [
        Card("Samples", words.count(size), f"{words.share(size, view.run.n)} of all"),
    ]
    if selection is not None:
        shown = [
            Card(
                "CDS",
                words.score(found.cds[cluster]),
                runs.interval(found.low[cluster], found.high[cluster]),
                words.HELP_CDS,
            ),
            Card(
                "Share of the budget",
                words.share(runs.share_of_budget(selection)[cluster]),
                f"{words.count(selection.accepted[cluster])} selected, "
                f"{words.count(selection.refused[cluster])} refused",
            ),
            *shown,
        ]
    else:
        shown.append(
            Card(
                "Mean membership",
                f"{found.membership[cluster]:.2f}",
                f"{words.count(found.edge[cluster])} at its edge",
            )
        )
    for best in runs.tallies(view.run)[:1]:
        value, share = best.mostly(cluster)
        shown.append(
            Card(
                words.plain(f"Mostly ({words.excerpt(best.column, 20)})"),
                words.share(share),
                words.plain(words.excerpt(value, 24)),
            )
        )
    cards(*shown)


def _content(view: View, cluster: int) -> None:
    st.text(" · ".join(view.run.clusters["keywords"].iloc[cluster]))
    _against_column(view, cluster)
    rows = runs.members(view.run, cluster)
    st.text(said.repeats(int(runs.repeated(view.run)[rows].sum())))
    st.caption("Closest to its centre")
    _lines(view, runs.exemplars(view.run, cluster)[:_LINES], key="central")


def _against_column(view: View, cluster: int) -> None:
    """The cluster laid against one of the user's own columns."""
    tallies = runs.tallies(view.run)
    if not tallies:
        return
    by_name = {tally.column: tally for tally in tallies}
    name = tallies[0].column
    if len(tallies) > 1:
        name = st.selectbox(
            "Laid against the column",
            list(by_name),
            key=_KEY_COLUMN,
            persist_state="session",
            width=340,
        )
    tally = by_name[name]
    st.text(said.composition(tally, cluster))
    st.dataframe(
        runs.composition_frame(tally, cluster),
        hide_index=True,
        height="content",
        column_config={
            "value": st.column_config.TextColumn(words.plain(name)),
            "samples": st.column_config.NumberColumn("Samples", format="localized", width=70),
            "of_cluster": st.column_config.ProgressColumn(
                "Of the cluster", format="%.0f %%", min_value=0, max_value=100, width=98
            ),
            "of_value": st.column_config.ProgressColumn(
                "Of the value", format="%.0f %%", min_value=0, max_value=100, width=98
            ),
        },
        alt="The values of the column in this cluster",
    )
    st.caption(
        f"Over the whole run, clusters and column agree to {tally.agreement:.2f} (normalised mutual "
        "information; 0: unrelated, 1: the same groups)."
    )


def _damage(view: View, cluster: int) -> None:
    st.subheader("Is its damage real?", anchor=False)
    found, temperature = standing(view), view.knobs.temperature
    measured, size = int(found.measured[cluster]), int(found.sizes[cluster])
    if found.few[cluster]:
        st.warning(said.few(measured, size), icon=":material/warning:")
    if not measured:
        return
    spread = runs.spread(view.run, cluster, temperature)
    if not np.isnan(found.low[cluster]):
        others = [view.names[k] for k in found.order if found.overlaps[cluster, k]]
        st.text(said.overlap(others, int((~np.isnan(found.low)).sum()) - 1))
    if not found.few[cluster]:
        st.text(said.concentration(spread.half))
    st.plotly_chart(
        divergence_figure(
            DivergenceBins(
                spread.edges,
                spread.own,
                spread.all,
                float(found.cds[cluster]),
                float(found.low[cluster]),
                float(found.high[cluster]),
                palette.cluster_color(cluster),
            )
        ),
        key="cluster-divergence",
        config=_PLAIN_CHART,
        alt=f"Distribution of the divergence of its samples at temperature {temperature:.2f}, with "
        f"the mean, the CDS, at {words.score(found.cds[cluster])}.",
    )
    st.caption("Most damaged")
    rows = runs.most_damaged(view.run, cluster, temperature, _LINES)
    values = runs.measured(view.run, temperature)[0][rows]
    _lines(view, rows, key="damaged", before=[words.score(v) for v in values])


def _edge(view: View, cluster: int) -> None:
    found = standing(view)
    st.text(said.at_its_edge(int(found.edge[cluster]), int(found.sizes[cluster])))
    edges, counts = runs.strength(view.run, cluster)
    st.plotly_chart(
        membership_figure(MembershipBins(edges, counts, runs.EDGE, palette.cluster_color(cluster))),
        key="cluster-membership",
        config=_PLAIN_CHART,
        alt="Its samples by membership; most have 1.",
    )
    if found.edge[cluster]:
        strength = view.run.samples["membership"].to_numpy()
        rows = runs.members(view.run, cluster)
        st.button(
            f"Pick the {words.count(found.edge[cluster])} at its edge",
            key="pick-edge",
            icon=":material/select_all:",
            on_click=_link,
            args=(
                view,
                f"at the edge of cluster {view.names[cluster]}",
                rows[strength[rows] < runs.EDGE],
            ),
        )
    least = runs.least_certain(view.run, cluster, _LINES)
    if not len(least.rows):
        return
    st.caption("Least certain, with their membership here and in the cluster that comes next")
    notes = [
        f"{own:.2f} here, {next_:.2f} in {words.excerpt(view.names[other], 40)}"
        for own, other, next_ in zip(least.own, least.other, least.next, strict=True)
    ]
    _lines(view, least.rows, key="uncertain", below=notes)


def _lines(
    view: View,
    rows: NDArray[np.int64],
    *,
    key: str,
    before: Sequence[str] = (),
    below: Sequence[str] = (),
) -> None:
    """The beginnings of samples, each a button that shows the whole of it."""
    samples = view.run.samples
    with st.container(gap="xxsmall", key=f"lines-{key}"):
        for place, row in enumerate(int(r) for r in rows):
            text = " ".join(str(samples[c].iloc[row]) for c in ("instruction", "input"))
            line = words.excerpt(text, 100)
            st.button(
                words.plain(f"{before[place]}  ·  {line}" if before else line),
                key=f"{key}-{row}",
                type="tertiary",
                icon=":material/notes:",
                wrap=False,
                help=words.plain(f"Show the whole sample {samples['id'].iloc[row]}"),
                on_click=_open,
                args=(view, row),
            )
            if below:
                st.caption(words.plain(below[place]))


def _open(view: View, row: int) -> None:
    choose(view, row)
    state.tell(state.Message("The sample is shown at the end of the page."))
