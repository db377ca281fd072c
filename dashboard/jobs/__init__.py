"""Work as background processes: started, watched, stopped, gone on with. Knows no screen.

A job is one or more commands of ``paser``, one after another, in a process of its own that outlives
the browser and the server. What it is doing is read from the folders that it makes and from locks
that the system frees when a process dies, never from the memory of the server: work that a shell has
started shows up like any other, and a restart of the server changes nothing.
"""
