"""The only module that touches ``st.session_state`` and the query string: typed accessors for both.

What a page must remember lives here under one key each. The knobs are bound to the URL by the
widgets themselves (``bind="query-params"``), so that a copied address shows the same view.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from paser_core.config import ConceptsConfig, SelectionConfig

KEY_RUN = "run"
KEY_BUDGET = "budget"
KEY_TEMPERATURE = "temperature"
KEY_RULE = "allocation"
KEY_ORDER = "order"
KEY_PER_SAMPLE = "concepts"
KEY_MAX_WORDS = "words"
KEY_MAX_FREQUENCY = "frequency"
KEY_COLOR = "color"
KEY_SPACE = "space"
KEY_QUERY = "q"
KEY_MODE = "search"
KEY_CONCEPT = "concept"
KEY_FIND = "find"
KEY_NEAR = "near"
KEY_FORMAT = "format"
KEY_AGAINST = "against"
KEY_DRAW = "draw"
KEY_OTHER_RUN = "other"
KEY_OTHER_SETTING = "setting"
KEY_OTHER_EXPORT = "folder"
KEY_SIDE = "side"
KNOBS = (
    KEY_BUDGET,
    KEY_TEMPERATURE,
    KEY_RULE,
    KEY_ORDER,
    KEY_PER_SAMPLE,
    KEY_MAX_WORDS,
    KEY_MAX_FREQUENCY,
)
_PARAMETER_SAMPLE = "sample"
_PARAMETER_CLUSTER = "cluster"
_KEY_SAMPLE = "_sample"
_KEY_CLUSTER = "_cluster"
_PARAMETER_PAIR = "pair"
_KEY_PAIR = "_pair"
_KEY_TRAIL = "_trail"
_LONGEST_TRAIL = 8
_KEY_LINKED = "_linked"
_KEY_PINNED = "_pinned"
_KEY_REVIEWER = "_reviewer"
_KEY_PAGE = "_page"
_KEY_VIEW = "_view"
_KEY_PREPARED = "_prepared_export"
_KEY_MESSAGE = "_message"
_KEY_WHAT_IF = "_what_if"
_KEY_SEEDS = "_seeds"
_KEY_UPLOADED = "_uploaded"
_KEY_UPLOADS = "_uploads"
_KEY_WATCHED = "_watched_runs"
_KEY_EXTEND = "_run_to_extend"
_NUMBER = re.compile("[0-9]{1,6}")


# --- the knobs -------------------------------------------------------------------------------


def visit(page: str) -> None:
    """Note the page that is about to run, and keep the address up to date."""
    st.session_state[_KEY_PAGE] = page
    if _KEY_SAMPLE not in st.session_state:
        st.session_state[_KEY_SAMPLE] = st.query_params.get(_PARAMETER_SAMPLE)
        given = st.query_params.get(_PARAMETER_CLUSTER, "")
        st.session_state[_KEY_CLUSTER] = int(given) if _NUMBER.fullmatch(given) else None
    _show_in_address(_PARAMETER_SAMPLE, chosen_sample())
    _show_in_address(_PARAMETER_CLUSTER, chosen_cluster())


def hold(view: object) -> None:
    """Keep what the side bar made (a view, or an error) for the page that comes."""
    st.session_state[_KEY_VIEW] = view


def held() -> object:
    """What the side bar made."""
    return st.session_state.get(_KEY_VIEW)


def entered() -> bool:
    """Whether the app has run in this session, and not a page alone."""
    return _KEY_PAGE in st.session_state


def put(key: str, value: object) -> None:
    """Set a widget's value before it is drawn, e.g. from a callback."""
    st.session_state[key] = value


def get(key: str) -> Any:
    """A widget's value, or None before it was drawn."""
    return st.session_state.get(key)


def fit(key: str, low: float, high: float) -> None:
    """Move a remembered value into the range of the run that is shown now."""
    value = st.session_state.get(key)
    if value is not None:
        st.session_state[key] = min(max(value, low), high)


# --- what is looked at -----------------------------------------------------------------------


def chosen_sample() -> str | None:
    """The id of the sample that every page shows, also in the URL."""
    value = st.session_state.get(_KEY_SAMPLE)
    return value if isinstance(value, str) else None


