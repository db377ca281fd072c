"""How much is read: more than this is not a pool of samples, and would stop the machine.

Each limit is met before the work that it bounds, from sizes and counts where a format has them.
"""

from __future__ import annotations

from paser_core.errors import DataError

MOST_COLUMNS = 1000  # different names of columns or keys
MOST_ROWS = 5_000_000
MOST_BYTES = 2 * 2**30  # of a table in memory, or of a file when it is unpacked
_RATIO = 200  # a packed file is at most so many times larger unpacked, …
_ALWAYS = 64 * 2**20  # … unless it is small all the same


def unpacked(packed: int) -> int:
    """Bytes that a file of so many packed bytes may have unpacked. Text shrinks 3 to 20 times."""
    return min(MOST_BYTES, max(_ALWAYS, _RATIO * packed))


def decoded(size: int) -> int:
    """Bytes of memory that a table in a file of so many bytes may take.

    A column may repeat one text, a system prompt for instance, and hold it once.
    """
    return min(MOST_BYTES, max(4 * _ALWAYS, _RATIO * size))


def check_columns(n: int, path: str) -> None:
    """Reject what is not a table of samples.

    Raises:
        DataError: there are more columns than :data:`MOST_COLUMNS`.
    """
    cure = "Keep what belongs to a sample under few names, for example in one column of JSON."
    _check(n, MOST_COLUMNS, "columns (or different keys)", cure, path)


def check_rows(n: int, path: str) -> None:
    """Reject what no run can hold.

    Raises:
        DataError: there are more rows than :data:`MOST_ROWS`.
    """
    cure = "Set data.limit to read only the first ones, or name a smaller file."
    _check(n, MOST_ROWS, "rows", cure, path)


def _check(n: int, limit: int, what: str, cure: str, path: str) -> None:
    if n > limit:
        raise DataError(
            f"there are {n:,} {what}; at most {limit:,} are accepted. {cure}", path=path
        )


def too_large(what: str, path: str, most: int = MOST_BYTES) -> DataError:
    """The error for ``what`` takes more memory than is accepted."""
    return DataError(
        f"{what} takes more than {most / 2**20:,.0f} MB of memory. Set data.limit to read only "
        "the first rows, or name a smaller file.",
        path=path,
    )
