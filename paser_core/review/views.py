"""A saved view as the log keeps it: a name, and the address of a page."""

from __future__ import annotations

import json
import re

from paser_core.errors import ReviewError
from paser_core.review.model import Draft, SavedView

QUERY_LIMIT = 4_000  # characters; browsers and proxies begin to cut beyond that
_PAGE = re.compile("[a-z_]{0,40}")


def checked(view: SavedView) -> SavedView:
    """The same, where it can be kept and can lead nowhere else than to a page of the dashboard.

    Raises:
        ReviewError: it cannot.
    """
    if not _PAGE.fullmatch(view.page):
        raise ReviewError(
            f"{view.page[:60]!r} is no page of the dashboard. Give its path, such as map."
        )
    if len(view.query) > QUERY_LIMIT:
        raise ReviewError(
            f"The address of this view has {len(view.query):,} characters; at most {QUERY_LIMIT:,} are "
            "kept. Take some filters away."
        )
    return view


def pack(view: SavedView) -> str:
    """The value of an edit, which is about no sample."""
    return json.dumps(vars(view), ensure_ascii=False)


def unpack(edit: Draft) -> SavedView:
    """The view that an edit keeps.

    Raises:
        ValueError: this is none.
    """
    told = json.loads(edit.value)
    try:
        return checked(SavedView(*(str(told[name]) for name in ("name", "page", "query"))))
    except (KeyError, TypeError, ReviewError) as error:
        raise ValueError(f"{edit.value!r} is no view") from error
