"""Studies: which selector helps, by how much, and how sure that is.

A grid compression × selector × budget × recovery × seed is planned (:mod:`plan`), its cells are made
by the verbs (:mod:`work`, :mod:`schedule`) and put together (:mod:`results`), and what differs is
tested (:mod:`statistics`).
"""
