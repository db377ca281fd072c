"""The run folder: what a finished run looks like on disk, how it is written and how it is read."""

from paser_core.run.folder import Run, discover
from paser_core.run.schema import SCHEMA, Files, State
from paser_core.run.store import RunLock, Store

__all__ = ["SCHEMA", "Files", "Run", "RunLock", "State", "Store", "discover"]
