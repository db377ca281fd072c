"""A verdict as the log keeps it: what was thought, and of which conflict."""

from __future__ import annotations

import json

from paser_core.review.model import Clash, Draft, Verdict


def pack(clash: Clash, verdict: Verdict) -> str:
    """The value of an edit; its subject is the rejected sample."""
    told = {"verdict": str(verdict), "concepts": clash.concepts, "accepted": clash.accepted}
    return json.dumps(told, ensure_ascii=False)


def unpack(edit: Draft) -> tuple[Clash, Verdict]:
    """The conflict that an edit judges, and how.

    Raises:
        ValueError: this is no verdict.
    """
    told = json.loads(edit.value)
    try:
        concepts, accepted = (tuple(map(str, told[name])) for name in ("concepts", "accepted"))
        (first, second), (one, other) = concepts, accepted
        verdict = Verdict(told["verdict"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"{edit.value!r} is no verdict") from error
    return Clash(str(edit.subject), (first, second), (one, other)), verdict
