"""The queue of rejected samples: one at a time, judged with a key each, and what that says of the graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard import labels
from dashboard.runs import judging, opening
from dashboard.state import filters, focus, judging_place, reviewer
from dashboard.widgets import filter_bar, graph_precision
from dashboard.widgets.decisions import attempt
from dashboard.widgets.frame import View, tell_here
from dashboard.widgets.parts import button
from dashboard.widgets.sample import go_to_sample
from paser_core.explain.precision import Rejections
from paser_core.review import Clash, Edit, Review, Verdict, describe, unpack, when
from paser_core.selection import selector_of

_PLACE = "judging"
_TALL = 220  # pixels of a text; a longer one scrolls
_LETTERS = 2_000  # of a text; the whole of it is a click away
# What a button says, its key on the keyboard, its icon.
_WAYS = {
    Verdict.TRUE: ("True conflict", "t", "check"),
    Verdict.FALSE: ("False conflict", "f", "close"),
    Verdict.UNSURE: ("Unsure", "u", "question_mark"),
}


def progress(view: View) -> None:
    """How many of the rejected samples this person, and anybody, has seen: one line."""
    if view.selection is None or not selector_of(view.setting.selector).graph:
        return
    rejected = judging.rejections(view.run, view.setting)
    if not len(rejected.rows):
        return
    ids = set(opening.ids_of(view.run, rejected.rows))
    anybody = len(ids & frozenset().union(*view.decided.seen.values()))
    of_all = f"of {labels.plural(len(ids), 'rejected sample')} seen"
    name = reviewer.name()
    if name is None:
        said = (
            f"{labels.count(anybody)} {of_all} by anybody. Say who you are, at the end of the side "
            "bar, and what you open counts as seen by you."
        )
    else:
        mine = len(ids & view.decided.seen.get(name, frozenset()))
        said = f"{labels.count(mine)} {of_all} by you, {labels.count(anybody)} by anybody."
    st.caption(labels.plain(said))


def queue(view: View) -> None:
    """One rejected sample beside those it conflicts with, and a key for each verdict."""
    if not selector_of(view.setting.selector).graph:
        st.info("This selector rejects nothing for a conflict, so there is nothing to judge.")
        return
    rejected = judging.rejections(view.run, view.setting)
    n = len(rejected.rows)
    st.header("Rejected samples, one by one", anchor=False)
    if not n:
        st.info("No conflict rejects a sample at this budget.", icon=":material/check:")
        return
    tell_here(_PLACE)
    narrowed = filter_bar.bar(view, within=rejected.rows)
    filters.note_listed(len(narrowed.rows), n)
    rejected = replace(rejected, rows=rejected.rows[np.isin(rejected.rows, narrowed.rows)])
    place = _place(view, rejected)
    if not len(rejected.rows):
        st.info(filter_bar.NOTHING, icon=":material/filter_alt_off:")
    elif place is None:
        st.success("You have judged all of these.", icon=":material/check:")
        button("Look at the last one", "judging-back", "arrow_back", _go, rejected, n - 1)
    else:
        _item(view, rejected, place)
    _last(view)  # below, so that what is judged next stands where the last one stood
    graph_precision.figure(view)
    st.caption(
        labels.plain(
            f"{labels.plural(n, 'sample')} that a conflict rejects at this setting, decisions of people "
            f"aside, in a random order (drawn without replacement, seed {view.run.config.seed}, the same "
            "for everybody): those judged first are a random sample of all. A conflict is true if training "
            "on the sample beside the accepted ones would teach what contradicts them, false if they go "
            "together. A verdict changes no selection."
            + (" What narrows the page does not narrow the figure." if narrowed.narrows else "")
        )
    )


def _place(view: View, rejected: Rejections) -> int | None:
    """Where the sample on show is in the order: the one gone back to, else the first not judged."""
    ids = opening.ids_of(view.run, rejected.rows)
    back = judging_place.at()
    if back in ids:
        return ids.index(back)
    name = reviewer.name()
    mine = {c for c, by in view.decided.verdicts.items() if name in by}
    about = {clash.sample for clash in mine}
    for place, row in enumerate(rejected.rows.tolist()):
        if ids[place] not in about or rejected.clash(row) not in mine:
            return place
    return None


def _item(view: View, rejected: Rejections, place: int) -> None:
    row = int(rejected.rows[place])
    clash, conflicts = rejected.clash(row), rejected.conflicts(row)
    verdicts = view.decided.verdicts.get(clash, {})
    with st.container(border=True, key="judging-item"):
        first, second = clash.concepts
        more = len(conflicts) - 1
        rest = f" {labels.plural(more, 'further pair')} also reject it." if more else ""
        st.text(
            f"Number {place + 1:,} of {len(rejected.rows):,}. “{first}” and “{second}” both occur in "
            f"accepted samples, but never together; this sample has both.{rest} Is that a true conflict?"
        )
        _buttons(view, rejected, place, clash)
        _opinions(verdicts)
        made = view.decided.decisions.get(clash.sample)
        if made is not None:
            st.caption(labels.plain(f"{describe(made)}, {when(made)}."))
        cells = st.columns(3, gap="small")
        with cells[0]:
            _text(view, row, "Rejected", f"{row}")
        pairs = zip(cells[1:], clash.concepts, clash.accepted, strict=True)
        for end, (cell, concept, source) in enumerate(pairs):
            what = f"Accepted, “{labels.excerpt(concept, 40)}” first seen in"
            with cell:
                _text(view, view.run.row_of[source], what, f"{row}-{end}")


def _buttons(view: View, rejected: Rejections, place: int, clash: Clash) -> None:
    mine = view.decided.verdicts.get(clash, {}).get(reviewer.name() or "")
    # The sample is in the name: a key pressed twice must not judge a sample that nobody has seen.
    at = f"{rejected.rows[place]}"
    with st.container(horizontal=True):
        for verdict, (label, key, icon) in _WAYS.items():
            chosen = mine is not None and unpack(mine)[1] is verdict
            button(
                label,
                f"judging-{verdict}-{at}",
                icon,
                _judge,
                view.review,
                clash,
                verdict,
                shortcut=key,
                type="primary" if chosen else "secondary",
            )
        off = place == 0
        button(
            "Back",
            f"judging-back-{at}",
            "arrow_back",
            _go,
            rejected,
            place - 1,
            shortcut="b",
            disabled=off,
        )
        if judging_place.at() is not None:
            button(
                "To the next not judged", f"judging-next-{at}", "skip_next", judging_place.go, None
            )


def _opinions(verdicts: Mapping[str, Edit]) -> None:
    """Who thinks what; others' verdicts only once one's own is given, which they must not sway."""
    name = reviewer.name()
    if not verdicts:
        return
    if name not in verdicts:
        who = labels.either(len(verdicts), "person has", "people have")
        st.caption(f"{len(verdicts)} {who} judged it; you see how once you have.")
        return
    said = [
        f"{author}: {_WAYS[unpack(e)[1]][0].lower()}, {when(e)}" for author, e in verdicts.items()
    ]
    sure = {unpack(e)[1] for e in verdicts.values()}
    agree = "" if len(verdicts) == 1 else " You agree." if len(sure) == 1 else " You do not agree."
    st.caption(labels.plain("; ".join(said) + "." + agree))


def _text(view: View, row: int, what: str, key: str) -> None:
    sample = view.run.sample(row)
    st.caption(labels.plain(what))
    go_to_sample(view, row, f"judging-open-{key}", "Show the whole sample beside the page.")
    asked = "\n".join(part for part in (sample.instruction, sample.input) if part)
    text = f"{_cut(asked)}\n\n→ {_cut(sample.output)}"
    st.code(text, language=None, wrap_lines=True, height=_TALL)


def _cut(text: str) -> str:
    if len(text) <= _LETTERS:
        return text
    return f"{text[:_LETTERS]} … ({len(text) - _LETTERS:,} more characters)"


def _last(view: View) -> None:
    """What was judged last: a way back, and after a false conflict the way to force the sample in."""
    last = judging_place.last()
    if last is None or last.edit in view.decided.undone:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="judging-last"):
        said = _WAYS[last.verdict][0].lower()
        st.text(f"Judged last: {labels.excerpt(last.sample, 40)}, {said}.", width="content")
        told_undo = "Takes the verdict back. The history keeps both."
        button("Take it back", "judging-undo", "undo", _undo, view.review, last, help=told_undo)
        row = opening.row_of(view.run, last.sample)
        if (
            last.verdict is Verdict.FALSE
            and row is not None
            and last.sample not in view.setting.forced_in
        ):
            told_force = (
                "Shows the sample beside the page, where it can be forced in with a reason."
            )
            label = "Decide about it"
            button(
                label, "judging-force", "gavel", focus.choose_sample, last.sample, help=told_force
            )


def _judge(review: Review, clash: Clash, verdict: Verdict) -> None:
    made = attempt(lambda author: review.judge(clash, verdict, author=author), "", where=_PLACE)
    if made is not None:
        judging_place.note(judging_place.LastVerdict(clash.sample, verdict, made.id))
        judging_place.go(None)


def _undo(review: Review, last: judging_place.LastVerdict) -> None:
    undone = attempt(
        lambda author: review.undo(last.edit, author=author, seen=review.revision()),
        "",
        where=_PLACE,
    )
    if undone is not None:
        judging_place.note(None)
        judging_place.go(last.sample)


def _go(rejected: Rejections, place: int) -> None:
    judging_place.go(rejected.ids[int(np.asarray(rejected.rows)[place])])
