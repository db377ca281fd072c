"""Making a model smaller: methods by name, each result written whole, counted and read back.

Import the modules directly: :mod:`~paser_core.compress.work` does it,
:mod:`~paser_core.compress.order` says what is asked for, :mod:`~paser_core.compress.methods` has the
methods. Torch is imported with any of them.
"""

from paser_core import callable_package

callable_package(__name__)
