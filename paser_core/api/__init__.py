"""The front door: what ``import paser_core as paser`` offers. Ids and frames, never row numbers.

:mod:`start` makes and opens runs, :mod:`finished` is a run, :mod:`selected` a selection,
:mod:`explained` and :mod:`compared` what is asked of one. They put together what the packages below
do; the command line calls them too.
"""
