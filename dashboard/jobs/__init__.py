"""Runs as background processes: started, watched, stopped, gone on with. Knows no screen.

A job is ``paser run`` in a process of its own that outlives the browser and the server. What it is
doing is read from the run folder and from locks that the system frees when a process dies, never
from the memory of the server: a run started from a shell shows up like any other, and a restart of
the server changes nothing.
"""
