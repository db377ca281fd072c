"""What is looked at: the sample and the cluster on show, samples picked, a setting pinned."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboard.state import walks
from dashboard.state.address import (
    Misread,
    asked,
    is_asked,
    misread,
    outdate_misreadings,
    read_address,
    settle,
    show_in_address,
    went_through_history,
)
from dashboard.state.filters import begin_page
from dashboard.state.session import KEY_CLUSTERS, KEY_CONCEPT, KEY_RUN, forget, held
from paser_core.selection import Setting

_PARAMETER_SAMPLE = "sample"
_PARAMETER_CLUSTER = "cluster"
_PARAMETER_BESIDE = "beside"
_KEY_SAMPLE = "_sample"
_KEY_CLUSTER = "_cluster"
_KEY_BESIDE = "_beside"
_KEY_LINKED = "_linked"
_KEY_PINNED = "_pinned"
_KEY_PAGE = "_page"
_KEY_PATH = "_path"
_KEY_VIEW = "_view"
_KEY_ENTERED = "_entered"
_NUMBER = re.compile("[0-9]{1,6}")


def visit(page: str, path: str) -> None:
    """Note the page that is about to run, by its title and its path, and read the address."""
    st.session_state[_KEY_PAGE] = page
    st.session_state[_KEY_PATH] = path
    read_address()
    if went_through_history():
        _follow_history()
    begin_page()
    walks.begin()


def _follow_history() -> None:
    """Let go of what the entry of the history does not name: there it was not on show."""
    for parameter, key in (
        (_PARAMETER_SAMPLE, _KEY_SAMPLE),
        (_PARAMETER_CLUSTER, _KEY_CLUSTER),
        (_PARAMETER_BESIDE, _KEY_BESIDE),
    ):
        if not is_asked(parameter):
            st.session_state[key] = None
    if not is_asked(KEY_CONCEPT):
        forget(KEY_CONCEPT)


def settle_sample(known: Callable[[str], bool]) -> None:
    """Take the sample of the address, if the run has it, and keep the address up to date."""
    given = asked(_PARAMETER_SAMPLE)
    if given:
        fits = len(given) == 1 and known(given[0])
        st.session_state[_KEY_SAMPLE] = given[0] if fits else None
        if not fits:
            _misread(_PARAMETER_SAMPLE, given, "the id of one sample of this run", "no sample")
    else:
        settle(_PARAMETER_SAMPLE, chosen_sample())
    show_in_address(_PARAMETER_SAMPLE, chosen_sample())


def settle_cluster(n_clusters: int) -> None:
    """Take the clusters of the address, if the run has them, and keep the address up to date."""
    first = "the first in the list of clusters"
    for parameter, key, shown in (
        (_PARAMETER_CLUSTER, _KEY_CLUSTER, first),
        (_PARAMETER_BESIDE, _KEY_BESIDE, "no cluster beside the page"),
    ):
        given = asked(parameter)
        if given:
            fits = len(given) == 1 and _NUMBER.fullmatch(given[0]) and int(given[0]) < n_clusters
            st.session_state[key] = int(given[0]) if fits else None
            if not fits:
                accepted = f"one number from 0 to {n_clusters - 1}"
                _misread(parameter, given, accepted, shown)
        else:
            known = held(key, int)
            if known is not None and known >= n_clusters:  # people have taken it back since
                st.session_state[key] = None
            settle(parameter, held(key, int))
        show_in_address(parameter, held(key, int))


def _misread(parameter: str, given: tuple[str, ...], accepted: str, shown: str) -> None:
    misread(Misread(parameter, " and ".join(given), accepted, shown, None))


def enter_run(fingerprint: str, data: str) -> None:
    """Let go of what belongs to the run shown before: clusters, and on other data sample and picks.

    Ids may be numbers of rows, so that on other data the same id is another text.
    """
    before, now = st.session_state.get(_KEY_ENTERED), (fingerprint, data)
    st.session_state[_KEY_ENTERED] = now
    if before is None or before == now:
        return
    outdate_misreadings(but=KEY_RUN)
    choose_cluster(None)
    look_beside(None)
    forget(KEY_CLUSTERS)
    if before[1] != data:
        choose_sample(None)
        link(None)


def page_path() -> str:
    """The path of the page on show, below the root; empty: the first page."""
    return held(_KEY_PATH, str) or ""


def keep_view(view: object) -> None:
    """Keep what the side bar made (a view, or an error) for the page that comes."""
    st.session_state[_KEY_VIEW] = view


def kept_view() -> object:
    """What the side bar made."""
    return st.session_state.get(_KEY_VIEW)


def app_has_run() -> bool:
    """Whether the app has run in this session, and not a page alone."""
    return _KEY_PAGE in st.session_state


def chosen_sample() -> str | None:
    """The id of the sample that every page shows, also in the URL."""
    return held(_KEY_SAMPLE, str)


def choose_sample(sample_id: str | None) -> None:
    """Show another sample, or none."""
    st.session_state[_KEY_SAMPLE] = sample_id
    show_in_address(_PARAMETER_SAMPLE, sample_id)


def chosen_cluster() -> int | None:
    """The number of the cluster that is looked at, also in the URL.

    By number, not by name: a copied address outlives a rename.
    """
    return held(_KEY_CLUSTER, int)


def choose_cluster(cluster: int | None) -> None:
    """Look at another cluster, or at none."""
    st.session_state[_KEY_CLUSTER] = cluster
    show_in_address(_PARAMETER_CLUSTER, cluster)


def beside() -> int | None:
    """The number of the cluster that stands beside the page, also in the URL."""
    return held(_KEY_BESIDE, int)


def look_beside(cluster: int | None) -> None:
    """Show a cluster beside the page, in place of a sample that is there, or none."""
    if cluster is not None:
        choose_sample(None)
    st.session_state[_KEY_BESIDE] = cluster
    show_in_address(_PARAMETER_BESIDE, cluster)


@dataclass(frozen=True)
class Linked:
    """Samples picked on one page and shown on all of them, by id, so that a rerun loses none."""

    origin: str  # after "12 samples": "in the lasso", "of the cluster Code", …
    ids: tuple[str, ...]
    lasso: int = 0  # the lasso that picked them; 0: none


def linked() -> Linked | None:
    """The linked samples, if any."""
    return held(_KEY_LINKED, Linked)


def link(chosen: Linked | None) -> None:
    """Link other samples, or none."""
    st.session_state[_KEY_LINKED] = chosen


def has_picked() -> bool:
    """Whether samples or a setting were picked or let go of in this session."""
    return _KEY_LINKED in st.session_state or _KEY_PINNED in st.session_state


def unlink() -> None:
    """Link no samples; for a button."""
    link(None)


def pinned() -> tuple[str, Setting] | None:
    """The setting put aside to compare with, if any, and the content of the run it is for."""
    value: tuple[str, Setting] | None = st.session_state.get(_KEY_PINNED)
    return value


def pin(setting: tuple[str, Setting] | None) -> None:
    """Pin the setting of a run, or none."""
    st.session_state[_KEY_PINNED] = setting
