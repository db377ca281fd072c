"""A small app around the map, for ``test_map_component.py`` and ``bench_map_component.py``.

The address says what to draw: ``?n=4000&d=3&seed=1&texts=1&clusters=12&maps=2``. Two pages, so that
one can leave the map and come back.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from dashboard import palette
from dashboard.components.scatter import ScatterEvent, scatter_map
from dashboard.components.scatter_points import (
    LegendEntry,
    Measure,
    Overlay,
    ScatterPoints,
)
from dashboard.geometry import inside, quantize

NAUGHTY = "<b>bold</b> $x$ ![](http://example.org/a.png)"
STATUSES = ("Selected", "Over budget", "Rejected (conflict)")


def clouds(n: int, clusters: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian clouds: ``(n, 3)`` positions, ``(n,)`` clusters. The last point has no place."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, clusters, n)
    centers = rng.normal(size=(clusters, 3)) * 4
    places = centers[labels] + rng.normal(size=(n, 3)) * rng.uniform(0.4, 1, (clusters, 1))[labels]
    if n > 100:
        places[-1] = np.nan
    return places.astype(np.float32), labels


def text(point: int) -> str:
    """About a hundred characters."""
    return f"text of {point}: {NAUGHTY} {'word ' * 15}"


@st.cache_resource(max_entries=16)
def points(n: int, d: int, clusters: int, seed: int, color: str, with_texts: bool) -> ScatterPoints:
    places, labels = clouds(n, clusters, seed)
    hover = text if with_texts else None
    grid = quantize(places[:, :d])
    label = f"Map of {n:,} points"
    if color == "Cluster":
        colors = tuple(palette.cluster_color(k) for k in range(clusters))
        counts = np.bincount(labels, minlength=clusters)
        legend = tuple(
            LegendEntry(f"Cluster {k + 1}: sums, numbers, words", colors[k], int(counts[k]))
            for k in range(clusters)
        )
        return ScatterPoints(grid, labels.astype(np.uint8), colors, legend, None, hover, label)
    ramp = (*palette.ramp(64), palette.NONE)
    low, high = -10.0, 10.0
    share = np.clip((places[:, 0].astype(float) - low) / (high - low), 0, 1)
    index = np.where(np.isfinite(share), np.nan_to_num(share) * 63, 64).round().astype(np.uint8)
    ends = (f"{low:g} or less", f"{high:g} or more")
    return ScatterPoints(
        grid, index, ramp, (), ends, hover, label, Measure("Height", low, high, 64)
    )


def number(name: str, default: int) -> int:
    """From the address that the session was opened with; a change of page forgets the address."""
    asked = st.session_state.setdefault("asked", st.query_params.to_dict())
    return int(asked.get(name, default))


def count(shown: ScatterPoints, which: int, event: ScatterEvent) -> None:
    """As a page does, before it is made anew."""
    members = inside(shown.positions, event.polygon, event.camera)
    st.session_state[f"inside{which}"] = int(members.sum())


def map_page() -> None:
    st.title("Map")
    n, clusters, seed = number("n", 4000), number("clusters", 12), number("seed", 0)
    budget = st.sidebar.slider("Budget", 0, 100, 40)
    deep = st.sidebar.checkbox("3-D", value=number("d", 2) == 3)
    color = st.sidebar.selectbox("Color", ["Cluster", "Value"], index=number("value", 0))
    search = st.sidebar.checkbox("Search", value=number("search", 0) == 1)
    chosen = st.sidebar.number_input("Chosen", -1, n, number("chosen", -1))
    dismissed = st.session_state.get("dismissed", 0)
    shown = points(n, 3 if deep else 2, clusters, seed, color, number("texts", 1) == 1)
    rank = np.random.default_rng(1).random(n) * 100
    status = np.where(rank < budget, 0, np.where(rank < (budget + 100) / 2, 1, 2)).astype(np.uint8)
    overlay = Overlay(
        bright=rank < budget if budget < 100 else None,
        found=np.arange(n) % 97 == 5 if search else None,
        chosen=chosen if chosen >= 0 else None,
        neighbors=range(min(n, 5)) if chosen >= 0 else (),
        status=status,
        status_names=STATUSES,
    )
    for k in range(number("maps", 1)):
        began = time.perf_counter()
        event = scatter_map(
            shown,
            replace(overlay, inside=st.session_state.get(f"inside{k}")),
            key=f"map{k}",
            height=520,
            dismissed=dismissed,
            on_lasso=partial(count, shown, k),
        )
        st.caption(f"mounted in {1000 * (time.perf_counter() - began):.2f} ms")
        members = inside(shown.positions, event.polygon, event.camera)
        st.text(f"members {members.sum()} corners {len(event.polygon)}")
        st.text(f"clicked {event.clicked} clicks {event.clicks > 0}")
        if event.drawn and st.button("Forget the lasso"):
            st.session_state["dismissed"] = event.drawn
            st.rerun()
    st.metric("Budget", budget)


def other_page() -> None:
    st.title("Other")


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    st.navigation(
        [
            st.Page(map_page, title="Map", url_path="map", default=True),
            st.Page(other_page, title="Other", url_path="other"),
        ]
    ).run()