def choose_sample(sample_id: str | None) -> None:
    """Show another sample, or none."""
    st.session_state[_KEY_SAMPLE] = sample_id
    _show_in_address(_PARAMETER_SAMPLE, sample_id)


def chosen_cluster() -> int | None:
    """The number of the cluster that is looked at, also in the URL.

    By number, not by name: a copied address outlives a rename.
    """
    value = st.session_state.get(_KEY_CLUSTER)
    return value if isinstance(value, int) else None


def choose_cluster(cluster: int | None) -> None:
    """Look at another cluster, or at none."""
    st.session_state[_KEY_CLUSTER] = cluster
    _show_in_address(_PARAMETER_CLUSTER, cluster)


def _show_in_address(parameter: str, chosen: str | int | None) -> None:
    if chosen is None:
        st.query_params.pop(parameter, None)
    elif st.query_params.get(parameter) != str(chosen):
        st.query_params[parameter] = str(chosen)


def concept() -> str | None:
    """The concept on show on the concepts page, also in its URL; None where none was chosen."""
    if KEY_CONCEPT not in st.session_state:
        ends = st.query_params.get_all(_PARAMETER_PAIR)
        pair = (ends[0], ends[1]) if len(ends) == 2 else None
        show_concept(st.query_params.get(KEY_CONCEPT) or None, pair)
    value = st.session_state[KEY_CONCEPT]
    return value if isinstance(value, str) else None


def pair() -> tuple[str, str] | None:
    """The two concepts whose connection is looked at, if any."""
    around, ends = st.session_state.get(_KEY_PAIR) or (None, None)
    # Kept with the concept it was chosen at: other pages set the concept alone.
    return ends if ends and around == concept() else None


def show_concept(name: str | None, pair: tuple[str, str] | None = None) -> None:
    """Show a concept and, near it, the connection of two."""
    st.session_state[KEY_CONCEPT] = name
    st.session_state[_KEY_PAIR] = (name, pair)


def trail() -> tuple[str, ...]:
    """The concepts that were on show, the last one last."""
    return tuple(st.session_state.get(_KEY_TRAIL, ()))


def note_concept(name: str) -> None:
    """Put the concept that is drawn now at the end of the trail, and what was chosen in the URL."""
    earlier = (step for step in trail() if step != name)
    st.session_state[_KEY_TRAIL] = (*earlier, name)[-_LONGEST_TRAIL:]
    _show_in_address(KEY_CONCEPT, concept())
    ends = list(pair() or ())
    if ends != st.query_params.get_all(_PARAMETER_PAIR):
        st.query_params[_PARAMETER_PAIR] = ends


@dataclass(frozen=True)
class Linked:
    """Samples picked on one page and shown on all of them, by id, so that a rerun loses none."""

    origin: str  # after "12 samples": "in the lasso", "of the cluster Code", …
    ids: tuple[str, ...]
    lasso: int = 0  # the lasso that picked them; 0: none


def linked() -> Linked | None:
    """The linked samples, if any."""
    value = st.session_state.get(_KEY_LINKED)
    return value if isinstance(value, Linked) else None


def link(chosen: Linked | None) -> None:
    """Link other samples, or none."""
    st.session_state[_KEY_LINKED] = chosen


@dataclass(frozen=True)
class Pinned:
    """A setting put aside to compare with: by run, so that it is not shown on another."""

    fingerprint: str
    selection: SelectionConfig
    concepts: ConceptsConfig
    forced_in: tuple[str, ...]
    forced_out: tuple[str, ...]


def pinned() -> Pinned | None:
    """The pinned setting, if any."""
    value = st.session_state.get(_KEY_PINNED)
    return value if isinstance(value, Pinned) else None


def pin(setting: Pinned | None) -> None:
    """Pin a setting, or none."""
    st.session_state[_KEY_PINNED] = setting


# --- who is looking --------------------------------------------------------------------------


def signed_in() -> str | None:
    """The name of the person that the server's login vouches for; None without OIDC."""
    person = st.user.to_dict()
    if not person.get("is_logged_in"):
        return None
    name = person.get("name") or person.get("email") or person.get("sub")
    return str(name) if name else None


def can_sign_in() -> bool:
    """Whether the server has a login (``[auth]`` in its secrets) that nobody has used yet."""
    return st.user.to_dict().get("is_logged_in") is False


