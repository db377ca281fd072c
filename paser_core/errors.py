"""Every error a user can cause, in one tree.

::

    PaserError
    ├── ConfigError      a knob, a field of the YAML file or a command-line option
    ├── DataError        the user's data: file, line and field are part of the message
    ├── ModelError       a language model, tokenizer or encoder that cannot be used
    │   └── SampleError  one sample that cannot be written as tokens; the others go on
    ├── CompressionError  a compressed model that cannot be made, checked or written
    ├── RecoveryError    a training that cannot be started, or whose result cannot be used
    ├── RunError         a run folder that cannot be read, resumed or written
    │   └── SchemaError  a run folder written by another version of the schema
    ├── SelectionError   a selection that cannot be made from this run
    │   └── ScoresError  it needs scores that no model has made yet
    ├── SearchError      a query that cannot be used
    ├── ReviewError      people's work on a run that cannot be read or stored
    │   └── ReviewConflict  an edit of something that somebody else has just changed
    ├── EvaluationError  a model cannot be evaluated so, or a program not be run
    ├── ExportError      an export that cannot be written or does not read back
    ├── StudyError       a study that cannot be started or read
    ├── ExceededError    a look at a file or model that took more time or memory than it may
    └── EngineError      workers that cannot be had, or that go on dying

The command line turns a :class:`PaserError` into one message and exit code 2; the dashboard shows
the same text. Any other exception is a defect of ours and stays loud.
"""

from __future__ import annotations

import contextlib
import difflib
import re
import reprlib
from collections.abc import Iterable, Iterator

_MOST_SAID = 3000  # characters of a message: what was given is named in it, and may be anything


class PaserError(Exception):
    """Root of the tree. The message names what was given, what is accepted and the next step."""

    def __init__(self, message: object = "") -> None:
        text = str(message)
        if len(text) > _MOST_SAID:
            text = f"{text[: _MOST_SAID * 2 // 3]} … {text[-_MOST_SAID // 3 :]}"
        super().__init__(text)


class ConfigError(PaserError):
    """A knob has a value that is not accepted. ``field`` is its dotted name, where it has one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        self.field = field
        super().__init__(message)


class DataError(PaserError):
    """The user's data cannot be read. The message starts with ``path:line:`` where known."""

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        self.path = path
        self.line = line
        self.field = field
        where = ":".join(str(part) for part in (path, line) if part is not None)
        prefix = "".join(
            f"{part}: " for part in (where, f"field '{field}'" if field else "") if part
        )
        super().__init__(prefix + message)


class ModelError(PaserError):
    """A model, tokenizer or encoder cannot be loaded or does not fit its partner."""


class SampleError(ModelError):
    """One sample cannot be written as tokens, e.g. because the chat template refuses it."""


class CompressionError(PaserError):
    """A compressed model cannot be made, does not read back as it was made, or cannot be written."""


class RecoveryError(PaserError):
    """A training cannot be started as asked, or what it gave cannot be used."""


class RunError(PaserError):
    """A run folder cannot be read, resumed or written."""


class SchemaError(RunError):
    """A run folder has a schema this version does not know."""


class SelectionError(PaserError):
    """A selection cannot be made from this run with these knobs."""


class ScoresError(SelectionError):
    """A selection needs scores that are not made yet. ``name`` is theirs."""

    def __init__(self, message: str, *, name: str) -> None:
        self.name = name
        super().__init__(message)


class SearchError(PaserError):
    """A query cannot be used."""


class ReviewError(PaserError):
    """People's work on a run cannot be read or stored, or an edit is not accepted."""


class ReviewConflict(ReviewError):  # noqa: N818 - it is the edit that is refused, not the program
    """An edit of something that was changed since its author looked at it."""


class EvaluationError(PaserError):
    """A model cannot be evaluated on a task, or a program cannot be run apart."""


class ExportError(PaserError):
    """An export cannot be written, or does not read back as written."""


class StudyError(PaserError):
    """A study cannot be started or read, or its results cannot be compared."""


class ExceededError(PaserError):
    """Work on the side was stopped: it took more time or memory than it may."""


class EngineError(PaserError):
    """The workers of an engine cannot be started or reached, or die again and again."""


# What torch says on a GPU, on Apple's Metal, and on the processor of Linux and Windows.
_NO_MEMORY = re.compile(r"out of memory|can't allocate memory|not enough memory|bad_alloc")


def is_memory(error: BaseException) -> bool:
    """Whether Python or torch ran out of memory."""
    return isinstance(error, MemoryError) or bool(_NO_MEMORY.search(str(error)))


@contextlib.contextmanager
def enough_memory(remedy: str) -> Iterator[None]:
    """Turn what Python and torch raise when memory runs out into one sentence ending in ``remedy``.

    Raises:
        ModelError: memory ran out within the block.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_memory(error):
            raise
        said = first_line(error, 200).rstrip(".")
        raise ModelError(f"The memory is not enough: {said}. {remedy}") from error


def first_line(error: BaseException, most: int = 300) -> str:
    """What an error of a library says, in one line; its kind where it says nothing."""
    said = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return said[:most] or type(error).__name__


def nearest(name: str, known: Iterable[str]) -> str:
    """`` Did you mean 'x'?`` for the known name closest to ``name``, or an empty string."""
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{match[0]}'?" if match else ""


_SHORT = reprlib.Repr()
_SHORT.maxlevel = 3
_SHORT.maxdict = _SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = 4
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 100
_LONGEST = 120


def shortened(value: object) -> str:
    """``repr`` of a value for a message: never long, whatever a user gave."""
    try:
        text = _SHORT.repr(value)
    except ValueError:  # Python refuses to write out a whole number of more than 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
