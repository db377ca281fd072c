"""``paser``: make runs, select from them, compare, show them. A module for each command.

Exit codes: 0 done, 2 a user's mistake (one message, no traceback), 1 a defect (with traceback),
130 interrupted (start the same command again; it resumes).

A command's module reads its options at the top and imports what it works with when it runs, so that
``paser --help`` waits for no library.
"""

from paser_core.cli.entry import main

__all__ = ["main"]