def reviewer() -> str | None:
    """Who signs the edits: the person signed in, else the name given once in this session."""
    given = st.session_state.get(_KEY_REVIEWER)
    return signed_in() or (given if isinstance(given, str) and given else None)


def name_reviewer(name: str | None) -> None:
    """Remember the name given in this session."""
    st.session_state[_KEY_REVIEWER] = name.strip() if name else None


# --- export ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class PreparedExport:
    """An export that was built for one setting: shown until the setting changes."""

    setting: tuple[object, ...]
    folder: str
    checks: tuple[str, ...]
    files: tuple[tuple[str, int], ...]  # name, bytes


def prepared_export() -> PreparedExport | None:
    """The export built last in this session, if any."""
    value = st.session_state.get(_KEY_PREPARED)
    return value if isinstance(value, PreparedExport) else None


def remember_export(prepared: PreparedExport | None) -> None:
    """Keep (or forget) the export built last."""
    st.session_state[_KEY_PREPARED] = prepared


# --- one message from a callback to the page -------------------------------------------------


@dataclass(frozen=True)
class Message:
    """What a callback has to say; callbacks run before the page and cannot draw."""

    text: str
    is_error: bool = False


def tell(message: Message) -> None:
    """Leave a message for the page that is about to be drawn."""
    st.session_state[_KEY_MESSAGE] = message


def told() -> Message | None:
    """The message, once."""
    value = st.session_state.pop(_KEY_MESSAGE, None)
    return value if isinstance(value, Message) else None


# --- a new run -------------------------------------------------------------------------------


def draft_key(path: str) -> str:
    """The key of the widget for one field of the config, e.g. ``clustering.k_max``."""
    return f"new-{path}"


def fill_draft(values: Mapping[str, object]) -> None:
    """Set widgets of the form before they are drawn, by field."""
    for path, value in values.items():
        st.session_state[draft_key(path)] = value


def uploaded() -> str | None:
    """The file that was uploaded in this session and kept on the server."""
    value = st.session_state.get(_KEY_UPLOADED)
    return value if isinstance(value, str) else None


def keep_upload(path: str | None) -> None:
    """Remember where the upload was kept, or forget it."""
    st.session_state[_KEY_UPLOADED] = path


def uploader_key() -> str:
    """The key of the upload widget: a new one empties it, which nothing else can."""
    return f"new-upload-{st.session_state.get(_KEY_UPLOADS, 0)}"


def empty_uploader() -> None:
    """Forget the upload and empty its widget."""
    st.session_state[_KEY_UPLOADS] = st.session_state.get(_KEY_UPLOADS, 0) + 1
    keep_upload(None)


def watched_runs() -> tuple[str, ...]:
    """The runs that were in work while this session looked: shown until it has seen them end."""
    return tuple(st.session_state.get(_KEY_WATCHED, ()))


def watch_run(path: str, watched: bool = True) -> None:
    """Watch a run, or no longer."""
    others = tuple(p for p in watched_runs() if p != path)
    st.session_state[_KEY_WATCHED] = (*others, path) if watched else others


def run_to_extend() -> str | None:
    """The run that gets its models on the page New run, if any."""
    value = st.session_state.get(_KEY_EXTEND)
    return value if isinstance(value, str) else None


def extend_run(path: str | None) -> None:
    """Show the form that adds models to a run, or no longer."""
    st.session_state[_KEY_EXTEND] = path


def open_run(name: str) -> None:
    """Choose the run that the other pages show; its knobs start where its config says."""
    for key in KNOBS:
        st.session_state.pop(key, None)
    choose_sample(None)
    choose_cluster(None)
    link(None)
    st.session_state[KEY_RUN] = name


# --- a question that takes a while -----------------------------------------------------------


def asked_what_if() -> object:
    """What the reader asked to be tried (sample, pass, budget); it holds until one of them moves."""
    return st.session_state.get(_KEY_WHAT_IF)


def ask_what_if(question: object) -> None:
    """Ask for it; for callbacks."""
    st.session_state[_KEY_WHAT_IF] = question


def asked_seeds() -> str | None:
    """The run, by fingerprint, whose stability the reader asked for; it holds for all its settings."""
    value = st.session_state.get(_KEY_SEEDS)
    return value if isinstance(value, str) else None


def ask_seeds(fingerprint: str) -> None:
    """Ask for it; for callbacks."""
    st.session_state[_KEY_SEEDS] = fingerprint
