"""People's work on one run: what can be done, as an append-only log of edits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from paser_core.errors import ReviewError
from paser_core.review import bulk, corrections, rules, views
from paser_core.review.log import Known
from paser_core.review.model import Clash, Draft, Edit, Kind, SavedView, Subject, Verdict
from paser_core.review.reading import ReviewLog
from paser_core.review.verdicts import pack


@dataclass(frozen=True)
class Renamed:
    """What became of several names at once."""

    edits: tuple[Edit, ...]
    refused: Mapping[int, str]  # cluster -> why


_ALL_USABLE: Mapping[str, str] = MappingProxyType({})


class Review(ReviewLog):
    """The review of one run. Threads and processes may share it; opening it touches no disk.

    Every edit says who makes it and, with ``seen``, which revision that person was looking at. If
    anybody, in another tab or on another machine, has edited the same cluster or sample since, the
    edit is refused: nobody overwrites what they have not seen. Edits of different things never
    conflict.
    """

    def rename(
        self,
        cluster: int,
        name: str,
        *,
        author: str,
        reason: str = "",
        seen: int,
        automatic: Sequence[str],
    ) -> Edit:
        """Give a cluster a name.

        Args:
            cluster: its number.
            name: a line of text.
            author: who says so.
            reason: why; may be empty.
            seen: number of the last edit that the author had seen.
            automatic: ``(K,)`` the names that the run gave.

        Raises:
            ReviewConflict: the cluster was edited after ``seen``.
            ReviewError: the name is taken, empty or too long, there is no such cluster, or the
                edit cannot be stored.
        """
        name = rules.line(name, "name", rules.NAME_LIMIT)
        draft = self._draft(Kind.RENAME, int(cluster), author, reason, value=name)
        return self._append(draft, seen, automatic)

    def rename_all(
        self,
        names: Mapping[int, str],
        *,
        author: str,
        reason: str = "",
        seen: int,
        automatic: Sequence[str],
    ) -> Renamed:
        """Name several clusters, one edit each; what is refused for one stops none of the others.

        Args:
            names: by the number of the cluster.
            author: who says so.
            reason: why; may be empty.
            seen: number of the last edit that the author had seen.
            automatic: ``(K,)`` the names that the run gave.

        Raises:
            ReviewError: the author is missing, or the edits cannot be stored.
        """
        author = rules.line(author, "author's name", rules.AUTHOR_LIMIT)
        made: list[Edit] = []
        refused: dict[int, str] = {}
        for cluster, name in names.items():
            try:
                made.append(
                    self.rename(
                        cluster, name, author=author, reason=reason, seen=seen, automatic=automatic
                    )
                )
            except ReviewError as error:
                refused[cluster] = str(error)
        return Renamed(tuple(made), MappingProxyType(refused))

    def force_in(self, sample_id: str, *, author: str, reason: str, seen: int) -> Edit:
        """Take a sample, whatever the graph or the budget says.

        Args:
            sample_id: of the user's data.
            author: who says so.
            reason: why; must be given.
            seen: number of the last edit that the author had seen.

        Raises:
            ReviewConflict: the sample was edited after ``seen``.
            ReviewError: author or reason are missing, it is forced in already, or the edit cannot
                be stored.
        """
        return self._append(self._draft(Kind.FORCE_IN, sample_id, author, reason), seen)

    def force_out(self, sample_id: str, *, author: str, reason: str, seen: int) -> Edit:
        """Leave a sample out for good. Raises as :meth:`force_in`.

        Args:
            sample_id: of the user's data.
            author: who says so.
            reason: why; must be given.
            seen: number of the last edit that the author had seen.
        """
        return self._append(self._draft(Kind.FORCE_OUT, sample_id, author, reason), seen)

    def release(self, subject: Subject, *, author: str, reason: str = "", seen: int) -> Edit:
        """Back to automatic: a sample is not forced any more, a cluster has its own name again.

        Args:
            subject: id of a sample, or number of a cluster.
            author: who says so.
            reason: why; may be empty.
            seen: number of the last edit that the author had seen.

        Raises:
            ReviewConflict: it was edited after ``seen``.
            ReviewError: it is automatic already, or the edit cannot be stored.
        """
        return self._append(self._draft(Kind.RELEASE, subject, author, reason), seen)

    def note(self, subject: Subject, text: str, *, author: str) -> Edit:
        """Add a note to a cluster or a sample. Notes stand side by side, so they never conflict.

        Raises:
            ReviewError: the text is empty or too long, or the edit cannot be stored.
        """
        value = rules.paragraph(text, "note", rules.NOTE_LIMIT)
        return self._append(self._draft(Kind.NOTE, subject, author, "", value=value))

    def undo(self, edit_id: int, *, author: str, reason: str = "", seen: int) -> Edit:
        """Make an edit not count. Undoing an undo is a redo.

        Args:
            edit_id: number of the edit.
            author: who says so.
            reason: why; may be empty.
            seen: number of the last edit that the author had seen.

        Raises:
            ReviewConflict: the cluster or sample was edited after ``seen``.
            ReviewError: there is no such edit, it is undone already, two clusters would get one
                name, or the edit cannot be stored.
        """
        # The log only grows, so what an edit is about can be looked up before the transaction.
        target = rules.target_of(self._log.catch_up().edits, edit_id)
        draft = self._draft(Kind.UNDO, target.subject, author, reason, undoes=target.id)
        return self._append(draft, seen)

    def plan(
        self,
        kind: Kind,
        sample_ids: Iterable[str],
        *,
        seen: int,
        unusable: Mapping[str, str] = _ALL_USABLE,
    ) -> bulk.Plan:
        """What :meth:`decide` would do to these samples, in numbers. Changes nothing.

        Args:
            kind: force in, force out, or release.
            sample_ids: of the user's data.
            seen: number of the last edit that the author had seen.
            unusable: ids of samples that cannot be forced in, and why.
        """
        known = self._log.catch_up()
        return bulk.plan(known.edits, known.state, kind, sample_ids, seen, unusable)

    def decide(
        self,
        kind: Kind,
        sample_ids: Iterable[str],
        *,
        author: str,
        reason: str = "",
        seen: int,
        unusable: Mapping[str, str] = _ALL_USABLE,
    ) -> bulk.Decided:
        """Decide on many samples at once: one transaction, one edit, one undo.

        What cannot be decided (it is so already, somebody has edited it meanwhile, it is unusable)
        is left out and counted; the others are decided.

        Args:
            kind: force in, force out, or release.
            sample_ids: of the user's data; in this order they enter.
            author: who says so.
            reason: why; must be given to force.
            seen: number of the last edit that the author had seen.
            unusable: ids of samples that cannot be forced in, and why.

        Raises:
            ReviewConflict: all that is left was edited after ``seen``.
            ReviewError: author or reason are missing, nothing is left to decide, or the edit cannot
                be stored.
        """
        ids = tuple(sample_ids)
        made: list[bulk.Plan] = []

        def draft_of(known: Known) -> Draft:
            planned = bulk.plan(known.edits, known.state, kind, ids, seen, unusable)
            bulk.check(planned)
            made.append(planned)
            return self._draft(kind, planned.ids, author, reason)

        return bulk.Decided(self._store(draft_of), made[-1])

    def correct(
        self,
        wanted: corrections.Wanted,
        *,
        author: str,
        reason: str,
        seen: int,
        names: Sequence[str],
    ) -> Edit:
        """Put the clusters right: merge two, move samples into one, or make a new one of them.

        Args:
            wanted: what shall be done.
            author: who says so.
            reason: why; must be given.
            seen: number of the last edit that the author had seen.
            names: ``(K,)`` the automatic names of the clusters as they are now.

        Raises:
            ReviewConflict: the same clusters or samples were corrected after ``seen``.
            ReviewError: author or reason are missing, the run has no such sample, it cannot be done, or
                it cannot be stored.
        """
        if wanted.kind is Kind.SPLIT:
            name = rules.line(wanted.name, "name", rules.NAME_LIMIT)
            wanted = replace(wanted, name=name)
        for sample in wanted.samples:
            rules.sample(sample)

        def draft_of(known: Known) -> Draft:
            edits, state, subject = known.edits, known.state, wanted.into
            if seen > state.revision:
                raise rules.replaced()
            corrections.check_seen(edits, wanted, seen)
            corrections.check(edits, state, wanted, names)
            if wanted.kind is Kind.SPLIT:
                subject = corrections.next_number(edits, len(names))
                rules.check_free(state, subject, wanted.name, names)
            elif wanted.cluster is not None:
                subject = wanted.cluster
            self._check_there(wanted.samples)
            value = corrections.pack(wanted)
            return self._draft(wanted.kind, subject, author, reason, value=value)

        return self._store(draft_of)

    def judge(self, clash: Clash, verdict: Verdict, *, author: str) -> Edit:
        """Say whether the conflict that rejected a sample is a true one. Changes no selection.

        Everybody has a verdict of their own on a conflict, and the last one counts.

        Raises:
            ReviewError: the author is missing, or the edit cannot be stored.
        """
        value = pack(clash, Verdict(verdict))
        return self._append(self._draft(Kind.VERDICT, clash.sample, author, "", value=value))

    def mark_seen(self, sample_id: str, *, author: str) -> Edit | None:
        """Note that somebody has looked at a sample; None where that is known already.

        Raises:
            ReviewError: the author is missing, or it cannot be stored.
        """
        draft = self._draft(Kind.SEEN, sample_id, author, "")

        def draft_of(known: Known) -> Draft | None:
            return None if sample_id in known.state.seen.get(draft.author, ()) else draft

        return self._log.append(draft_of)

    def save_view(self, view: SavedView, *, author: str) -> Edit:
        """Keep the address of a page under a name; one that has it already is replaced.

        Raises:
            ReviewError: name or author are missing, or it cannot be stored.
        """
        name = rules.line(view.name, "name of the view", rules.NAME_LIMIT)
        value = views.pack(views.checked(replace(view, name=name)))
        return self._append(self._draft(Kind.VIEW, (), author, "", value=value))
