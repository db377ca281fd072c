"""Which edits are accepted. Pure: the log so far and a draft in, a sentence out if it is refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from paser_core.errors import ReviewConflict, ReviewError, shortened
from paser_core.review import corrections
from paser_core.review.fold import fold, samples_of
from paser_core.review.model import QUIET, Draft, Edit, Kind, ReviewState, Subject
from paser_core.review.sentences import describe, when
from paser_core.text import count, either, listed

NAME_LIMIT = 80  # characters; longer ones fit no legend
AUTHOR_LIMIT = 80
REASON_LIMIT = 1_000
NOTE_LIMIT = 4_000
_SAID = 3  # unknown ids that a message names
_ID_LIMIT = 500  # PostgreSQL indexes at most 2,700 bytes of a row

# Surrogates cannot be stored; the bidirectional overrides make a text read as another one.
_REFUSED = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LAYOUT = frozenset("\n\t")


def line(text: str, what: str, limit: int, *, optional: bool = False) -> str:
    """One line of text as it is stored: NFC, trimmed, inner space single.

    Args:
        text: as it was typed.
        what: it is called in a message.
        limit: characters at the most.
        optional: whether it may be empty.

    Raises:
        ReviewError: it is empty, too long, or has control characters.
    """
    clean = " ".join(_clean(text, what, frozenset()).split())
    return _bounded(clean, what, limit, optional)


def paragraph(text: str, what: str, limit: int, *, optional: bool = False) -> str:
    """The same for text that may have several lines.

    Args:
        text: as it was typed.
        what: it is called in a message.
        limit: characters at the most.
        optional: whether it may be empty.
    """
    return _bounded(_clean(text.replace("\r\n", "\n"), what, _LAYOUT), what, limit, optional)


def sample(identifier: str) -> str:
    """The id of a sample, as it is.

    Raises:
        ReviewError: a database cannot store it.
    """
    if not identifier or len(identifier) > _ID_LIMIT:
        raise ReviewError(
            f"The id of this sample has {len(identifier):,} characters; decisions and notes can be "
            f"kept for ids of 1 to {_ID_LIMIT}. Give the data shorter ids."
        )
    if any(c == "\0" or unicodedata.category(c) == "Cs" for c in identifier):
        raise ReviewError(
            f"The sample id {identifier!r} has characters that a database cannot store (NUL or "
            "half a character). Give the data other ids."
        )
    return identifier


def check_there(samples: Sequence[str], ids: Sequence[str]) -> None:
    """See that samples are those of the run.

    Args:
        samples: ids that were given.
        ids: ``(n,)`` that there are.

    Raises:
        ReviewError: some are of no sample.
    """
    unknown = sorted(set(samples).difference(ids))
    if unknown:
        said = [shortened(identifier) for identifier in unknown[:_SAID]]
        if len(unknown) > _SAID:
            said.append(f"{len(unknown) - _SAID:,} more")
        raise ReviewError(
            f"This run has no {either(len(unknown), 'sample', 'samples')} {listed(said)}. Accepted are the "
            f"{count(len(ids))} ids of its samples, such as {shortened(ids[0])}: give ids as "
            "`run.ids` has them."
        )


def target_of(edits: Sequence[Edit], number: int | None) -> Edit:
    """The edit that an undo is about.

    Raises:
        ReviewError: this run has no such edit.
    """
    for edit in edits:
        if edit.id == number:
            return edit
    raise ReviewError(
        f"There is no edit {number} on this run, so there is nothing to undo. Look at the history again."
    )


def check_seen(edits: Sequence[Edit], subject: Subject, seen: int) -> None:
    """Refuse an edit by somebody who has not seen the newest edit of the same subject.

    Raises:
        ReviewConflict: there is a newer one, or the log is older than what was seen.
    """
    if seen > (edits[-1].id if edits else 0):
        raise replaced()
    for edit in reversed(edits):
        if edit.id <= seen:
            return
        if concerns(edit, subject) and is_newer(edits, edit):
            target = next((e for e in edits if e.id == edit.undoes), None)
            raise ReviewConflict(
                f"{describe(edit, target)} {when(edit)}, after you had looked. Look at it and try "
                "again."
            )


def replaced() -> ReviewConflict:
    """The error of a log that is older than what was seen."""
    return ReviewConflict(
        "The database of this review was replaced by an older one since you looked. Look "
        "again, and try again."
    )


def concerns(edit: Edit, subject: Subject) -> bool:
    """Whether an edit is about a subject, or about a sample of it."""
    if edit.subject == subject:
        return True
    return not set(samples_of(edit.subject)).isdisjoint(samples_of(subject))


def is_newer(edits: Sequence[Edit], edit: Edit) -> bool:
    """Whether who has not seen an edit has missed something: verdicts and marks decide nothing."""
    while edit.undoes is not None:
        edit = target_of(edits, edit.undoes)
    return edit.kind not in QUIET


def check(
    edits: Sequence[Edit], state: ReviewState, draft: Draft, automatic: Sequence[str] = ()
) -> None:
    """Refuse an edit that changes nothing or gives two clusters one name.

    Args:
        edits: all that were made, oldest first.
        state: what they come to.
        draft: the edit that is to be made.
        automatic: ``(K,)`` the names that the run gave; needed for a rename.

    Raises:
        ReviewError: the draft is not accepted in this state.
    """
    if draft.kind is Kind.RENAME:
        _check_name(state, draft, automatic)
    elif draft.kind in (Kind.FORCE_IN, Kind.FORCE_OUT):
        decided = state.decisions.get(str(draft.subject))
        if decided is not None and decided.kind is draft.kind:
            raise ReviewError(
                f"{describe(decided)} already, {when(decided)}. To add to it, write a note."
            )
    elif draft.kind is Kind.RELEASE:
        known: object = (
            state.renames.get(draft.subject)
            if isinstance(draft.subject, int)
            else state.decisions.get(str(draft.subject))
        )
        if known is None:
            raise ReviewError(
                "Nobody has decided anything here: it is automatic already. Leave it."
            )
    elif draft.kind is Kind.UNDO:
        _check_undo(edits, state, draft)


def _check_name(state: ReviewState, draft: Draft, automatic: Sequence[str]) -> None:
    cluster = draft.subject
    if not isinstance(cluster, int) or not 0 <= cluster < len(automatic):
        raise ReviewError(
            f"There is no cluster {cluster}; clusters go from 0 to {len(automatic) - 1}. Name one of them."
        )
    shown = state.names_with(automatic)
    if shown[cluster] == draft.value:
        raise ReviewError(f"The cluster is called “{draft.value}” already. Choose another name.")
    check_free(state, cluster, draft.value, automatic)


def check_free(state: ReviewState, cluster: int, name: str, automatic: Sequence[str]) -> None:
    """Refuse a name that another cluster has.

    Args:
        state: what people decided.
        cluster: that gets the name.
        name: the new one.
        automatic: ``(K,)`` the names that the run gave.

    Raises:
        ReviewError: the name is taken.
    """
    shown = state.names_with(automatic)
    # The automatic name of another cluster stays reserved while that cluster has a person's name:
    # an undo gives it back.
    for other, taken in [*enumerate(shown), *enumerate(automatic)]:
        if other != cluster and _same(taken, name):
            raise ReviewError(
                f"“{name}” is the name of cluster {other} already; two clusters cannot "
                "share one. Choose another name."
            )


def _check_undo(edits: Sequence[Edit], state: ReviewState, draft: Draft) -> None:
    target = target_of(edits, draft.undoes)
    if target.id in state.undone:
        undo = next(
            e for e in reversed(edits) if e.undoes == target.id and e.id not in state.undone
        )
        raise ReviewError(
            f"{undo.author} has undone this already, {when(undo)}. Look at the history again."
        )
    after = _without(edits, target.id)
    corrections.check_undo(edits, after)
    by_name: dict[str, int] = {}
    new = {c.into: c.name for c in after.corrections if c.name}
    for cluster, name in (new | after.names).items():
        other = by_name.setdefault(_key(name), cluster)
        if other != cluster:
            raise ReviewError(
                f"Undoing this would give the clusters {other} and {cluster} the same name, "
                f"“{name}”. Rename one of them first."
            )


def _without(edits: Sequence[Edit], undone: int) -> ReviewState:
    """The state if one more edit were undone."""
    last = edits[-1]
    undo = Edit(Kind.UNDO, last.subject, "", undoes=undone, id=last.id + 1, time=last.time)
    return fold([*edits, undo])


def _same(one: str, other: str) -> bool:
    return _key(one) == _key(other)


def _key(name: str) -> str:
    """Equal for names that read the same."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _clean(text: str, what: str, allowed: frozenset[str]) -> str:
    text = text.strip()
    for character in text:
        control = unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        if (control and character not in allowed) or character in _REFUSED:
            raise ReviewError(
                f"The {what} has a control character (U+{ord(character):04X}), which is not shown "
                "and so not accepted. Take it out."
            )
    return unicodedata.normalize("NFC", text)


def _bounded(text: str, what: str, limit: int, optional: bool) -> str:
    # Marks, separators and format characters alone leave nothing to be seen.
    if not any(unicodedata.category(c)[0] in "LNPS" for c in text):
        if optional and not text:
            return text
        raise ReviewError(f"The {what} is empty. Write one.")
    if len(text) > limit:
        raise ReviewError(
            f"The {what} has {len(text):,} characters; at most {limit:,} are kept. Shorten it."
        )
    return text
